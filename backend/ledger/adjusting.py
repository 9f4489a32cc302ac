"""Adjustments: points that staff gives or takes by hand, with a reason, and above a limit with a second person.

A small adjustment is posted when it is asked for. A large one waits: somebody else approves or refuses it, once, within
two weeks of business time. Both are written to the audit log in the transaction of the act.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from backend.ledger.book import AVAILABLE, Book, Cause
from backend.ledger.errors import (
    AdjustmentInFlight,
    DecidedAlready,
    KeyUsedOtherwise,
    NotEnoughPoints,
    NothingToAdjust,
    OwnRequest,
    PersonNeeded,
    UnknownAdjustment,
)
from backend.ledger.events import DisputeAdjustmentDecided
from backend.ledger.models import ADJUSTMENT_REASONS, ADJUSTMENT_STATUSES, DISPUTE_REASON, LedgerAdjustment
from backend.ledger.queries import Balance
from backend.ledger.service import open_books, write
from backend.members.errors import UnknownMember
from backend.members.queries import living
from backend.notifications.service import NewMessage, tell
from backend.shared.clock import business_now, system_now
from backend.shared.events import publish
from backend.shared.ids import new_id
from backend.shared.jobs import Job
from backend.staff.own_cards import check_not_own
from backend.staff.queries import StaffIdentity
from backend.staff.service import audit

# What other features know of the table.
Adjustment: TypeAlias = LedgerAdjustment
REASONS, STATUSES, FOR_DISPUTE = ADJUSTMENT_REASONS, ADJUSTMENT_STATUSES, DISPUTE_REASON

POINTS_MAXIMUM = 10**9
SECOND_PERSON_ABOVE_POINTS = 1_000
"""The limit of a programme that names none."""
WAITS_FOR = timedelta(days=14)
# What one person gives one member within a day counts together: many small gifts are a large one.
GIVEN_ALONE_WITHIN = timedelta(days=1)
EXPIRED_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class AdjustmentTerms:
    """What the programme says of an adjustment made now: where the points count, and until when they live."""

    programme: str
    programme_version: int
    second_person_above_points: int = SECOND_PERSON_ABOVE_POINTS
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DecisionOfDispute:
    """The dispute whose decision an adjustment carries out, and what the participant reads of it."""

    dispute_id: UUID
    wording: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an adjustment would do: the balance after it, and how much of it would pay off what is owed."""

    available_after: int
    debt_after: int
    owed_paid: int
    is_too_much: bool
    """More would be taken than is available."""


def preview(balance: Balance, points: int) -> Preview:
    """What adjusting this balance by so many points would do."""
    owed_paid = min(max(points, 0), balance.debt)
    return Preview(
        available_after=balance.available + points - owed_paid,
        debt_after=balance.debt - owed_paid,
        owed_paid=owed_paid,
        is_too_much=-points > balance.available,
    )


def needs_second_person(
    session: Session, *, member_id: UUID, points: int, asked_by: str, at: datetime, limit: int
) -> bool:
    """Whether so many points are too many for one person. `ask` asks under the lock of the member's book, so that
    gifts made at once are seen by each other.
    """
    if points <= 0:
        return -points > limit
    given_alone = session.scalar(
        select(func.coalesce(func.sum(LedgerAdjustment.points), 0)).where(
            LedgerAdjustment.member_id == member_id,
            LedgerAdjustment.asked_by == asked_by,
            LedgerAdjustment.asked_at > at - GIVEN_ALONE_WITHIN,
            LedgerAdjustment.status == "posted",
            LedgerAdjustment.waits_until.is_(None),
            LedgerAdjustment.points > 0,
        )
    )
    return points + int(given_alone or 0) > limit


def ask(
    session: Session,
    *,
    member_id: UUID,
    points: int,
    reason: str,
    note: str,
    by: StaffIdentity,
    terms: AdjustmentTerms,
    idempotency_key: str | None = None,
    dispute: DecisionOfDispute | None = None,
) -> tuple[LedgerAdjustment, bool]:
    """Adjusts at once, or puts the adjustment before a second person; and whether it is new.

    `points` are signed; `reason` is one of `ADJUSTMENT_REASONS` and told to the participant, `note` never is. With an
    `idempotency_key` that this asker has used for the same before, it is that adjustment as it stands now. Where it
    carries out the decision of a `dispute`, the reason is `FOR_DISPUTE` and the participant reads the decision.

    Raises:
        NothingToAdjust: zero points, or more than `POINTS_MAXIMUM`.
        OwnCard: it is the asker's own card.
        UnknownMember: there is no such member, or not any more.
        NotEnoughPoints: more would be taken than is available; it names how many are.
        KeyUsedOtherwise, AdjustmentInFlight: the key came with another content, or is being worked on.
    """
    if points == 0 or abs(points) > POINTS_MAXIMUM:
        raise NothingToAdjust(most=POINTS_MAXIMUM)
    check_not_own(session, by=by, member_ids=[member_id])
    adjustment = LedgerAdjustment(
        id=new_id(),
        member_id=member_id,
        programme=terms.programme,
        points=points,
        reason=reason,
        note=note,
        status="waiting",
        asked_by=by.who,
        asked_by_name=by.name,
        asked_at=business_now(),
        idempotency_key=idempotency_key,
        dispute_id=dispute.dispute_id if dispute else None,
        told={"wording": dispute.wording, "facts": dict(dispute.facts)} if dispute else None,
    )
    repeated = _asked_before(session, adjustment)
    if repeated is not None:
        return repeated, False
    book = _open_book(session, member_id)
    if needs_second_person(
        session,
        member_id=member_id,
        points=points,
        asked_by=by.who,
        at=adjustment.asked_at,
        limit=terms.second_person_above_points,
    ):
        _check_available(book, adjustment)
        adjustment.waits_until = adjustment.asked_at + WAITS_FOR
    else:
        _post(session, book, adjustment, terms)
    session.add(adjustment)
    session.flush()
    action = "adjust_points" if adjustment.status == "posted" else "ask_to_adjust_points"
    _audit(session, adjustment, who=by.who, action=action, reason=note)
    return adjustment, True


def decide(
    session: Session,
    *,
    adjustment_id: UUID,
    approved: bool,
    note: str,
    by: StaffIdentity,
    terms: AdjustmentTerms,
) -> LedgerAdjustment:
    """The second person's word: approves, which posts the adjustment, or refuses it.

    Raises:
        UnknownAdjustment: there is none of this id.
        PersonNeeded: a program is asking.
        OwnRequest, OwnCard: it is the asker, or whose card it is.
        DecidedAlready: somebody has decided, or two weeks are over.
        NotEnoughPoints: what would be taken has been spent meanwhile; the request goes on waiting.
    """
    if by.id is None:
        raise PersonNeeded
    adjustment = session.scalar(
        # The lock lets one of two simultaneous decisions find it waiting.
        select(LedgerAdjustment)
        .where(LedgerAdjustment.id == adjustment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if adjustment is None:
        raise UnknownAdjustment
    if adjustment.asked_by == by.who:
        raise OwnRequest
    check_not_own(session, by=by, member_ids=[adjustment.member_id])
    now = business_now()
    if adjustment.status != "waiting" or (adjustment.waits_until is not None and adjustment.waits_until <= now):
        raise DecidedAlready
    adjustment.decided_by, adjustment.decided_by_name = by.who, by.name
    adjustment.decided_at, adjustment.decision_note = now, note
    if approved:
        _post(session, _open_book(session, adjustment.member_id), adjustment, terms)
    else:
        adjustment.status = "refused"
    session.flush()
    action = "approve_adjustment" if approved else "refuse_adjustment"
    _audit(session, adjustment, who=by.who, action=action, reason=note)
    _tell_dispute(session, adjustment, at=now)
    return adjustment


def expire_waiting(session: Session, now: datetime) -> int:
    """Ends requests on which nobody decided in time, one batch; how many."""
    due = (
        select(LedgerAdjustment.id)
        .where(LedgerAdjustment.status == "waiting", LedgerAdjustment.waits_until <= now)
        .order_by(LedgerAdjustment.waits_until)
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ended = session.scalars(
        update(LedgerAdjustment)
        .where(LedgerAdjustment.id.in_(due.scalar_subquery()))
        .values(status="expired")
        .returning(LedgerAdjustment)
        .execution_options(populate_existing=True)
    ).all()
    for adjustment in ended:
        _audit(session, adjustment, who="worker", action="expire_adjustment")
        _tell_dispute(session, adjustment, at=now)
    return len(ended)


def next_to_expire(session: Session) -> datetime | None:
    """When the next request runs out."""
    return session.scalar(select(func.min(LedgerAdjustment.waits_until)).where(LedgerAdjustment.status == "waiting"))


EXPIRE_ADJUSTMENTS = Job(name="ledger_adjustments", clock="business", next_due=next_to_expire, run=expire_waiting)


def adjustment(session: Session, adjustment_id: UUID) -> LedgerAdjustment:
    """An adjustment as it stands.

    Raises:
        UnknownAdjustment: there is none of this id.
    """
    found = session.get(LedgerAdjustment, adjustment_id, populate_existing=True)
    if found is None:
        raise UnknownAdjustment
    return found


def waiting(session: Session, *, at: datetime) -> list[LedgerAdjustment]:
    """What waits for a second person at this moment, the longest first."""
    return list(
        session.scalars(
            select(LedgerAdjustment)
            .where(LedgerAdjustment.status == "waiting", LedgerAdjustment.waits_until > at)
            .order_by(LedgerAdjustment.waits_until, LedgerAdjustment.id)
        )
    )


def waiting_count(session: Session, *, at: datetime, not_asked_by: str) -> int:
    """How many requests somebody could decide on: all that wait but their own."""
    counted = session.scalar(
        select(func.count())
        .select_from(LedgerAdjustment)
        .where(
            LedgerAdjustment.status == "waiting",
            LedgerAdjustment.waits_until > at,
            LedgerAdjustment.asked_by != not_asked_by,
        )
    )
    return counted or 0


def decided_lately(session: Session, *, limit: int) -> list[LedgerAdjustment]:
    """Requests that needed a second person and wait no more, the newest first."""
    return list(
        session.scalars(
            select(LedgerAdjustment)
            .where(LedgerAdjustment.status != "waiting", LedgerAdjustment.waits_until.is_not(None))
            .order_by(LedgerAdjustment.id.desc())
            .limit(limit)
        )
    )


def adjustments_of(session: Session, member_id: UUID, *, limit: int) -> list[LedgerAdjustment]:
    """A member's adjustments, the newest first."""
    return list(
        session.scalars(
            select(LedgerAdjustment)
            .where(LedgerAdjustment.member_id == member_id)
            .order_by(LedgerAdjustment.asked_at.desc(), LedgerAdjustment.id.desc())
            .limit(limit)
        )
    )


def by_transaction(session: Session, transaction_ids: list[UUID]) -> Mapping[UUID, LedgerAdjustment]:
    """The adjustments that these transactions posted: who asked, who decided, and what was noted."""
    rows = session.scalars(select(LedgerAdjustment).where(LedgerAdjustment.transaction_id.in_(transaction_ids)))
    return {row.transaction_id: row for row in rows if row.transaction_id is not None}


def _asked_before(session: Session, asked: LedgerAdjustment) -> LedgerAdjustment | None:
    if asked.idempotency_key is None:
        return None
    key = f"adjustment:{asked.asked_by}:{asked.idempotency_key}"
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}):
        raise AdjustmentInFlight
    found = session.scalar(
        select(LedgerAdjustment).where(
            LedgerAdjustment.asked_by == asked.asked_by, LedgerAdjustment.idempotency_key == asked.idempotency_key
        )
    )
    if found is not None and _content(found) != _content(asked):
        raise KeyUsedOtherwise
    return found


def _content(asked: LedgerAdjustment) -> tuple[UUID, int, str, str]:
    return asked.member_id, asked.points, asked.reason, asked.note


def _open_book(session: Session, member_id: UUID) -> Book:
    book = open_books(session, living(session, [member_id]), with_lots=True).get(member_id)
    if book is None:
        raise UnknownMember
    return book


def _check_available(book: Book, asked: LedgerAdjustment) -> None:
    available = sum(
        lot.points_remaining
        for lot in book.lots.values()
        if lot.state == AVAILABLE and lot.programme == asked.programme
    )
    if -asked.points > available:
        raise NotEnoughPoints(maximum=available)


def _post(session: Session, book: Book, asked: LedgerAdjustment, terms: AdjustmentTerms) -> None:
    now = business_now()
    owed_paid = min(asked.points, -book.debt)
    facts = {"points": asked.points, "size": abs(asked.points)} | ({"owed_paid": owed_paid} if owed_paid > 0 else {})
    which = "taken" if asked.points < 0 else "added_owed" if owed_paid > 0 else "added"
    wording = f"ledger.adjustment.{asked.reason}.{which}"
    if asked.told is not None:
        wording, facts = asked.told["wording"], asked.told["facts"] | facts | {"posted_at": now.isoformat()}
    cause = Cause(
        natural_key=f"dispute:{asked.dispute_id}" if asked.dispute_id else f"adjustment:{asked.id}",
        effective_at=now,
        recorded_at=system_now(),
        wording=wording,
        facts=facts,
        programme=asked.programme,
        programme_version=terms.programme_version,
    )
    transaction = book.adjust(cause, points=asked.points, expires_at=terms.expires_at)
    write(session, [book])
    asked.status, asked.transaction_id = "posted", transaction.id
    if asked.told is None:
        # Where a dispute is decided, its answer tells.
        kind, key = f"points_adjusted.{asked.reason}.{which}", f"adjustment:{asked.id}"
        tell(session, [NewMessage(member_id=asked.member_id, kind=kind, facts=facts, natural_key=key)])


def _tell_dispute(session: Session, decided: LedgerAdjustment, *, at: datetime) -> None:
    if decided.dispute_id is None:
        return
    publish(
        session,
        DisputeAdjustmentDecided(
            adjustment_id=decided.id,
            dispute_id=decided.dispute_id,
            status=decided.status,
            transaction_id=decided.transaction_id,
            decided_by_name=decided.decided_by_name,
            note=decided.decision_note,
            at=at,
        ),
    )


def _audit(session: Session, asked: LedgerAdjustment, *, who: str, action: str, reason: str | None = None) -> None:
    after = {"adjustment_id": str(asked.id), "points": asked.points, "reason": asked.reason, "status": asked.status}
    audit(session, who=who, action=action, subject=f"member:{asked.member_id}", after=after, reason=reason)
