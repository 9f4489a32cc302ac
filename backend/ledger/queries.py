"""Reading the ledger: balances, the rows that a member sees, and why each is what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.ledger.errors import UnknownEntry
from backend.ledger.models import LedgerBalance, LedgerLot, LedgerTransaction, release_key
from backend.ledger.segment_attributes import FACTS
from backend.notifications.queries import names_in
from backend.screening import queries as screening
from backend.shared import wording
from backend.shared.attributes import SegmentFacts
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.wording import Reader

EXPIRING_DAYS_SHOWN = 24
HELD_WORDING, HELD_LATE_WORDING, OWED_PAID_WORDING = "ledger.held", "ledger.held_late", "ledger.owed_paid"

Dating = Literal["effective", "recorded"]
"""How an event is dated. `effective` is when it counts (business time): a receipt that an offline till brought the day
after stands on its own day, a release at the end of its window. `recorded` is when the book learnt of it (system time).
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """What a member has, in points; `debt` is zero or more."""

    available: int = 0
    pending: int = 0
    reserved: int = 0
    debt: int = 0


@dataclass(frozen=True, slots=True)
class Expiring:
    """Points that burn on one day, if nobody spends them before."""

    points: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class Review:
    """A person looks at the purchase first, until `due_on` at the latest (`open`), or has decided that it brings
    nothing (`refused`); `text` says why, in the reader's language.
    """

    state: str
    text: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """One event as its member sees it. `points` are signed; `status` is `pending`, `posted` or `cancelled`."""

    id: UUID
    kind: str
    points: int
    occurred_at: datetime
    title: str
    status: str
    expires_on: date | None
    available_on: date | None
    receipt_id: UUID | None
    referral_id: UUID | None
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class ExplanationStep:
    """One line of the sum: what was counted, and its figure."""

    text: str
    figure: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an entry is what it is, in the reader's language, from the facts stored with it."""

    text: str
    rule: str | None
    rule_version: int | None
    inputs: dict[str, Any]
    steps: list[ExplanationStep]


def balance(session: Session, member_id: UUID) -> Balance:
    """The member's balance; all zero for one who has no book yet."""
    row = session.execute(
        select(LedgerBalance.available, LedgerBalance.pending, LedgerBalance.reserved, LedgerBalance.debt).where(
            LedgerBalance.member_id == member_id
        )
    ).first()
    return Balance(row.available, row.pending, row.reserved, -row.debt) if row else Balance()


def is_frozen(session: Session, member_id: UUID) -> bool:
    """Whether no points may leave the member's book, because the auditor found it wrong."""
    row = session.execute(select(LedgerBalance.frozen_at).where(LedgerBalance.member_id == member_id)).first()
    return row is not None and row.frozen_at is not None


_BALANCE_AS_OF = """
SELECT coalesce(sum(entry.points) FILTER (WHERE entry.account = 'available'), 0)::bigint,
       coalesce(sum(entry.points) FILTER (WHERE entry.account = 'pending'), 0)::bigint,
       coalesce(sum(entry.points) FILTER (WHERE entry.account = 'reserved'), 0)::bigint,
       coalesce(-sum(entry.points) FILTER (WHERE entry.account = 'debt'), 0)::bigint
FROM ledger_transactions AS event
JOIN ledger_entries AS entry ON entry.transaction_id = event.id
WHERE event.member_id = %(member_id)s
  AND CASE %(dating)s WHEN 'recorded' THEN event.recorded_at ELSE event.effective_at END <= %(at)s
"""


def balance_as_of(session: Session, member_id: UUID, at: datetime, *, dating: Dating = "effective") -> Balance:
    """The balance after all that is dated `at` or before; all zero before the first event.

    By default as it counts, which is how the member's rows are dated: history that was imported stands in its own
    years, and the balances at both ends of a period differ by its rows. What comes late changes it afterwards.
    `dating="recorded"` is what the book said at that moment, and what a till or a phone was told; it never changes.
    """
    values = {"member_id": member_id, "at": at, "dating": dating}
    row = driver_connection(session).execute(_BALANCE_AS_OF, values, prepare=True).fetchone() or (0,) * 4
    available, pending, reserved, debt = row
    if available < 0 or debt < 0:
        # Dated as it counts, a debt may be paid before it was made: the event that made it came late to the book.
        available, debt = max(0, available - debt), max(0, debt - available)
    return Balance(available, pending, reserved, debt)


def available_points(session: Session, member_ids: list[UUID]) -> dict[UUID, int]:
    """What each of these members may spend."""
    rows = session.execute(
        select(LedgerBalance.member_id, LedgerBalance.available).where(LedgerBalance.member_id.in_(member_ids))
    )
    return {row.member_id: row.available for row in rows}


def spendable(session: Session, member_id: UUID, *, programme: str) -> int | None:
    """How many points of this programme may be spent; None where nothing may leave the book."""
    row = (
        driver_connection(session)
        .execute(
            """
            SELECT frozen_at IS NOT NULL, (
                SELECT coalesce(sum(points_remaining), 0)::bigint FROM ledger_lots
                WHERE member_id = balance.member_id AND state = 'available' AND points_remaining > 0
                  AND programme = %(programme)s
            )
            FROM ledger_balances AS balance WHERE member_id = %(member_id)s
            """,
            {"member_id": member_id, "programme": programme},
            prepare=True,
        )
        .fetchone()
    )
    frozen, points = row or (False, 0)
    return None if frozen else int(points)


def expiring(session: Session, member_id: UUID, *, zone: str) -> list[Expiring]:
    """The days on which available points burn, soonest first, in the given zone."""
    rows = driver_connection(session).execute(
        """
        SELECT sum(points_remaining)::bigint, (expires_at AT TIME ZONE %(zone)s)::date AS expires_on
        FROM ledger_lots
        WHERE member_id = %(member_id)s AND state = 'available' AND points_remaining > 0 AND expires_at IS NOT NULL
        GROUP BY expires_on ORDER BY expires_on LIMIT %(limit)s
        """,
        {"member_id": member_id, "zone": zone, "limit": EXPIRING_DAYS_SHOWN},
    )
    return [Expiring(points, expires_on) for points, expires_on in rows]


# A row of a member's history: an event, never a leg. The row of a return follows the accrual that it takes back, so
# that posted rows add up to available + reserved − debt, and pending ones to pending.
_ENTRIES = """
WITH book AS (
    SELECT event.id, event.kind, event.number, event.effective_at, event.wording, event.facts,
           event.receipt_id, event.referral_id, lot.held_case_id,
           coalesce(sum(entry.points) FILTER (
               WHERE entry.account IN ('pending', 'available', 'reserved', 'debt')), 0)::bigint AS points,
           lot.available_at, lot.expires_at, lot.points AS points_credited,
           CASE
               WHEN followed.transaction_id IS NULL OR followed.state = 'available' THEN 'posted'
               WHEN followed.points_remaining + followed.points_reserved > 0 THEN 'pending'
               ELSE 'cancelled'
           END AS status
    FROM ledger_transactions AS event
    JOIN ledger_entries AS entry ON entry.transaction_id = event.id
    LEFT JOIN ledger_lots AS lot ON lot.transaction_id = event.id
    LEFT JOIN ledger_lots AS followed
        ON followed.transaction_id = CASE WHEN event.kind = 'return' THEN event.reverses_id ELSE event.id END
    WHERE event.member_id = %(member_id)s AND event.kind NOT IN ('release', 'reserve', 'cancel')
    GROUP BY event.id, lot.transaction_id, followed.transaction_id
)
SELECT id, kind, points, effective_at, wording, facts, status, expires_at, available_at, receipt_id, referral_id,
       held_case_id
FROM book
WHERE NOT (kind = 'return' AND status = 'cancelled')
  AND (%(before)s::uuid IS NULL
       OR (effective_at, number) < (SELECT effective_at, number FROM book WHERE id = %(before)s::uuid))
ORDER BY effective_at DESC, number DESC
LIMIT %(limit)s
"""


def entries(
    session: Session, member_id: UUID, *, reader: Reader, before: UUID | None = None, limit: int = 50
) -> list[MemberEntry]:
    """The member's rows, newest first, from after the row `before`; at most `limit`."""
    values = {"member_id": member_id, "before": before, "limit": limit}
    rows = driver_connection(session).execute(_ENTRIES, values, prepare=True).fetchall()
    names = names_in(session, [(row[4], row[5]) for row in rows])
    reviews = _reviews(session, {row[11]: row[9] for row in rows if row[11]}, reader=reader)
    zone = ZoneInfo(reader.zone)

    def day(moment: datetime | None) -> date | None:
        return moment.astimezone(zone).date() if moment else None

    return [
        MemberEntry(
            id=row[0],
            kind=row[1],
            points=row[2],
            occurred_at=row[3],
            title=wording.render_title(row[4], row[5], reader, names),
            status=row[6],
            expires_on=day(row[7]),
            available_on=day(row[8]),
            receipt_id=row[9],
            referral_id=row[10],
            review=reviews.get(row[11]),
        )
        for row in rows
    ]


def _reviews(session: Session, receipts: Mapping[UUID, UUID], *, reader: Reader) -> dict[UUID, Review]:
    """What members are told of the cases that hold or held points of these receipts, by case."""
    if not receipts:
        return {}
    cases = screening.cases_of(session, subject_kind="receipt", subject_ids=list(receipts.values()))
    zone = ZoneInfo(reader.zone)
    told = {}
    for case in cases.values():
        is_open = case.state == "open"
        reason = wording.render_title(case.reason_kind, case.reason_facts, reader)
        text = reason if is_open else case.reason or reason
        told[case.id] = Review(case.state, text, case.due_at.astimezone(zone).date() if is_open else None)
    return {case_id: told[case_id] for case_id in receipts if case_id in told}


def explanation(session: Session, member_id: UUID, entry_id: UUID, *, reader: Reader) -> Explanation:
    """Why this entry of this member is what it is.

    Raises:
        UnknownEntry: the member has no such entry.
    """
    transaction = session.execute(
        select(LedgerTransaction).where(LedgerTransaction.id == entry_id, LedgerTransaction.member_id == member_id)
    ).scalar_one_or_none()
    if transaction is None:
        raise UnknownEntry
    names = names_in(session, [(transaction.wording, transaction.facts)])
    # Whom an entry names is told by name, as of now, and not by id.
    named = {str(one) for one in wording.members_named(transaction.wording, transaction.facts)}
    told = _what_became_of_it(session, transaction, reader=reader)
    return Explanation(
        text=told.text or wording.render_body(transaction.wording, transaction.facts, reader, names),
        rule=transaction.rule,
        rule_version=transaction.programme_version,
        inputs={name: fact for name, fact in transaction.facts.items() if str(fact) not in named},
        steps=_steps(transaction.wording, transaction.facts, reader) + told.steps,
    )


@dataclass(frozen=True, slots=True)
class _Afterwards:
    """What came after an entry and belongs to its reason. A `text` replaces the entry's own, which is true no more."""

    text: str = ""
    steps: list[ExplanationStep] = field(default_factory=list)


def _what_became_of_it(session: Session, transaction: LedgerTransaction, *, reader: Reader) -> _Afterwards:
    """Why credited points are looked at first, why none of them came, or what they paid off."""
    lot = session.get(LedgerLot, transaction.id)
    if lot is None:
        return _Afterwards(steps=_owed_paid(session, transaction, reader=reader))
    if lot.state == "pending" and lot.points_remaining + lot.points_reserved == 0:
        return _taken_back(session, transaction, reader=reader)
    case = None
    if lot.held_case_id is not None and transaction.receipt_id is not None:
        cases = screening.cases_of(session, subject_kind="receipt", subject_ids=[transaction.receipt_id])
        case = cases.get(transaction.receipt_id)
    if case is None or case.state != "open":
        return _Afterwards(steps=_owed_paid(session, transaction, reader=reader))
    facts = {"reason": {"kind": case.reason_kind, "facts": case.reason_facts}, "due_at": case.due_at.isoformat()}
    kind = HELD_WORDING if business_now() <= case.due_at else HELD_LATE_WORDING
    return _Afterwards(wording.render_body(kind, facts, reader), _steps(kind, facts, reader))


def _taken_back(session: Session, transaction: LedgerTransaction, *, reader: Reader) -> _Afterwards:
    """Points that went before they came have no row of what took them: their own row says it."""
    returns = session.scalars(
        select(LedgerTransaction)
        .where(
            LedgerTransaction.member_id == transaction.member_id,
            LedgerTransaction.reverses_id == transaction.id,
            LedgerTransaction.kind == "return",
        )
        .order_by(LedgerTransaction.number)
    ).all()
    if not returns:
        return _Afterwards()
    text = wording.render_body(returns[-1].wording, returns[-1].facts, reader)
    return _Afterwards(text, [step for one in returns for step in _steps(one.wording, one.facts, reader)])


_OWED_PAID = """
SELECT coalesce(sum(entry.points), 0)::bigint
FROM ledger_transactions AS event
JOIN ledger_entries AS entry ON entry.transaction_id = event.id AND entry.account = 'debt' AND entry.points > 0
WHERE event.member_id = %(member_id)s AND (event.id = %(id)s OR event.natural_key = %(release)s)
"""


def _owed_paid(session: Session, transaction: LedgerTransaction, *, reader: Reader) -> list[ExplanationStep]:
    """A line for what the entry's points, when they came or were released, paid off of what was owed."""
    if transaction.kind == "adjustment":
        # Its own words tell it.
        return []
    values = {
        "member_id": transaction.member_id,
        "id": transaction.id,
        "release": release_key(transaction.id),
    }
    row = driver_connection(session).execute(_OWED_PAID, values, prepare=True).fetchone()
    points = int(row[0]) if row else 0
    return _steps(OWED_PAID_WORDING, {"owed_paid": points}, reader) if points else []


def _steps(kind: str, facts: Mapping[str, Any], reader: Reader) -> list[ExplanationStep]:
    return [ExplanationStep(text, figure) for text, figure in wording.render_steps(kind, facts, reader)]


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
