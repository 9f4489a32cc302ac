"""Numbers, money and dates as the look writes them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from client_kivy.state import formatting, language

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("value", "russian", "english"),
    [
        (1, "1 балл", "1 point"),
        (2, "2 балла", "2 points"),
        (5, "5 баллов", "5 points"),
        (11, "11 баллов", "11 points"),
        (21, "21 балл", "21 points"),
        (1240, "1\u00a0240 баллов", "1,240 points"),
        (-16, "\u221216 баллов", "\u221216 points"),
    ],
)
def test_points(value: int, russian: str, english: str) -> None:
    assert formatting.points(value) == english
    language.use("ru")
    assert formatting.points(value) == russian


@pytest.mark.parametrize(
    ("amount_minor", "currency", "russian", "english"),
    [
        (150000, "RUB", "1\u00a0500\u00a0₽", "₽1,500"),
        (9990, "RUB", "99,90\u00a0₽", "₽99.90"),
        (5, "RUB", "0,05\u00a0₽", "₽0.05"),
        (-30000, "RUB", "\u2212300\u00a0₽", "\u2212₽300"),
        (1250, "GBP", "12,50\u00a0£", "£12.50"),
        (500, "JPY", "500\u00a0JPY", "JPY\u00a0500"),
    ],
)
def test_money(amount_minor: int, currency: str, russian: str, english: str) -> None:
    assert formatting.money(amount_minor, currency) == english
    language.use("ru")
    assert formatting.money(amount_minor, currency) == russian


def test_signed_points_have_a_real_minus_and_zero_has_no_sign() -> None:
    assert [formatting.signed(points) for points in (120, -300, 0)] == ["+120", "\u2212300", "0"]


def test_days() -> None:
    day = date(2026, 12, 6)
    assert formatting.day(day, today=TODAY) == "6 December"
    assert formatting.short_day(day, today=TODAY) == "6 Dec"
    assert formatting.weekday_and_day(TODAY, today=TODAY) == "Sunday, 22 November"
    language.use("ru")
    assert formatting.day(day, today=TODAY) == "6 декабря"
    assert formatting.short_day(day, today=TODAY) == "6 дек."
    assert formatting.weekday_and_day(TODAY, today=TODAY) == "Воскресенье, 22 ноября"


def test_the_year_stands_only_where_it_is_another_one() -> None:
    assert formatting.day(date(2027, 1, 6), today=TODAY) == "6 January 2027"


@pytest.mark.parametrize(
    ("moment", "russian", "english"),
    [
        (datetime(2026, 11, 22, 12, 31, tzinfo=MOSCOW), "Сегодня, 12:31", "Today, 12:31"),
        (datetime(2026, 11, 21, 18, 5, tzinfo=MOSCOW), "Вчера, 18:05", "Yesterday, 18:05"),
        (datetime(2026, 11, 20, 9, 0, tzinfo=MOSCOW), "20 нояб.", "20 Nov"),
    ],
)
def test_moments(moment: datetime, russian: str, english: str) -> None:
    now = datetime(2026, 11, 22, 12, 40, tzinfo=MOSCOW)
    assert formatting.moment(moment, now=now) == english
    language.use("ru")
    assert formatting.moment(moment, now=now) == russian


def test_a_card_number_is_read_in_fours() -> None:
    assert formatting.card_number("7043221055890018") == "7043\u00a02210\u00a05589\u00a00018"


def test_an_unknown_zone_is_the_phones_own() -> None:
    assert formatting.zone_named("Mars/Olympus") is None
    assert formatting.zone_named(None) is None
