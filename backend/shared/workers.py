"""The workers of an installation: which of them live, and what only one of them does at a time.

Both are rows in system time: a heartbeat that is renewed, and a lease that ends by itself when its holder dies.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.shared.clock import system_now
from backend.shared.db import Base

SILENT_SECONDS = 15.0
"""A worker that was silent for so long is dead, or as good as dead."""

FORGOTTEN_SECONDS = 3600.0


class WorkerHeartbeat(Base):
    """When a worker was last alive (system time)."""

    __tablename__ = "worker_heartbeats"

    worker_id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class Lease(Base):
    """Who does what, until when (system time)."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[UUID]
    held_until: Mapped[datetime]


def beat(session: Session, *, worker_id: UUID) -> None:
    """The worker lives; workers that have long been silent are forgotten."""
    now = system_now()
    session.execute(
        insert(WorkerHeartbeat)
        .values(worker_id=worker_id, started_at=now, beat_at=now)
        .on_conflict_do_update(index_elements=[WorkerHeartbeat.worker_id], set_={"beat_at": now})
    )
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.beat_at < now - timedelta(seconds=FORGOTTEN_SECONDS)))


def fall_silent(session: Session, *, worker_id: UUID) -> None:
    """The worker ends of its own will."""
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.worker_id == worker_id))


def seconds_since_last_beat(session: Session) -> float | None:
    """How long ago the liveliest worker was heard; None when there is none."""
    last = session.scalar(select(func.max(WorkerHeartbeat.beat_at)))
    return None if last is None else max(0.0, (system_now() - last).total_seconds())


def take_lease(session: Session, *, name: str, holder: UUID, seconds: float) -> bool:
    """Takes or prolongs a lease for `seconds` from now; False while another holder's lasts."""
    now = system_now()
    held_until = now + timedelta(seconds=seconds)
    taken = session.execute(
        insert(Lease)
        .values(name=name, holder=holder, held_until=held_until)
        .on_conflict_do_update(
            index_elements=[Lease.name],
            set_={"holder": holder, "held_until": held_until},
            where=or_(Lease.holder == holder, Lease.held_until <= now),
        )
        .returning(Lease.name)
    )
    return taken.first() is not None


def let_lease_go(session: Session, *, name: str, holder: UUID) -> None:
    """Ends the lease, if it is still this holder's, so that nobody waits for its end."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
