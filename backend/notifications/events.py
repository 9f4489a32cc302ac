"""What notifications tells the features above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class BroadcastsHalted:
    """The provider refuses our credentials: these broadcasts were running and are halted until a person goes on."""

    broadcast_ids: Sequence[UUID]
    problem: str
