"""What becomes of a referral when a person has decided: on the desk of held cases, or in a dispute."""

from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from backend.referrals import messages, queries
from backend.referrals.errors import UnknownReferral
from backend.referrals.held import pay_held, refuse_rewards
from backend.referrals.models import Referral
from backend.referrals.qualification import PROGRAMME_RULE, PROGRAMME_RULE_VERSION
from backend.referrals.rules import SUBJECT_KIND
from backend.referrals.statements import LOCK_REFERRAL, REFUSE_HELD
from backend.screening.events import CaseClosed
from backend.screening.queries import cases_of, rulings_of
from backend.screening.rules import Ruling
from backend.screening.service import close_case, open_case
from backend.shared.db import driver_connection

REFUSED_BY_A_PERSON = "referral_refused_review"
# How the reason of a case begins that a dispute has decided.
DISPUTE = "dispute:"
# What can still be rewarded; the rest is on its way, paid, or returned.
UNDECIDED_OR_REFUSED = ("qualified", "rejected")


def on_case_closed(session: Session, event: CaseClosed) -> None:
    """A held referral was released: both sides get what its purchase brings. Or it was refused: neither does, what
    joining brought is taken back, and both read why.
    """
    if event.subject_kind != SUBJECT_KIND:
        return
    if event.outcome == "release":
        is_answer = event.reason.startswith(DISPUTE)
        pay_held(session, event.subject_id, at=event.at, decided_as="answered_at" if is_answer else "reviewed_at")
    else:
        _refuse(session, event.subject_id, note=event.reason, at=event.at)


def overturn(
    session: Session, *, referral_id: UUID, at: datetime, decided_by: str, dispute_id: UUID, decided_by_name: str = ""
) -> bool:
    """Rewards a referral that was held or refused, because a dispute was upheld; whether anything was changed.

    Its case is closed as released. A refusal gets a case for it, so that the rule's report counts it as wrong. What was
    pending, rewarded or reversed already stays as it is; so does a friend who has bought nothing yet.

    Raises:
        UnknownReferral: there is none of this id.
    """
    # Two who overturn at once, or a dispute and the desk: one of them finds it undecided.
    if driver_connection(session).execute(LOCK_REFERRAL, {"id": referral_id}).fetchone() is None:
        raise UnknownReferral
    referral = queries.referrals_by_ids(session, [referral_id])[referral_id]
    if referral.status not in UNDECIDED_OR_REFUSED:
        return False
    case = cases_of(session, subject_kind=SUBJECT_KIND, subject_ids=[referral_id]).get(referral_id)
    is_open = case is not None and case.state == "open"
    case_id = case.id if case is not None and is_open else _case_of_refusal(session, referral, at=at)
    close_case(
        session,
        case_id=case_id,
        outcome="release",
        reason=f"{DISPUTE}{dispute_id}",
        decided_by=decided_by,
        decided_by_name=decided_by_name or decided_by,
        at=at,
    )
    return queries.referrals_by_ids(session, [referral_id])[referral_id].status not in UNDECIDED_OR_REFUSED


def _refuse(session: Session, referral_id: UUID, *, note: str, at: datetime) -> None:
    facts = {"note": note}
    changed = driver_connection(session).execute(
        REFUSE_HELD, {"id": referral_id, "at": at, "reason_kind": REFUSED_BY_A_PERSON, "reason_facts": Jsonb(facts)}
    )
    if changed.rowcount:
        refuse_rewards(session, referral_id, at=at)
        referral = queries.referrals_by_ids(session, [referral_id])[referral_id]
        messages.tell_refused(session, referral)


def _case_of_refusal(session: Session, referral: Referral, *, at: datetime) -> UUID:
    rulings = rulings_of(session, subject_kind=SUBJECT_KIND, subject_ids=[referral.id])
    said = next((one for one in rulings if one.mode == "active" and one.reason_kind == referral.reason_kind), None)
    ruling = Ruling(
        rule=said.rule if said else PROGRAMME_RULE,
        version=said.version if said else PROGRAMME_RULE_VERSION,
        mode="active",
        outcome="reject",
        reason_kind=referral.reason_kind or "",
        reason_facts=referral.reason_facts,
        inputs=said.inputs if said else {},
    )
    return open_case(
        session,
        ruling=ruling,
        subject_kind=SUBJECT_KIND,
        subject_id=referral.id,
        member_id=referral.friend_id,
        at=at,
    )
