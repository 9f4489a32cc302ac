"""Opening disputes: the same question again is the same dispute, and what rules can answer is answered at once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from backend.disputes.deadlines import Deadline, deadline_of
from backend.disputes.errors import TooManyDisputes
from backend.disputes.messages import tell
from backend.disputes.models import OPEN_STATES, Dispute, DisputeEvent
from backend.disputes.queries import promise
from backend.disputes.rules import RULES_VERSION, Ruling
from backend.disputes.subjects import Judged, Subject, judge
from backend.disputes.thread import add_event, locked
from backend.ledger import service as ledger
from backend.shared.clock import business_now
from backend.shared.errors import DomainError
from backend.shared.ids import id_floor, new_id
from backend.shops.queries import the_shop
from backend.till import claiming

OPENED_A_DAY_MAXIMUM = 10
A_DAY = timedelta(days=1)


def open_dispute(
    session: Session,
    *,
    member_id: UUID,
    subject: Subject,
    text: str,
    about: str | None = None,
    insists: bool = False,
    key: str | None = None,
) -> tuple[Dispute, bool]:
    """Opens a dispute, and whether it is new: one that is open about the same is that one, and so is the same `key`.

    What the rules can answer is settled at once, unless the member insists: then a settled one is opened again.
    To be called with budgets at hand: a receipt that is attached earns what it would have earned.

    Raises:
        UnknownEntry, UnknownSubject, UnknownStore: there is no such thing, or not for this member.
        TooManyDisputes: the member has opened as many within a day as may be.
    """
    # One member's questions wait for each other here, so that the same one is never opened twice.
    ledger.open_books(session, [member_id])
    now = business_now()
    repeated = _of_key(session, member_id, key)
    if repeated is not None:
        return repeated, False
    earlier = _same(session, member_id, subject, insists=insists)
    if earlier is not None:
        if earlier.state == "settled":
            insist(session, locked(session, earlier.id), text=text, at=now, key=key)
        return earlier, False
    judged = judge(session, subject, member_id=member_id, about=about, insists=insists, at=now)
    _check_limit(session, member_id)
    dispute = _new(session, judged, member_id=member_id, subject=subject, about=about, key=key, at=now)
    opened = add_event(session, dispute, "opened", at=now, author="member", text=text)
    if not _settle(session, dispute, judged, at=now):
        tell(session, dispute, "dispute_received", event_id=opened.id, push=False)
    return dispute, True


def insist(session: Session, dispute: Dispute, *, text: str, at: datetime, key: str | None = None) -> None:
    """The member does not accept what a rule has answered: a person looks at it, with a deadline of its own."""
    deadline = _deadline(session, at)
    dispute.state, dispute.state_at, dispute.ended_at = "open", at, None
    dispute.due_on, dispute.due_at, dispute.remind_at = deadline.due_on, deadline.due_at, deadline.remind_at
    dispute.reminded_at = dispute.escalated_at = None
    dispute.rating = None
    event = add_event(session, dispute, "insisted", at=at, author="member", text=text, key=key)
    tell(session, dispute, "dispute_received", event_id=event.id, push=False)


def open_about_the_same(session: Session, dispute: Dispute) -> Dispute | None:
    """Another dispute of the member about the same subject that is open now."""
    return session.scalar(
        select(Dispute).where(
            Dispute.member_id == dispute.member_id,
            Dispute.subject_key == dispute.subject_key,
            Dispute.state.in_(OPEN_STATES),
            Dispute.id != dispute.id,
        )
    )


def _of_key(session: Session, member_id: UUID, key: str | None) -> Dispute | None:
    """What a request with this key has opened before, anew or again."""
    if key is None:
        return None
    in_thread = exists().where(DisputeEvent.dispute_id == Dispute.id, DisputeEvent.idempotency_key == key)
    return session.scalar(
        select(Dispute).where(Dispute.member_id == member_id, (Dispute.idempotency_key == key) | in_thread)
    )


def _same(session: Session, member_id: UUID, subject: Subject, *, insists: bool) -> Dispute | None:
    """What is open about the same subject, or was settled by a rule that the member does not accept."""
    states = (*OPEN_STATES, "settled") if insists else OPEN_STATES
    return session.scalar(
        select(Dispute)
        .where(Dispute.member_id == member_id, Dispute.subject_key == subject.key, Dispute.state.in_(states))
        # An open one goes before a settled one.
        .order_by(Dispute.ended_at.is_(None).desc(), Dispute.id.desc())
        .limit(1)
    )


def _check_limit(session: Session, member_id: UUID) -> None:
    """Each question about a receipt is a guess too, so that the limit is by real time and counts all of them."""
    since = id_floor(seconds_ago=A_DAY.total_seconds())
    opened = session.scalar(
        select(func.count()).select_from(Dispute).where(Dispute.member_id == member_id, Dispute.id > since)
    )
    if (opened or 0) >= OPENED_A_DAY_MAXIMUM:
        raise TooManyDisputes(retry_after_seconds=int(A_DAY.total_seconds()))


def _new(
    session: Session,
    judged: Judged,
    *,
    member_id: UUID,
    subject: Subject,
    about: str | None,
    key: str | None,
    at: datetime,
) -> Dispute:
    deadline = _deadline(session, at)
    dispute = Dispute(
        id=new_id(),
        member_id=member_id,
        subject_kind=subject.kind,
        subject_id=judged.subject_id,
        subject_key=subject.key,
        receipt=subject.receipt.document() if subject.receipt else None,
        about=about,
        topic=judged.ruling.topic,
        rule_version=RULES_VERSION,
        inputs=dict(judged.ruling.inputs),
        state="open",
        state_at=at,
        opened_at=at,
        due_on=deadline.due_on,
        due_at=deadline.due_at,
        remind_at=deadline.remind_at,
        idempotency_key=key,
    )
    session.add(dispute)
    session.flush()
    return dispute


def _settle(session: Session, dispute: Dispute, judged: Judged, *, at: datetime) -> bool:
    """Does what the rules say; false where it is for a person."""
    ruling = judged.ruling
    if ruling.outcome == "person":
        return False
    if ruling.outcome == "attach" and not _attached(session, dispute, judged):
        return False
    _say(session, dispute, ruling, at=at)
    dispute.state, dispute.state_at, dispute.ended_at = "settled", at, at
    session.flush()
    return True


def _attached(session: Session, dispute: Dispute, judged: Judged) -> bool:
    if judged.receipt is None:
        raise AssertionError("what is attached was found")
    try:
        with session.begin_nested():
            claiming.claim(session, judged.receipt, member_id=dispute.member_id)
    except DomainError:
        # Somebody else got it a moment ago, or its terms are gone: that is for a person.
        dispute.topic = "receipt_elsewhere"
        return False
    return True


def _say(session: Session, dispute: Dispute, ruling: Ruling, *, at: datetime) -> None:
    event = add_event(session, dispute, "settled", at=at, author="rule", wording=ruling.wording, facts=ruling.facts)
    tell(session, dispute, "dispute_settled", event_id=event.id, push=False)


def _deadline(session: Session, at: datetime) -> Deadline:
    return deadline_of(at, promise=promise(session), zone=the_shop(session).zone)
