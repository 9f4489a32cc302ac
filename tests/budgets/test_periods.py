"""When periods begin and end, in the shop's zone."""

from datetime import UTC, date, datetime

import pytest

from backend.budgets.periods import period_of

MOSCOW, BERLIN, SANTIAGO = "Europe/Moscow", "Europe/Berlin", "America/Santiago"


@pytest.mark.parametrize(
    ("kind", "first_day", "next_day"),
    [
        ("day", date(2026, 11, 22), date(2026, 11, 23)),
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_sunday_in_november(kind: str, first_day: date, next_day: date) -> None:
    period = period_of(kind, datetime(2026, 11, 22, 9, 31, tzinfo=UTC), zone=MOSCOW)
    assert (period.first_day, period.next_day) == (first_day, next_day)


def test_for_all_time_there_is_one_period_without_an_end() -> None:
    periods = {period_of("all", datetime(year, 5, 1, tzinfo=UTC), zone=MOSCOW) for year in (1999, 2026, 2100)}
    assert len(periods) == 1
    assert periods.pop().ends_at(zone=MOSCOW) is None


def test_the_day_is_the_shops() -> None:
    at = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
    assert period_of("month", at, zone=MOSCOW).first_day == date(2026, 12, 1)
    assert period_of("month", at, zone="UTC").first_day == date(2026, 11, 1)


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25)])
def test_days_on_which_clocks_change_are_shorter_and_longer(month: int, day: int, hours: int) -> None:
    period = period_of("day", datetime(2026, month, day, 12, tzinfo=UTC), zone=BERLIN)
    begins = period_of("day", datetime(2026, month, day - 1, 12, tzinfo=UTC), zone=BERLIN).ends_at(zone=BERLIN)
    ends = period.ends_at(zone=BERLIN)
    assert begins is not None
    assert ends is not None
    assert (ends - begins).total_seconds() == hours * 3600


def test_every_moment_is_in_a_period_that_it_is_not_after_the_end_of() -> None:
    # In Santiago clocks go forward at midnight, and back at midnight too: a day without it, and a day with two.
    for hour in range(24 * 365):
        at = datetime.fromtimestamp(1_767_225_600 + 3_600 * hour, tz=UTC)
        ends = period_of("day", at, zone=SANTIAGO).ends_at(zone=SANTIAGO)
        assert ends is not None
        assert at < ends
        assert period_of("day", ends, zone=SANTIAGO) != period_of("day", at, zone=SANTIAGO)


def test_the_29th_of_february_has_a_period_of_its_own() -> None:
    period = period_of("day", datetime(2028, 2, 29, 12, tzinfo=UTC), zone=MOSCOW)
    assert (period.first_day, period.next_day) == (date(2028, 2, 29), date(2028, 3, 1))
    assert period_of("month", datetime(2028, 2, 29, 12, tzinfo=UTC), zone=MOSCOW).next_day == date(2028, 3, 1)
