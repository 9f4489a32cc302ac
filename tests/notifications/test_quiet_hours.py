"""The night: 21:00 to 9:00 where the reader is."""

from datetime import UTC, datetime

import pytest

from backend.notifications.quiet_hours import quiet_until


@pytest.mark.parametrize(
    ("moment", "zone", "until"),
    [
        ("2026-11-22T17:59:59", "Europe/Moscow", None),
        ("2026-11-22T18:00:00", "Europe/Moscow", "2026-11-23T06:00:00"),
        ("2026-11-23T05:59:59", "Europe/Moscow", "2026-11-23T06:00:00"),
        ("2026-11-23T06:00:00", "Europe/Moscow", None),
        # One moment is noon in Moscow and evening in Vladivostok.
        ("2026-11-22T11:30:00", "Asia/Vladivostok", "2026-11-22T23:00:00"),
        ("2026-12-31T20:00:00", "Europe/London", None),
        ("2026-12-31T21:30:00", "Europe/London", "2027-01-01T09:00:00"),
        # The night when the clocks go forward is an hour shorter, the other one longer.
        ("2027-03-27T22:00:00", "Europe/Berlin", "2027-03-28T07:00:00"),
        ("2026-10-24T22:00:00", "Europe/Berlin", "2026-10-25T08:00:00"),
        # Whole hours are not everywhere.
        ("2026-11-22T15:29:59", "Asia/Kolkata", None),
        ("2026-11-22T15:30:00", "Asia/Kolkata", "2026-11-23T03:30:00"),
    ],
)
def test_the_night_ends_at_nine_where_the_reader_is(moment, zone, until):
    ends = quiet_until(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone)
    assert ends == (until and datetime.fromisoformat(until).replace(tzinfo=UTC))
