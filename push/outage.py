"""When a provider is silent: how long to leave it alone, so that an outage does not use a whole campaign up."""

from collections.abc import Iterable

from push.outcome import Outcome, Result

SILENCE_MAX = 20
"""So many unknown ends in a row are an outage; fewer are the network's everyday life."""

PAUSE_FIRST_SECONDS = 1.0
PAUSE_LONGEST_SECONDS = 60.0

SIGNS_OF_LIFE = frozenset({Result.ACCEPTED, Result.UNREGISTERED, Result.REFUSED})


class Outage:
    """Counts a channel's failures since the provider's last sign of life."""

    def __init__(self) -> None:
        self._silent = 0
        self._pauses = 0

    def pause_seconds(self, outcomes: Iterable[Outcome]) -> float | None:
        """The pause that these outcomes, after those before them, call for: doubling from 1 to 60 s; None for none."""
        unreachable = False
        for outcome in outcomes:
            if outcome.result in SIGNS_OF_LIFE:
                self._silent, self._pauses, unreachable = 0, 0, False
            elif outcome.result is Result.UNKNOWN:
                self._silent += 1
            elif outcome.result is Result.NOT_SENT and outcome.retry_in_seconds is None:
                unreachable = True
        if unreachable or self._silent >= SILENCE_MAX:
            return self.unreachable()
        return None

    def unreachable(self) -> float:
        """The pause after the provider could not even be reached."""
        pause_seconds = min(PAUSE_FIRST_SECONDS * 2.0**self._pauses, PAUSE_LONGEST_SECONDS)
        self._pauses += 1
        self._silent = 0
        return pause_seconds
