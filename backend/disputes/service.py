"""What can be done with disputes. Each function lives with its subject and is named here."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.disputes.answering import EVIDENCE_MAXIMUM, add_evidence, answer, end, rate, withdraw, write
from backend.disputes.deciding import Remedy, decide, on_adjustment_decided, receipt_of, remedy_of
from backend.disputes.models import OPEN_STATES, Dispute, DisputeEvent, DisputeEvidence
from backend.disputes.opening import open_dispute
from backend.disputes.subjects import MissingReceipt, Subject
from backend.disputes.thread import add_event
from backend.members.events import MemberErased

__all__ = [
    "EVIDENCE_MAXIMUM",
    "MissingReceipt",
    "Remedy",
    "Subject",
    "add_evidence",
    "answer",
    "decide",
    "on_adjustment_decided",
    "on_member_erased",
    "open_dispute",
    "rate",
    "receipt_of",
    "remedy_of",
    "withdraw",
    "write",
]


def on_member_erased(session: Session, event: MemberErased) -> None:
    """Nothing that the person wrote or photographed stays; what is open ends, for nobody is there to be answered."""
    theirs = select(Dispute.id).where(Dispute.member_id == event.member_id)
    session.execute(delete(DisputeEvidence).where(DisputeEvidence.dispute_id.in_(theirs)))
    session.execute(update(DisputeEvent).where(DisputeEvent.dispute_id.in_(theirs)).values(text_ciphertext=None))
    still_open = session.scalars(
        select(Dispute)
        .where(Dispute.member_id == event.member_id, Dispute.state.in_(OPEN_STATES))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for dispute in still_open:
        end(session, dispute, "withdrawn")
        add_event(session, dispute, "withdrawn", at=dispute.state_at, author="worker")
