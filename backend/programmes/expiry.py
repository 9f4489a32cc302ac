"""When points burn: a period after they became available, perhaps to the end of a month, and perhaps moved by activity.

Pure. Days are of 24 hours; months, and the ends of months, quarters and years, are the calendar's in the shop's zone:

- `days: 365` burns to the second 365 × 24 hours later, whatever clocks did meanwhile.
- `months: 12` burns on the same day of the month at the same local time; where the month is too short, on its last day
  (31 January and a month is 28 or 29 February), and a time that the clocks skip comes as much later as they skip.
- `round_to: month` (or `quarter`, `year`) moves what the period gives to the end of the month in which it falls: points
  live until the last moment of the month's last day. It never makes their life shorter.
- `prolonged_by: activity` lets every purchase and every spend move all open points of the programme to the period from
  then on, rounded in the same way. A day of burning only ever moves later, and what has burnt stays burnt.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MONTHS_ROUNDED_TO = {"month": 1, "quarter": 3, "year": 12}
ACTIVITY = "activity"
SMALLEST_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long points live: so many days or so many months, one of the two."""

    days: int | None = None
    months: int | None = None
    round_to: str | None = None
    prolonged_by: str | None = None

    @property
    def follows_calendar(self) -> bool:
        """Whether it needs a zone to be reckoned in."""
        return self.months is not None or self.round_to is not None

    def burns_at(self, moment: datetime, *, zone: str | None) -> datetime:
        """When points burn whose period begins at `moment`. `zone` is the shop's; days alone need none."""
        # In UTC: with a local zone Python would add days of the calendar.
        exact = moment.astimezone(UTC) + timedelta(days=self.days or 0)
        if not self.follows_calendar:
            return exact
        if zone is None:
            raise ValueError("Months, and the ends of months, need a time zone.")
        place = ZoneInfo(zone)
        burns = _months_later(exact, self.months, place) if self.months else exact
        return _end_of(self.round_to, burns, place) if self.round_to else burns


def day_begins(day: date, *, zone: str) -> datetime:
    """The first moment of a day in the zone."""
    return _begins(day, ZoneInfo(zone))


def day_ends(day: date, *, zone: str) -> datetime:
    """The last moment of a day in the zone."""
    return _begins(day + timedelta(days=1), ZoneInfo(zone)) - SMALLEST_STEP


def _months_later(moment: datetime, months: int, place: ZoneInfo) -> datetime:
    local = moment.astimezone(place)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    # What happened in the second run of an hour that came twice has nothing to do with the hours of the day it burns.
    later = local.replace(year=year, month=month + 1, day=day, fold=0)
    return later.astimezone(UTC)


def _end_of(span: str, moment: datetime, place: ZoneInfo) -> datetime:
    """The last moment of the month, quarter or year in which a moment falls."""
    local, months = moment.astimezone(place), MONTHS_ROUNDED_TO[span]
    year, month = divmod(local.year * 12 + (local.month - 1) // months * months + months, 12)
    return _begins(date(year, month + 1, 1), place) - SMALLEST_STEP


def _begins(day: date, place: ZoneInfo) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=place)
    # Where clocks skip midnight, the first reading is the moment at which they do; where midnight comes twice, the day
    # before has ended for good only at the second one. Either way it is the later of the two readings.
    return max(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC))
