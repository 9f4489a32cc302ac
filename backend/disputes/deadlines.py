"""By when a dispute is decided: so many working days after the day on which it was opened, in the shop's zone. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ANSWER_WITHIN_WORKING_DAYS = 10
REMIND_AFTER_WORKING_DAYS = 7
SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class Promise:
    """How long the shop takes at most, when staff is reminded, and its public holidays."""

    answer_within_working_days: int = ANSWER_WITHIN_WORKING_DAYS
    remind_after_working_days: int = REMIND_AFTER_WORKING_DAYS
    days_off: frozenset[date] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """The last day for a decision, its end, and when staff is reminded."""

    due_on: date
    due_at: datetime
    remind_at: datetime


def deadline_of(opened_at: datetime, *, promise: Promise, zone: str) -> Deadline:
    """The deadline of a dispute that is opened at this moment. The day of opening does not count."""
    opened_on = opened_at.astimezone(ZoneInfo(zone)).date()
    due_on = working_day_after(opened_on, promise.answer_within_working_days, days_off=promise.days_off)
    remind_on = working_day_after(opened_on, promise.remind_after_working_days, days_off=promise.days_off)
    return Deadline(due_on=due_on, due_at=end_of(due_on, zone=zone), remind_at=end_of(remind_on, zone=zone))


def working_day_after(day: date, working_days: int, *, days_off: Collection[date] = ()) -> date:
    """The day that lies so many working days after this one."""
    left = working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY and day not in days_off
    return day


def end_of(day: date, *, zone: str) -> datetime:
    """The first moment that is no longer this day in the zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
