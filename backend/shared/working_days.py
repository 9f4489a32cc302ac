"""Deadlines in working days: Monday to Friday, in the zone of whoever works. Pure.

Public holidays differ by country and by decree of the year; a deadline that ignores them is early, never late. Who
knows them says them.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5


def working_days_after(moment: datetime, *, days: int, zone: str) -> datetime:
    """The same hour of the clock, so many working days later; a moment at the weekend counts from the Monday after."""
    local = moment.astimezone(ZoneInfo(zone))
    left = days
    while left > 0 or local.weekday() >= SATURDAY:
        local += timedelta(days=1)
        if local.weekday() < SATURDAY:
            left -= 1
    return local.astimezone(moment.tzinfo)


def working_day_after(day: date, *, days: int, days_off: Collection[date] = ()) -> date:
    """The day that lies so many working days after this one; `days_off` are free besides the weekends."""
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY and day not in days_off
    return day
