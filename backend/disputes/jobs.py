"""What the worker does for disputes: it reminds staff, escalates what is overdue, and forgets old photographs."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backend.disputes.models import OPEN_STATES, Dispute, DisputeEvidence
from backend.disputes.thread import add_event
from backend.shared.jobs import Job
from backend.staff.service import audit

BATCH_DISPUTES = 200
EVIDENCE_KEPT = timedelta(days=180)


def _next_deadline(session: Session) -> datetime | None:
    open_ones = Dispute.state.in_(OPEN_STATES)
    moments = [
        session.scalar(select(func.min(Dispute.remind_at)).where(open_ones, Dispute.reminded_at.is_(None))),
        session.scalar(select(func.min(Dispute.due_at)).where(open_ones, Dispute.escalated_at.is_(None))),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _watch_deadlines(session: Session, now: datetime) -> int:
    """Reminds of what is nearly due and escalates what is overdue, one batch, each once."""
    due = session.scalars(
        select(Dispute)
        .where(
            Dispute.state.in_(OPEN_STATES),
            ((Dispute.remind_at <= now) & Dispute.reminded_at.is_(None))
            | ((Dispute.due_at <= now) & Dispute.escalated_at.is_(None)),
        )
        .order_by(Dispute.due_at, Dispute.id)
        .limit(BATCH_DISPUTES)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for dispute in due:
        if dispute.reminded_at is None and dispute.remind_at <= now:
            dispute.reminded_at = dispute.remind_at
            _note(session, dispute, "reminded", at=dispute.remind_at)
        if dispute.escalated_at is None and dispute.due_at <= now:
            dispute.escalated_at = dispute.due_at
            _note(session, dispute, "escalated", at=dispute.due_at)
    session.flush()
    return len(due)


def _note(session: Session, dispute: Dispute, kind: str, *, at: datetime) -> None:
    add_event(session, dispute, kind, at=at, author="worker")
    audit(
        session,
        who="worker",
        action="escalate_dispute" if kind == "escalated" else "remind_of_dispute",
        subject=f"dispute:{dispute.id}",
        after={"due_on": dispute.due_on.isoformat()},
    )


def _next_to_forget(session: Session) -> datetime | None:
    oldest = session.scalar(
        select(func.min(Dispute.ended_at)).join(DisputeEvidence, DisputeEvidence.dispute_id == Dispute.id)
    )
    return oldest + EVIDENCE_KEPT if oldest is not None else None


def _forget_evidence(session: Session, now: datetime) -> int:
    """Deletes the photographs of disputes that ended long ago, one batch."""
    old = (
        select(Dispute.id)
        .where(
            Dispute.ended_at <= now - EVIDENCE_KEPT,
            Dispute.id.in_(select(DisputeEvidence.dispute_id)),
        )
        .order_by(Dispute.ended_at)
        .limit(BATCH_DISPUTES)
    )
    forgotten = session.execute(
        delete(DisputeEvidence)
        .where(DisputeEvidence.dispute_id.in_(old.scalar_subquery()))
        .returning(DisputeEvidence.id)
    )
    return len(forgotten.all())


WATCH_DEADLINES = Job(name="dispute_deadlines", clock="business", next_due=_next_deadline, run=_watch_deadlines)
FORGET_EVIDENCE = Job(name="dispute_evidence", clock="business", next_due=_next_to_forget, run=_forget_evidence)
