"""Days and moments as people type them into forms and addresses; those in which no shop was open are none."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend.shared.schemas import YEARS


def typed_day(text: str) -> date | None:
    """The day; None where the text is none, or one at an end of the calendar, where no reckoning goes on."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if YEARS[0] < found.year < YEARS[1] else None


def typed_moment(text: str, *, zone: str) -> datetime | None:
    """The moment that a clock in the zone showed; None as `typed_day`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=ZoneInfo(zone)) if YEARS[0] < found.year < YEARS[1] else None
