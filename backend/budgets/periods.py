"""When a budget's period begins and ends. Pure; days are the shop's."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.programmes.expiry import day_begins

ALL_TIME = "all"
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
PERIODS = ("day", "week", *MONTHS_OF, ALL_TIME)


@dataclass(frozen=True, slots=True)
class Period:
    """A period by the kind and the day on which it begins; it has no end where the budget is for all time."""

    kind: str
    first_day: date
    next_day: date | None
    """The day on which the next one begins."""

    def ends_at(self, *, zone: str) -> datetime | None:
        """The moment at which the next one begins; None for all time."""
        return None if self.next_day is None else day_begins(self.next_day, zone=zone)


FOR_EVER = Period(ALL_TIME, date.min, None)


def period_of(kind: str, at: datetime, *, zone: str) -> Period:
    """The period of this kind (`day`, `week` from Monday, `month`, `quarter`, `year`, `all`) that a moment falls in."""
    if kind == ALL_TIME:
        return FOR_EVER
    today = day_of(at, zone=zone)
    if kind == "day":
        return Period(kind, today, today + timedelta(days=1))
    if kind == "week":
        monday = today - timedelta(days=today.weekday())
        return Period(kind, monday, monday + timedelta(days=7))
    months = MONTHS_OF[kind]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return Period(kind, first, date(year, month + 1, 1))


def day_of(at: datetime, *, zone: str) -> date:
    """The day of the zone that a moment falls in; where midnight comes twice, the next day begins at the second one."""
    day = at.astimezone(ZoneInfo(zone)).date()
    return day if at >= day_begins(day, zone=zone) else day - timedelta(days=1)
