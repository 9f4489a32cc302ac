"""How fast a channel may go: a rate, pauses, and a gentle start after each pause."""

import time
from collections.abc import Callable

RATE_PER_SECOND = 10_000.0
"""Firebase's default quota: 600,000 messages a minute for a project."""

RAMP_SECONDS = 60.0
"""Google asks to come back to full speed over at least a minute."""

RAMP_FLOOR = 0.01
BURST_SECONDS = 0.25

SAME_SECONDS = 0.5
"""Two clocks tell the end of one pause; they may differ by so much."""


class Pace:
    """One channel's pace in one worker. Knows no clock but the monotonic one that it is given."""

    def __init__(
        self, *, rate_per_second: float | None = RATE_PER_SECOND, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`rate_per_second` None: no limit, but for the gentle start."""
        self._rate = rate_per_second
        self._now = now
        self._pause_ends_at: float | None = None
        self._tokens = 0.0
        self._counted_at = now()

    def pause_ends_in(self, seconds: float) -> None:
        """The channel's pause ends in `seconds`, or ended so long ago where negative. The latest end counts."""
        ends_at = self._now() + seconds
        if seconds > -RAMP_SECONDS and (self._pause_ends_at is None or ends_at > self._pause_ends_at + SAME_SECONDS):
            self._pause_ends_at, self._tokens = ends_at, 0.0

    def paused_seconds(self) -> float:
        """Seconds until the pause is over; 0 where there is none."""
        return 0.0 if self._pause_ends_at is None else max(0.0, self._pause_ends_at - self._now())

    def allowance(self, limit: int) -> int:
        """How many messages may be begun now, at most `limit`."""
        rate = self._rate_now()
        now = self._now()
        elapsed_seconds, self._counted_at = now - self._counted_at, now
        if rate is None:
            return limit
        self._tokens = min(self._tokens + elapsed_seconds * rate, max(1.0, rate * BURST_SECONDS))
        return min(limit, int(self._tokens))

    def spend(self, messages: int) -> None:
        """`messages` were begun."""
        self._tokens = max(0.0, self._tokens - messages)

    def _rate_now(self) -> float | None:
        if self._pause_ends_at is None:
            return self._rate
        since_pause_seconds = self._now() - self._pause_ends_at
        if since_pause_seconds < 0:
            return 0.0
        if since_pause_seconds >= RAMP_SECONDS:
            self._pause_ends_at = None
            return self._rate
        return (self._rate or RATE_PER_SECOND) * max(RAMP_FLOOR, since_pause_seconds / RAMP_SECONDS)
