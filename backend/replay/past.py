"""The past as the replay looks at it: sales and returns of members, by member and in order of time.

Where it comes from (a file, the shop's own receipts, made up) is the business of whoever reads it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol

from backend.programmes.engine.facts import StoreFacts
from backend.receipts.sale import ReturnedLine, SaleLine

ReadSoFar = Callable[[int], None]
"""Is told how many more rows have been read."""


@dataclass(frozen=True, slots=True)
class PastSale:
    """A receipt of a member; its moment is in the store's zone."""

    member: str
    number: str
    occurred_at: datetime
    total_minor: int
    lines: tuple[SaleLine, ...]
    store: StoreFacts
    payments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class PastReturn:
    """What came back of a sale, by lines, or by amount where the lines are not known."""

    member: str
    number: str
    """The sale's."""
    occurred_at: datetime
    lines: tuple[ReturnedLine, ...] = ()
    amount_minor: int | None = None


PastEvent = PastSale | PastReturn


class Past(Protocol):
    """All that is known of a past."""

    @property
    def name(self) -> str:
        """What to call it."""

    @property
    def source(self) -> str:
        """`online_retail`, `columns`, `own` or `synthetic`."""

    @property
    def zone(self) -> str:
        """The zone of its months and days."""

    @property
    def events(self) -> int:
        """How many sales and returns there are."""

    @property
    def until(self) -> datetime:
        """When it ends."""

    @property
    def members(self) -> Sequence[str]:
        """Who bought."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many rows are no part of it, by reason."""

    def history(self, member: str) -> Sequence[PastEvent]:
        """A member's sales and returns in order of time."""


@dataclass(slots=True)
class KeptPast:
    """A past that was read as a whole."""

    name: str
    source: str
    zone: str
    until: datetime
    events: int = 0
    histories: dict[str, list[PastEvent]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def members(self) -> Sequence[str]:
        """See `Past`."""
        return list(self.histories)

    def history(self, member: str) -> Sequence[PastEvent]:
        """See `Past`."""
        return self.histories[member]

    def keep(self, events: Iterable[PastEvent]) -> None:
        """Takes events in whatever order they come."""
        for event in events:
            self.histories.setdefault(event.member, []).append(event)
            self.events += 1
        for history in self.histories.values():
            history.sort(key=order)
            self.until = max(self.until, history[-1].occurred_at)


def order(event: PastEvent) -> tuple[datetime, bool, str]:
    """The order of time: what is sold and brought back in the same minute was sold first."""
    return event.occurred_at, isinstance(event, PastReturn), event.number


moment_of = attrgetter("occurred_at")
