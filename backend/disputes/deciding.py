"""Decisions: the member is right, and it is put right by a new entry that names the decision; or not, with a reason.

No row of the book is ever changed. Above the programme's limit the points wait for a second person, as adjustments do,
and the dispute stays open until then.
"""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.disputes import subjects
from backend.disputes.answering import end
from backend.disputes.errors import DecisionWaits, DisputeEnded, NothingToUphold
from backend.disputes.messages import tell
from backend.disputes.models import OPEN_STATES, Dispute, DisputeEvent
from backend.disputes.subjects import MissingReceipt
from backend.disputes.thread import add_event, locked, texts
from backend.ledger import adjusting
from backend.ledger import service as ledger
from backend.ledger.adjusting import DecisionOfDispute
from backend.ledger.events import DisputeAdjustmentDecided
from backend.programmes.adjustment_terms import terms_now
from backend.receipts.queries import ClaimableReceipt
from backend.referrals import queries as referrals
from backend.referrals import service as referral_service
from backend.shared.clock import business_now
from backend.staff.own_cards import check_not_own
from backend.staff.queries import StaffIdentity
from backend.staff.service import audit
from backend.till import claiming

Remedy = Literal["points", "referral", "receipt", "nothing"]
# Where a referral stands that can be judged anew: held for review, or refused.
CAN_BE_OVERTURNED = ("qualified", "rejected")


def decide(
    session: Session, *, dispute_id: UUID, outcome: str, text: str, points: int | None, by: StaffIdentity
) -> Dispute:
    """The shop's word. `upheld` adds `points`; without them the referral is paid or the receipt attached; 0 says that
    nothing is to be added. `text` is what the member reads. To be called with budgets at hand.

    Raises:
        UnknownDispute: there is none.
        DisputeEnded, DecisionWaits: it is over, or a decision waits for a second person.
        OwnCard: it would be decided for the decider's own card.
        NothingToUphold: neither points nor anything that could be put right by itself.
        NoProgramme: no programme is in force.
        DomainError: the referral or the receipt cannot be put right.
    """
    dispute = locked(session, dispute_id)
    if dispute.state not in OPEN_STATES:
        raise DisputeEnded
    if dispute.adjustment_id is not None:
        raise DecisionWaits
    check_not_own(session, by=by, member_ids=_concerned(session, dispute))
    dispute.decided_by, dispute.decided_by_name, dispute.decided_at = by.who, by.name, business_now()
    if outcome == "refused":
        _close(session, dispute, "refused", text=text)
    elif points:
        _add_points(session, dispute, points, text=text, by=by)
    else:
        _put_right(session, dispute, remedy_of(session, dispute, points=points), by=by)
        _close(session, dispute, "upheld", text=text)
    after = {"outcome": outcome, "points": points, "status": dispute.state}
    audit(session, who=by.who, action="decide_dispute", subject=f"dispute:{dispute.id}", after=after, reason=text)
    return dispute


def _concerned(session: Session, dispute: Dispute) -> set[UUID]:
    """Who may get points by a decision: whoever asks, and both sides of the invitation that it is about."""
    invitations = [dispute.subject_id] if dispute.subject_kind == "referral" and dispute.subject_id else []
    referral_sides = referrals.referrals_by_ids(session, invitations).values()
    return {dispute.member_id, *(side for one in referral_sides for side in (one.advocate_id, one.friend_id))}


def remedy_of(session: Session, dispute: Dispute, *, points: int | None) -> Remedy:
    """What upholding the dispute would do."""
    if points:
        return "points"
    if points == 0:
        return "nothing"
    if dispute.subject_kind == "referral" and dispute.subject_id is not None:
        referral = referrals.referrals_by_ids(session, [dispute.subject_id]).get(dispute.subject_id)
        if referral is not None and referral.status in CAN_BE_OVERTURNED:
            return "referral"
    if receipt_to_attach(session, dispute) is not None:
        return "receipt"
    return "points"


def receipt_to_attach(session: Session, dispute: Dispute) -> ClaimableReceipt | None:
    """The receipt that the dispute is about, where it has been found and is nobody's."""
    found = receipt_of(session, dispute)
    return found if found is not None and found.member_id is None else None


def receipt_of(session: Session, dispute: Dispute) -> ClaimableReceipt | None:
    """The receipt that is meant, as far as it is there by now."""
    if dispute.receipt is None:
        return None
    return subjects.found_receipt(session, MissingReceipt.read(dispute.receipt))


def on_adjustment_decided(session: Session, event: DisputeAdjustmentDecided) -> None:
    """The second person's word on points that a decision adds: with it the dispute ends, without it it goes on."""
    dispute = locked(session, event.dispute_id)
    if dispute.adjustment_id != event.adjustment_id or dispute.state not in OPEN_STATES:
        return
    if event.status == "posted":
        dispute.transaction_id, dispute.decided_at = event.transaction_id, event.at
        _close(session, dispute, "upheld", text=_proposed_text(session, dispute))
        return
    dispute.adjustment_id = dispute.points = None
    dispute.decided_by = dispute.decided_by_name = dispute.decided_at = None
    add_event(
        session,
        dispute,
        "not_approved",
        at=event.at,
        author="staff" if event.decided_by_name else "worker",
        author_name=event.decided_by_name,
        text=event.note,
    )


def _add_points(session: Session, dispute: Dispute, points: int, *, text: str, by: StaffIdentity) -> None:
    adjustment, _is_new = adjusting.ask(
        session,
        member_id=dispute.member_id,
        points=points,
        reason=adjusting.FOR_DISPUTE,
        note=text,
        by=by,
        terms=terms_now(session),
        dispute=DecisionOfDispute(
            dispute_id=dispute.id,
            wording="dispute.upheld",
            facts={
                "dispute_id": str(dispute.id),
                "asked_at": dispute.opened_at.isoformat(),
                "decision": text,
            },
        ),
    )
    dispute.points, dispute.adjustment_id = points, adjustment.id
    if adjustment.status == "posted":
        dispute.transaction_id = adjustment.transaction_id
        _close(session, dispute, "upheld", text=text)
        return
    add_event(session, dispute, "proposed", at=business_now(), author="staff", author_name=by.name, text=text)


def _put_right(session: Session, dispute: Dispute, remedy: Remedy, *, by: StaffIdentity) -> None:
    if remedy == "nothing":
        return
    if remedy == "referral" and dispute.subject_id is not None:
        changed = referral_service.overturn(
            session,
            referral_id=dispute.subject_id,
            at=business_now(),
            decided_by=by.who,
            decided_by_name=by.name,
            dispute_id=dispute.id,
        )
        if changed:
            _name_what_came_of_it(session, dispute, referral_id=dispute.subject_id)
            return
        raise NothingToUphold(errors={"points": [NothingToUphold.title]})
    receipt = receipt_to_attach(session, dispute) if remedy == "receipt" else None
    if receipt is None:
        raise NothingToUphold(errors={"points": [NothingToUphold.title]})
    claiming.claim(session, receipt, member_id=dispute.member_id, waives_window=True)
    dispute.subject_id = receipt.id
    _name_what_came_of_it(session, dispute, receipt_id=receipt.id)


def _name_what_came_of_it(
    session: Session, dispute: Dispute, *, receipt_id: UUID | None = None, referral_id: UUID | None = None
) -> None:
    """Keeps which entry of the member's own a reward or a receipt has brought, and how many points."""
    if referral_id is not None:
        receipt_id = referrals.referrals_by_ids(session, [referral_id])[referral_id].qualifying_receipt_id
    if receipt_id is None:
        return
    for accrual in ledger.accruals_of_receipts(session, [dispute.member_id], [receipt_id]):
        transaction_id, _member_id, _receipt_id, of_referral_id, points, taken_back, *_facts = accrual
        if of_referral_id == referral_id and points > taken_back:
            dispute.transaction_id, dispute.points = transaction_id, points - taken_back


def _close(session: Session, dispute: Dispute, state: str, *, text: str) -> None:
    end(session, dispute, state)
    facts: dict[str, Any] = {"points": dispute.points} if dispute.points is not None else {}
    event = add_event(
        session,
        dispute,
        state,
        at=dispute.state_at,
        author="staff",
        author_name=dispute.decided_by_name,
        text=text,
        facts=facts,
    )
    # What an adjustment added can be spent now; a reward or a receipt brings points in their own time, and says so.
    added = state == "upheld" and dispute.adjustment_id is not None
    tell(session, dispute, "dispute_upheld_points" if added else f"dispute_{state}", event_id=event.id)


def _proposed_text(session: Session, dispute: Dispute) -> str:
    proposed = session.scalars(
        select(DisputeEvent)
        .where(DisputeEvent.dispute_id == dispute.id, DisputeEvent.kind == "proposed")
        .order_by(DisputeEvent.number.desc())
        .limit(1)
    ).one()
    return texts(session, dispute.member_id, [proposed]).get(proposed.id, "")
