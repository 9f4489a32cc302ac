"""The night in which no offer disturbs anybody. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM = time(21, 0)
QUIET_UNTIL = time(9, 0)


def quiet_until(moment: datetime, zone: str) -> datetime | None:
    """When the night that `moment` falls into ends for somebody in this zone (UTC); None by day."""
    local = moment.astimezone(ZoneInfo(zone))
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() if local.time() < QUIET_UNTIL else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, tzinfo=ZoneInfo(zone)).astimezone(UTC)
