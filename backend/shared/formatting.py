"""Points, money, percentages, dates and times as Molva writes them, in Russian and in English.

Pure functions on Babel's data: locale, zone and today's date are given, nothing is asked of a request or a clock. Babel
takes its time over each, and the same few are written again and again: the last ones are kept.
Pages, messages and explanations use them alike, so that one number never has two spellings. A locale is `ru` or `en`.
No-break spaces are U+00A0 and the minus is U+2212: the house's font has no narrow no-break space.
"""

import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

POINT_FORMS = {
    "en": {"one": "point", "other": "points"},
    "ru": {"one": "балл", "few": "балла", "many": "баллов", "other": "балла"},
}
TODAY = {"en": "Today", "ru": "сегодня"}

# Unicode's data gives these currencies no minor unit in daily use; ISO 4217, which the wire follows, gives them one.
ISO_MINOR_DIGITS = {
    **dict.fromkeys(("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"), 2),
    "IQD": 3,
}


@lru_cache(maxsize=4096)
def count(number: int, *, locale: str) -> str:
    """A whole number with its thousands apart: `1 240`, `1,240`."""
    return _signed_by_minus(number, format_decimal(abs(number), locale=locale))


def points(number: int, *, locale: str) -> str:
    """Points with their noun: `1 240 баллов`, `1,240 points`."""
    return f"{count(number, locale=locale)}{NO_BREAK_SPACE}{_point_noun(number, locale)}"


def signed(number: int, *, locale: str) -> str:
    """A change: `+120`, `−300`; zero has no sign."""
    return f"+{count(number, locale=locale)}" if number > 0 else count(number, locale=locale)


def signed_points(number: int, *, locale: str) -> str:
    """A change with its noun: `+120 баллов`, `+120 points`."""
    return f"{signed(number, locale=locale)}{NO_BREAK_SPACE}{_point_noun(number, locale)}"


@lru_cache(maxsize=4096)
def money(amount_minor: int, currency: str, *, locale: str) -> str:
    """An amount of minor units: `1 500 ₽`, `₽1,500`; kopecks only if there are any: `99,90 ₽`, `₽99.90`."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(amount_minor), 10**digits)
    pattern = "#,##0." + "0" * digits if part else "#,##0"
    figures = format_decimal(whole + Decimal(part).scaleb(-digits), format=pattern, locale=locale)
    symbol = currency_symbol(currency)
    if locale == "en" and not symbol.isalpha():
        return _signed_by_minus(amount_minor, symbol + figures)
    return _signed_by_minus(amount_minor, f"{figures}{NO_BREAK_SPACE}{symbol}")


def currency_symbol(currency: str) -> str:
    """The sign of an ISO 4217 currency (`₽`, `£`), or its code where it has none."""
    # Russian data knows the rouble's own sign and the short signs of the rest; English data says RUB.
    return str(get_currency_symbol(currency, locale="ru"))


def minor_digits(currency: str) -> int:
    """How many digits the minor unit of an ISO 4217 currency has: 2 for RUB, 0 for JPY."""
    return ISO_MINOR_DIGITS.get(currency) or int(get_currency_precision(currency))


@lru_cache(maxsize=4096)
def percent(basis_points: int, *, locale: str) -> str:
    """A rate in basis points: 500 is `5 %`, `5%`."""
    figures = format_decimal(abs(Decimal(basis_points)) / 100, format="#,##0.##", locale=locale)
    return _signed_by_minus(basis_points, figures + ("%" if locale == "en" else NO_BREAK_SPACE + "%"))


def date(day: datetime.date, *, locale: str, zone: str | None = None, today: datetime.date | None = None) -> str:
    """A day: `22 ноября`, `22 November`; the year only if it is not today's (or if today is not told).

    A datetime needs the zone in which its day is meant.
    """
    return _date(day_in(day, zone), "d MMMM", locale, today)


def short_date(day: datetime.date, *, locale: str, zone: str | None = None, today: datetime.date | None = None) -> str:
    """A day where room is short: `6 дек.`, `6 Dec`."""
    return _date(day_in(day, zone), "d MMM", locale, today)


def date_range(first: datetime.date, last: datetime.date, *, locale: str, today: datetime.date | None = None) -> str:
    """Days from and to, both included: `1–22 ноября`, `28 October – 3 November`."""
    if first == last:
        return date(first, locale=locale, today=today)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\u2013{date(last, locale=locale, today=today)}"
    beginning = date(first, locale=locale, today=last if first.year == last.year else today)
    return f"{beginning} \u2013 {date(last, locale=locale, today=today)}"


def time(moment: datetime.datetime, *, locale: str, zone: str) -> str:  # noqa: ARG001 - one shape for all of them
    """The time of day in the zone, in 24 hours: `12:31`."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def date_and_time(moment: datetime.datetime, *, locale: str, zone: str, today: datetime.date | None = None) -> str:
    """A moment in the zone: `сегодня, 12:31`, `Today, 12:31`, `21 November, 18:05`."""
    day = day_in(moment, zone)
    words = TODAY[locale] if day == today else _date(day, "d MMMM", locale, today)
    return f"{words}, {time(moment, locale=locale, zone=zone)}"


def day_in(day: datetime.date, zone: str | None) -> datetime.date:
    """The day of a moment in the zone; a day itself needs none. A moment without a zone raises `ValueError`."""
    if not isinstance(day, datetime.datetime):
        return day
    if zone is None:
        raise ValueError("A moment has no day without a zone.")
    return day.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def _point_noun(number: int, locale: str) -> str:
    return POINT_FORMS[locale][Locale(locale).plural_form(abs(number))]


def _signed_by_minus(number: int, figures: str) -> str:
    return MINUS + figures if number < 0 else figures


@lru_cache(maxsize=4096)
def _date(day: datetime.date, pattern: str, locale: str, today: datetime.date | None) -> str:
    this_year = today is not None and day.year == today.year
    return format_date(day, pattern if this_year else pattern + " y", locale=locale)
