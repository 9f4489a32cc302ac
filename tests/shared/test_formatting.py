"""Numbers and dates read as the house writes them, in both languages."""

import datetime
from datetime import UTC

import pytest

from backend.shared import formatting

TODAY = datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("number", "ru", "en"),
    [
        (0, "0 баллов", "0 points"),
        (1, "1 балл", "1 point"),
        (3, "3 балла", "3 points"),
        (11, "11 баллов", "11 points"),
        (21, "21 балл", "21 points"),
        (1240, "1 240 баллов", "1,240 points"),
        (-16, "−16 баллов", "−16 points"),
        (1234567, "1 234 567 баллов", "1,234,567 points"),
    ],
)
def test_points_bend_with_their_number(number: int, ru: str, en: str) -> None:
    assert formatting.points(number, locale="ru") == ru.replace(" ", "\u00a0")
    assert formatting.points(number, locale="en") == en.replace(" ", "\u00a0")


@pytest.mark.parametrize(("number", "text"), [(120, "+120"), (-300, "\u2212300"), (0, "0")])
def test_a_change_has_a_sign_and_a_true_minus(number: int, text: str) -> None:
    assert formatting.signed(number, locale="ru") == text
    assert formatting.signed(number, locale="en") == text


def test_a_change_in_points_has_its_noun() -> None:
    assert formatting.signed_points(2, locale="ru") == "+2\u00a0балла"
    assert formatting.signed_points(-1, locale="en") == "\u22121\u00a0point"


@pytest.mark.parametrize(
    ("amount_minor", "currency", "ru", "en"),
    [
        (150_000, "RUB", "1\u00a0500\u00a0₽", "₽1,500"),
        (9_990, "RUB", "99,90\u00a0₽", "₽99.90"),
        (5, "RUB", "0,05\u00a0₽", "₽0.05"),
        (0, "RUB", "0\u00a0₽", "₽0"),
        (-30_000, "RUB", "\u2212300\u00a0₽", "\u2212₽300"),
        (1_530, "GBP", "15,30\u00a0£", "£15.30"),
        (1_500, "JPY", "1\u00a0500\u00a0¥", "¥1,500"),
        (1_250, "KWD", "1,250\u00a0KWD", "1.250\u00a0KWD"),
        (100, "RSD", "1\u00a0RSD", "1\u00a0RSD"),
    ],
)
def test_money_shows_its_minor_units_only_if_there_are_any(amount_minor: int, currency: str, ru: str, en: str) -> None:
    assert formatting.money(amount_minor, currency, locale="ru") == ru
    assert formatting.money(amount_minor, currency, locale="en") == en


def test_a_large_amount_loses_no_kopeck() -> None:
    assert formatting.money(10**18 + 1, "RUB", locale="en") == "₽10,000,000,000,000,000.01"


@pytest.mark.parametrize(
    ("basis_points", "ru", "en"), [(500, "5\u00a0%", "5%"), (1250, "12,5\u00a0%", "12.5%"), (1, "0,01\u00a0%", "0.01%")]
)
def test_a_rate_is_read_from_basis_points(basis_points: int, ru: str, en: str) -> None:
    assert formatting.percent(basis_points, locale="ru") == ru
    assert formatting.percent(basis_points, locale="en") == en


def test_a_day_has_its_year_only_if_it_is_another_year() -> None:
    day = datetime.date(2026, 12, 6)
    assert formatting.date(day, locale="ru", today=TODAY) == "6 декабря"
    assert formatting.date(day, locale="en", today=TODAY) == "6 December"
    assert formatting.date(day.replace(year=2027), locale="ru", today=TODAY) == "6 декабря 2027"
    assert formatting.date(day.replace(year=2027), locale="en", today=TODAY) == "6 December 2027"


def test_a_day_is_shortened_where_room_is_short() -> None:
    day = datetime.date(2026, 12, 6)
    assert formatting.short_date(day, locale="ru", today=TODAY) == "6 дек."
    assert formatting.short_date(day, locale="en", today=TODAY) == "6 Dec"


@pytest.mark.parametrize(
    ("first", "last", "ru", "en"),
    [
        ((2026, 11, 1), (2026, 11, 22), "1–22 ноября", "1–22 November"),
        ((2026, 10, 28), (2026, 11, 3), "28 октября – 3 ноября", "28 October – 3 November"),
        ((2025, 12, 30), (2026, 1, 3), "30 декабря 2025 – 3 января", "30 December 2025 – 3 January"),
        ((2026, 11, 22), (2026, 11, 22), "22 ноября", "22 November"),
    ],
)
def test_days_from_and_to_name_what_they_share_once(
    first: tuple[int, int, int], last: tuple[int, int, int], ru: str, en: str
) -> None:
    ends = (datetime.date(*first), datetime.date(*last))
    assert formatting.date_range(*ends, locale="ru", today=TODAY) == ru
    assert formatting.date_range(*ends, locale="en", today=TODAY) == en


def test_a_moment_is_told_in_the_readers_zone() -> None:
    late = datetime.datetime(2026, 11, 21, 21, 31, tzinfo=UTC)
    assert formatting.date_and_time(late, locale="ru", zone="Europe/Moscow", today=TODAY) == "сегодня, 00:31"
    assert formatting.date_and_time(late, locale="en", zone="Europe/Moscow", today=TODAY) == "Today, 00:31"
    assert formatting.date_and_time(late, locale="en", zone="UTC", today=TODAY) == "21 November, 21:31"
    assert formatting.time(late, locale="en", zone="Asia/Yekaterinburg") == "02:31"
    assert formatting.date(late, locale="en", zone="Asia/Yekaterinburg", today=TODAY) == "22 November"


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        formatting.date(datetime.datetime(2026, 11, 21, tzinfo=UTC), locale="en", today=TODAY)
