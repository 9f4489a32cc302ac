"""By when a dispute is decided: so many working days after the day on which it was opened, in the shop's zone. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.shared.working_days import working_day_after

ANSWER_WITHIN_WORKING_DAYS = 10
REMIND_AFTER_WORKING_DAYS = 7


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
    due_on = working_day_after(opened_on, days=promise.answer_within_working_days, days_off=promise.days_off)
    remind_on = working_day_after(opened_on, days=promise.remind_after_working_days, days_off=promise.days_off)
    return Deadline(due_on=due_on, due_at=end_of(due_on, zone=zone), remind_at=end_of(remind_on, zone=zone))


def end_of(day: date, *, zone: str) -> datetime:
    """The first moment that is no longer this day in the zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
