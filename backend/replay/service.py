"""Asking for replays, and taking them through: who works on one holds its attempt, and says that it lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from backend.programmes.programme import Programme
from backend.replay.models import Replay
from backend.shared.clock import system_now
from backend.shared.ids import new_id

SILENT_SECONDS = 60
"""A replay that was not heard of for so long has lost its process."""
ATTEMPTS_MAXIMUM = 3


@dataclass(frozen=True, slots=True)
class Document:
    """A programme's text as it was read; `version` is 0 where it is not stored."""

    text: str
    programme: Programme


@dataclass(frozen=True, slots=True)
class ChosenPast:
    """Which past is judged."""

    source: str
    """`own`, `file` or `synthetic`."""
    name: str = ""
    file: bytes | None = None
    days: int | None = None
    receipts: int | None = None


def ask(  # noqa: PLR0913 - one argument a question
    session: Session,
    *,
    document: Document,
    against: Document | None,
    past: ChosenPast,
    zone: str,
    spending_share_percent: int,
    margin_percent: int,
    by: str,
) -> UUID:
    """Asks for a replay; the worker begins it within a second or two."""
    replay = Replay(
        id=new_id(),
        status="waiting",
        created_at=system_now(),
        created_by=by,
        title=document.programme.title,
        document=document.text,
        version=document.programme.version,
        against_title=against.programme.title if against else None,
        against_document=against.text if against else None,
        against_version=against.programme.version if against else 0,
        past_source=past.source,
        past_name=past.name,
        past_file=past.file,
        past_days=past.days,
        past_receipts=past.receipts,
        zone=zone,
        spending_share_percent=spending_share_percent,
        margin_percent=margin_percent,
    )
    session.add(replay)
    session.flush()
    return replay.id


def claim(session: Session, *, now: datetime) -> tuple[UUID, int] | None:
    """Takes up a replay that waits or has lost its process: its id and the new attempt. None while another one runs.

    One that has been taken up too often is given up.
    """
    silent_since = now - timedelta(seconds=SILENT_SECONDS)
    running = session.scalars(select(Replay).where(Replay.status == "running").with_for_update(skip_locked=True)).all()
    if any(one.heartbeat_at is not None and one.heartbeat_at > silent_since for one in running):
        return None
    for lost in running:
        if lost.attempt < ATTEMPTS_MAXIMUM:
            return _begin(lost, now)
        _end(lost, "failed", now, failure={"kind": "replay.given_up", "facts": {"attempts": lost.attempt}})
    waiting = session.scalar(
        select(Replay)
        .where(Replay.status == "waiting")
        .order_by(Replay.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return None if waiting is None else _begin(waiting, now)


def beat(session: Session, replay_id: UUID, *, attempt: int, done: int, total: int | None) -> bool:
    """Says that the replay lives and how far it is; False where somebody else has taken it up."""
    changed = session.execute(
        update(Replay)
        .where(Replay.id == replay_id, Replay.attempt == attempt, Replay.status == "running")
        .values(heartbeat_at=system_now(), events_done=done, events_total=total)
    )
    return isinstance(changed, CursorResult) and changed.rowcount == 1


def held(session: Session, replay_id: UUID, *, attempt: int) -> Replay | None:
    """The replay, locked, as long as it is this attempt's."""
    return session.scalar(
        select(Replay)
        .where(Replay.id == replay_id, Replay.attempt == attempt, Replay.status == "running")
        .with_for_update()
    )


def finish(session: Session, replay_id: UUID, *, attempt: int, report: dict[str, Any]) -> None:
    """Keeps the report, unless somebody else has taken the replay up."""
    replay = held(session, replay_id, attempt=attempt)
    if replay is not None:
        replay.report = report
        replay.events_done = replay.events_total = report["past"]["receipts"] + report["past"]["returns"]
        _end(replay, "done", system_now(), failure=None)


def fail(session: Session, replay_id: UUID, *, attempt: int, kind: str) -> None:
    """Says what stopped it."""
    replay = held(session, replay_id, attempt=attempt)
    if replay is not None:
        _end(replay, "failed", system_now(), failure={"kind": kind, "facts": {}})


def _begin(replay: Replay, now: datetime) -> tuple[UUID, int]:
    replay.status, replay.heartbeat_at, replay.attempt = "running", now, replay.attempt + 1
    replay.events_done = 0
    return replay.id, replay.attempt


def _end(replay: Replay, status: str, now: datetime, *, failure: dict[str, Any] | None) -> None:
    replay.status, replay.finished_at, replay.failure = status, now, failure
    replay.past_file = None
