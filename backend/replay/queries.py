"""Reading replays."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.replay.errors import UnknownReplay
from backend.replay.models import Replay


@dataclass(frozen=True, slots=True)
class ReplayListed:
    """A replay as the list shows it; shares are None until it is done."""

    id: UUID
    status: str
    created_at: datetime
    created_by: str
    title: dict[str, Any]
    version: int
    against_title: dict[str, Any] | None
    against_version: int
    past_source: str
    past_name: str
    events_done: int
    events_total: int | None
    cost_share_basis_points: int | None
    points_given: int | None


def listed(session: Session, *, before: UUID | None = None, limit: int) -> list[ReplayListed]:
    """The replays, newest first; one more than the limit where there are more."""
    outcome = Replay.report["outcome"]
    statement = (
        select(
            Replay.id,
            Replay.status,
            Replay.created_at,
            Replay.created_by,
            Replay.title,
            Replay.version,
            Replay.against_title,
            Replay.against_version,
            Replay.past_source,
            Replay.past_name,
            Replay.events_done,
            Replay.events_total,
            outcome["cost_share_basis_points"].as_integer(),
            outcome["points_given"].as_integer(),
        )
        .order_by(Replay.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        statement = statement.where(Replay.id < before)
    return [ReplayListed(*row) for row in session.execute(statement)]


def replay(session: Session, replay_id: UUID) -> Replay:
    """A replay.

    Raises:
        UnknownReplay: there is none.
    """
    found = session.get(Replay, replay_id)
    if found is None:
        raise UnknownReplay
    return found


def earliest_waiting(session: Session) -> datetime | None:
    """When the replay was asked for that waits the longest."""
    return session.scalar(select(func.min(Replay.created_at)).where(Replay.status == "waiting"))


def last_heartbeat(session: Session) -> datetime | None:
    """When the replay that runs was last heard of; of several the one that has been silent the longest."""
    return session.scalar(select(func.min(Replay.heartbeat_at)).where(Replay.status == "running"))
