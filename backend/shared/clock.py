"""The clock and its two faces; the only place that asks the machine for the time.

Business time (`business_now`) dates receipts, releases, expiry, windows, caps and schedules; the demo clock moves it.
System time (`system_now`) dates tokens, one-time codes, limits, leases and heartbeats; nothing moves it.
"""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Both faces of the time. One per process; tests replace its source and its offset."""

    def __init__(self) -> None:
        self.business_offset = timedelta(0)

    def system_now(self) -> datetime:
        """The machine's time, aware, UTC."""
        return datetime.fromtimestamp(time.time_ns() / 1_000_000_000, tz=UTC)

    def business_now(self) -> datetime:
        """The time that the business lives in, aware, UTC."""
        return self.system_now() + self.business_offset


clock = Clock()


def system_now() -> datetime:
    """The machine's time, aware, UTC."""
    return clock.system_now()


def business_now() -> datetime:
    """The time that the business lives in, aware, UTC; the demo clock moves it."""
    return clock.business_now()
