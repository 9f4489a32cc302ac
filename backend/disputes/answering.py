"""Words and photographs in a dispute that is open, and how its member ends it or says how it went."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.disputes.errors import DecisionWaits, DisputeEnded, DisputeNotEnded, TooMuchEvidence
from backend.disputes.messages import tell
from backend.disputes.models import OPEN_STATES, Dispute, DisputeEvidence
from backend.disputes.opening import insist, open_about_the_same
from backend.disputes.pictures import redrawn
from backend.disputes.thread import add_event, event_of_key, evidence_place, key_of, locked
from backend.ledger import service as ledger
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.staff.queries import StaffIdentity
from backend.staff.service import audit

EVIDENCE_MAXIMUM = 5


def write(session: Session, *, dispute_id: UUID, member_id: UUID, text: str, key: str | None = None) -> Dispute:
    """The member writes. Where a rule had settled it, that is not accepted, and a person looks at it.

    Raises:
        UnknownDispute: the member has no such dispute.
        DisputeEnded: it is over.
    """
    # As where a question is opened: one of two answers about the same may be the only one that is insisted on.
    ledger.open_books(session, [member_id])
    dispute = locked(session, dispute_id, of=member_id)
    if event_of_key(session, dispute_id, key) is not None:
        return dispute
    now = business_now()
    if dispute.state == "settled" and open_about_the_same(session, dispute) is None:
        insist(session, dispute, text=text, at=now, key=key)
        return dispute
    _check_open(dispute)
    add_event(session, dispute, "message", at=now, author="member", text=text, key=key)
    _stands(session, dispute, "open")
    return dispute


def answer(session: Session, *, dispute_id: UUID, text: str, by: StaffIdentity) -> Dispute:
    """Somebody of the staff writes; the member is told that there is a word.

    Raises:
        UnknownDispute: there is none.
        DisputeEnded: it is over.
    """
    dispute = locked(session, dispute_id)
    _check_open(dispute)
    event = add_event(session, dispute, "message", at=business_now(), author="staff", author_name=by.name, text=text)
    _stands(session, dispute, "answered")
    tell(session, dispute, "dispute_answered", event_id=event.id)
    audit(session, who=by.who, action="answer_dispute", subject=f"dispute:{dispute.id}")
    return dispute


def add_evidence(
    session: Session, *, dispute_id: UUID, member_id: UUID, content: bytes, key: str | None = None
) -> Dispute:
    """The member adds a photograph: it is drawn anew, sealed with their key, and shown to staff alone.

    Raises:
        UnknownDispute: the member has no such dispute.
        DisputeEnded: it is over.
        TooMuchEvidence: there are as many as may be.
        UnreadablePicture: it is no picture that can be taken.
    """
    dispute = locked(session, dispute_id, of=member_id)
    if event_of_key(session, dispute_id, key) is not None:
        return dispute
    _check_open(dispute)
    if _evidence_count(session, dispute_id) >= EVIDENCE_MAXIMUM:
        raise TooMuchEvidence(maximum=EVIDENCE_MAXIMUM)
    picture, now, evidence_id = redrawn(content), business_now(), new_id()
    facts = {"evidence_id": str(evidence_id)}
    event = add_event(session, dispute, "evidence", at=now, author="member", facts=facts, key=key)
    sealed = key_of(session, member_id).seal(picture.content, place=evidence_place(evidence_id))
    session.add(
        DisputeEvidence(
            id=evidence_id,
            dispute_id=dispute_id,
            event_id=event.id,
            content_ciphertext=sealed,
            width_px=picture.width_px,
            height_px=picture.height_px,
            size_bytes=len(picture.content),
            received_at=now,
        )
    )
    _stands(session, dispute, "open")
    return dispute


def withdraw(session: Session, *, dispute_id: UUID, member_id: UUID) -> Dispute:
    """The member needs no answer any more; again, it changes nothing.

    Raises:
        UnknownDispute: the member has no such dispute.
        DecisionWaits: points were proposed already, and wait for a second person.
        DisputeEnded: it is over.
    """
    dispute = locked(session, dispute_id, of=member_id)
    if dispute.state == "withdrawn":
        return dispute
    _check_open(dispute)
    if dispute.adjustment_id is not None:
        raise DecisionWaits
    end(session, dispute, "withdrawn")
    add_event(session, dispute, "withdrawn", at=dispute.state_at, author="member")
    return dispute


def rate(session: Session, *, dispute_id: UUID, member_id: UUID, rating: int, text: str | None = None) -> Dispute:
    """The member says how it went, from 1 to 5, perhaps with a word; the last word counts.

    Raises:
        UnknownDispute: the member has no such dispute.
        DisputeNotEnded: it is still open, or the member has withdrawn it.
    """
    dispute = locked(session, dispute_id, of=member_id)
    if dispute.state in {*OPEN_STATES, "withdrawn"}:
        raise DisputeNotEnded
    dispute.rating = rating
    facts = {"rating": rating}
    add_event(session, dispute, "rated", at=business_now(), author="member", text=text or None, facts=facts)
    return dispute


def end(session: Session, dispute: Dispute, state: str) -> None:
    """The dispute is over as of now."""
    now = business_now()
    dispute.state, dispute.state_at, dispute.ended_at = state, now, now
    session.flush()


def _check_open(dispute: Dispute) -> None:
    if dispute.state not in OPEN_STATES:
        raise DisputeEnded


def _stands(session: Session, dispute: Dispute, state: str) -> None:
    if dispute.state != state:
        dispute.state, dispute.state_at = state, business_now()
    session.flush()


def _evidence_count(session: Session, dispute_id: UUID) -> int:
    counted = select(func.count()).select_from(DisputeEvidence).where(DisputeEvidence.dispute_id == dispute_id)
    return session.scalar(counted) or 0
