"""The store of deliveries, as the worker sees it.

A delivery goes `queued → claimed → sending → accepted | failed | unknown`, or back to `queued`. Each call below is
one short transaction of the queue's own, committed before it returns: no transaction is open while a message
travels. The order claim → begin → (the message travels) → settle makes a worker that is killed at any moment leave
only what was in flight ambiguous.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from push.delivery import Channel, Delivery
from push.outcome import Settlement


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker may work on now.

    `pause_ends_in_seconds` is the channel's latest pause, project-wide: positive while it lasts (then `deliveries`
    is empty), zero or negative for so long after its end (the worker speeds up gently), None where there was none
    lately.
    """

    deliveries: Sequence[Delivery]
    pause_ends_in_seconds: float | None = None


class Queue(Protocol):
    """A store of deliveries that several workers share. Each worker calls it from one thread per channel."""

    def claim(self, *, channel: Channel, limit: int, lease_seconds: float) -> Claim:
        """Takes at most `limit` due deliveries of the channel, oldest first, skipping what other workers hold.

        Each gets a fresh `attempt_id`, the state `claimed` and a lease. Rates (of campaigns, of the project), quiet
        hours and pauses are read here. An empty claim means that nothing is due: the worker sleeps a moment and
        asks again.
        """
        ...

    def begin(self, deliveries: Sequence[Delivery], *, lease_seconds: float) -> Set[UUID]:
        """Commits `sending` with the attempt's id, renews the lease, and returns the ids of those that may be sent.

        Looked at here, at the last moment: the attempt is still ours (state `claimed`, same `attempt_id`, the lease
        not over), consent and opt-out, the campaign neither paused nor stopped, the device still there. What may
        not be sent any more the queue itself drops, holds or returns to the line; the worker forgets it.
        """
        ...

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Writes results down in bulk, each only where `attempt_id` is still the delivery's own; others are ignored.

        A delivery that could not be encoded is settled from `claimed`, all others from `sending`. With `QUEUED` it
        is due again after `retry_in_seconds`. With `device_gone` the address is deleted, unless it was registered
        anew since.
        """
        ...

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Returns claimed deliveries that were not begun to the line: the worker stops, or the channel pauses."""
        ...

    def recover(self, *, channel: Channel) -> int:
        """Takes up what dead workers left, and returns how many: leases that are over, of this channel.

        `claimed` → `queued`. `sending` → nobody knows: `repeats` + 1, then `queued` where `repeat_when_unknown`,
        otherwise `unknown`.
        """
        ...

    def pause(self, *, channel: Channel, seconds: float) -> None:
        """Stops the channel for every worker for `seconds` from now; a longer pause that already runs is kept."""
        ...

    def alarm(self, *, channel: Channel, problem: str) -> None:
        """Our credentials were refused: shows `problem` to the staff and pauses the running campaigns of the channel.

        Called again every minute while it lasts; must be cheap to repeat.
        """
        ...

    def all_clear(self, *, channel: Channel) -> None:
        """The provider accepts us: takes the alarm back. Called at the first acceptance after a start or alarm."""
        ...
