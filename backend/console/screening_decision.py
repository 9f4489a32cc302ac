"""Deciding on a case, as the desk and programs do it: anybody who may, but whom it is about."""

from uuid import UUID

from sqlalchemy.orm import Session

from backend.receipts import finding as receipts
from backend.referrals import queries as referrals
from backend.screening import queries as screening
from backend.screening.errors import OwnCase
from backend.screening.events import CaseOutcome
from backend.screening.queries import Case
from backend.screening.service import close_case
from backend.shared.clock import business_now
from backend.staff import own_cards
from backend.staff.queries import StaffCard, StaffIdentity


def decide(session: Session, *, case_id: UUID, outcome: CaseOutcome, reason: str, by: StaffIdentity) -> Case:
    """Lets go on what was held, or ends it; the case as it stands then.

    Raises:
        UnknownCase: there is none of this id.
        OwnCase: it is about whoever decides.
        CaseDecidedAlready: somebody else was first.
    """
    if is_own(session, screening.case(session, case_id), by):
        raise OwnCase
    return close_case(
        session,
        case_id=case_id,
        outcome=outcome,
        reason=reason,
        decided_by=by.who,
        decided_by_name=by.name,
        at=business_now(),
    )


def is_own(session: Session, case: Case, by: StaffIdentity) -> bool:
    """Whether the case is about this person of the staff, what they rang up, or their own card as a guest."""
    if by.id is None:
        return False
    if case.subject_kind == "staff":
        return case.subject_id == by.id
    concerned = {case.member_id} if case.member_id else set()
    if case.subject_kind == "referral":
        referral = referrals.referrals_by_ids(session, [case.subject_id])[case.subject_id]
        concerned |= {referral.advocate_id, referral.friend_id}
    if own_cards.is_own(session, by=by, member_ids=concerned):
        return True
    if case.subject_kind != "receipt":
        return False
    head = receipts.heads(session, [case.subject_id])[case.subject_id]
    return StaffCard(by.id, by.name).is_cashier(cashier_staff_id=None, cashier=head.cashier)
