"""What the worker does for the ledger by itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.ledger import burning_notices, reconciliation, sealing, service
from backend.ledger.statements import DUE_EXPIRIES, DUE_RELEASES
from backend.shared.db import driver_connection
from backend.shared.jobs import Job


def _release(session: Session, now: datetime) -> int:
    _pass_wrong_books_by(session, DUE_RELEASES, now)
    return service.release_due(session, now)


def _expire(session: Session, now: datetime) -> int:
    _pass_wrong_books_by(session, DUE_EXPIRIES, now)
    return service.expire_due(session, now)


def _pass_wrong_books_by(session: Session, due: str, now: datetime) -> None:
    """One book that the database's own checks refuse would stop the batch of everybody else, again and again."""
    rows = driver_connection(session).execute(due, {"now": now, "limit": service.JOB_BATCH_LOTS}, prepare=True)
    reconciliation.freeze_where_lots_differ(session, {member_id for member_id, *_lot in rows})


LEDGER_JOBS = (
    Job(
        name="ledger_release",
        clock="business",
        next_due=service.next_release,
        run=_release,
        maximum_lateness_seconds=300,
    ),
    Job(
        name="ledger_expiry",
        clock="business",
        next_due=service.next_expiry,
        run=_expire,
        maximum_lateness_seconds=900,
    ),
    Job(
        name=burning_notices.JOB,
        clock="business",
        next_due=burning_notices.next_notice,
        run=burning_notices.tell_due,
        maximum_lateness_seconds=3600,
    ),
    Job(
        name=sealing.JOB,
        clock="system",
        next_due=sealing.next_sealing,
        run=sealing.seal_due,
        maximum_lateness_seconds=300,
    ),
    Job(
        name=reconciliation.JOB,
        clock="system",
        next_due=reconciliation.next_reconciliation,
        run=reconciliation.reconcile_due,
        maximum_lateness_seconds=3600,
    ),
)
