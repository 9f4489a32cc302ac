"""Numbers, money and dates as each language writes them."""

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from client_kivy.state.language import N_, current, ngettext
from client_kivy.state.language import gettext as _

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
CURRENCY_SIGNS = {"RUB": "₽", "GBP": "£", "EUR": "€", "USD": "$"}
CURRENCIES_WITHOUT_MINOR_UNITS = {"JPY", "KRW"}


def number(value: int) -> str:
    """1 240 or 1,240; a minus sign, not a hyphen."""
    separator = NO_BREAK_SPACE if current() == "ru" else ","
    return (MINUS if value < 0 else "") + f"{abs(value):,}".replace(",", separator)


def decimal(value: float) -> str:
    """1,2 or 1.2."""
    return f"{value:.1f}".replace(".", "," if current() == "ru" else ".")


def month(value: int, year: int) -> str:
    """ноябре 2026; November 2026: as it stands after "in"."""
    return f"{_(_MONTHS[value - 1])} {year}"


def signed(value: int) -> str:
    """+120, −300, 0."""
    return "+" + number(value) if value > 0 else number(value)


def points(value: int) -> str:
    """1 240 баллов; 1,240 points."""
    return ngettext("{count} point", "{count} points", value).format(count=number(value))


def points_word(value: int) -> str:
    """The word alone that goes with a number set apart from it."""
    return ngettext("point", "points", value)


def money(amount_minor: int, currency: str) -> str:
    """1 500 ₽, 99,90 ₽; ₽1,500, ₽99.90: minor units only where they are not zero."""
    units, minor = (
        (abs(amount_minor), 0) if currency in CURRENCIES_WITHOUT_MINOR_UNITS else divmod(abs(amount_minor), 100)
    )
    sign = MINUS if amount_minor < 0 else ""
    decimal_mark = "," if current() == "ru" else "."
    figure = number(units) + (f"{decimal_mark}{minor:02}" if minor else "")
    symbol = CURRENCY_SIGNS.get(currency)
    if current() == "ru":
        return f"{sign}{figure}{NO_BREAK_SPACE}{symbol or currency}"
    return f"{sign}{symbol}{figure}" if symbol else f"{sign}{currency}{NO_BREAK_SPACE}{figure}"


def zone_named(name: str | None) -> tzinfo | None:
    """The member's zone; None, which means the phone's own, where it is not given or not known here."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def time(moment: datetime) -> str:
    """12:31."""
    return f"{moment:%H:%M}"


def day(value: date, *, today: date) -> str:
    """22 ноября; 22 November; with the year where it is another one."""
    return _with_year(_(_LONG[value.month - 1]), value, today)


def short_day(value: date, *, today: date) -> str:
    """6 дек.; 6 Dec; with the year where it is another one."""
    return _with_year(_(_SHORT[value.month - 1]), value, today)


def weekday_and_day(value: date, *, today: date) -> str:
    """Пятница, 22 ноября; Friday, 22 November."""
    return f"{_(_WEEKDAYS[value.weekday()])}, {day(value, today=today)}"


def moment(value: datetime, *, now: datetime) -> str:
    """Today, 12:31; Yesterday, 18:05; 20 Nov. Both moments in the reader's zone."""
    if value.date() == now.date():
        return _("Today, {time}").format(time=time(value))
    if value.date() == now.date() - timedelta(days=1):
        return _("Yesterday, {time}").format(time=time(value))
    return short_day(value.date(), today=now.date())


def brief_moment(value: datetime, *, now: datetime) -> str:
    """12:31; Yesterday; 20 Nov: for the narrow corner of a row."""
    if value.date() == now.date():
        return time(value)
    if value.date() == now.date() - timedelta(days=1):
        return _("Yesterday")
    return short_day(value.date(), today=now.date())


def card_number(value: str) -> str:
    """The printed number in groups of four."""
    digits = value.replace(" ", "")
    return NO_BREAK_SPACE.join(digits[start : start + 4] for start in range(0, len(digits), 4))


def _with_year(pattern: str, value: date, today: date) -> str:
    text = pattern.format(day=value.day)
    return text if value.year == today.year else f"{text} {value.year}"


_LONG = (
    N_("{day} January"),
    N_("{day} February"),
    N_("{day} March"),
    N_("{day} April"),
    N_("{day} May"),
    N_("{day} June"),
    N_("{day} July"),
    N_("{day} August"),
    N_("{day} September"),
    N_("{day} October"),
    N_("{day} November"),
    N_("{day} December"),
)
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_SHORT = (
    N_("{day} Jan"),
    N_("{day} Feb"),
    N_("{day} Mar"),
    N_("{day} Apr"),
    N_("{day} May"),
    N_("{day} Jun"),
    N_("{day} Jul"),
    N_("{day} Aug"),
    N_("{day} Sep"),
    N_("{day} Oct"),
    N_("{day} Nov"),
    N_("{day} Dec"),
)
_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
