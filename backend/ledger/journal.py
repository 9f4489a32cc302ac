"""A member's book as staff reads it: double entry, transaction by transaction, with the lots that each touched.

A member's points are the programme's liability: what a member gets is a credit of the member's account and a debit of
the programme's, and the two columns of a transaction are equal.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.ledger.book import MEMBER_ACCOUNTS
from backend.ledger.errors import UnknownEntry
from backend.ledger.models import LedgerTransaction
from backend.shared import wording
from backend.shared.db import driver_connection
from backend.shared.wording import Reader


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """One line of a transaction: a debit or a credit, the other is zero; `balance_after` on the member's side alone."""

    account: str
    is_members: bool
    debit: int
    credit: int
    balance_after: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TouchedLot:
    """What a transaction did to a lot: the credit of which it is, and how its points moved."""

    lot_id: UUID
    number: int
    """Of the transaction that made the lot."""
    points: int
    points_remaining_change: int
    points_reserved_change: int
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalTransaction:
    """A transaction with its legs and lots, and what it needs to be told in words."""

    id: UUID
    number: int
    kind: str
    effective_at: datetime
    recorded_at: datetime
    wording: str
    facts: dict[str, Any]
    programme: str | None
    programme_version: int | None
    rule: str | None
    receipt_id: UUID | None
    referral_id: UUID | None
    reverses_id: UUID | None
    points: int
    """How the member's accounts changed in all; a transaction that moves points between them makes zero."""
    available_after: int
    state: str
    """Of the points that it credited: `pending`, `available`, `gone`; empty where it credited none."""
    available_at: datetime | None
    legs: tuple[Leg, ...]
    lots: tuple[TouchedLot, ...]

    def title(self, reader: Reader) -> str:
        """What happened, in the reader's language."""
        return wording.render_title(self.wording, self.facts, reader)

    def body(self, reader: Reader) -> str:
        """Why it is what it is, in the reader's language; may be empty."""
        return wording.render_body(self.wording, self.facts, reader)

    def steps(self, reader: Reader) -> list[tuple[str, str]]:
        """The lines of the sum, in the reader's language."""
        return wording.render_steps(self.wording, self.facts, reader)


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalFilter:
    """Which transactions: of these kinds (none named: all), effective in `[since, until)`."""

    kinds: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None


ALL = JournalFilter()

_PAGE = """
WITH page AS (
    SELECT * FROM ledger_transactions AS event
    WHERE member_id = %(member_id)s
      AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
      AND (%(since)s::timestamptz IS NULL OR effective_at >= %(since)s)
      AND (%(until)s::timestamptz IS NULL OR effective_at < %(until)s)
      AND (%(before)s::bigint IS NULL OR number < %(before)s)
    ORDER BY number DESC LIMIT %(limit)s
)
SELECT page.id, page.number, page.kind, page.effective_at, page.recorded_at, page.wording, page.facts, page.programme,
       page.programme_version, page.rule, page.receipt_id, page.referral_id, page.reverses_id,
       coalesce((
           -- What the account held after the newest entry up to here.
           SELECT entry.balance_after FROM ledger_transactions AS earlier
           JOIN ledger_entries AS entry ON entry.transaction_id = earlier.id AND entry.account = 'available'
           WHERE earlier.member_id = page.member_id AND earlier.number <= page.number
           ORDER BY earlier.number DESC LIMIT 1
       ), 0)::bigint,
       CASE WHEN lot.points_remaining + lot.points_reserved = 0 THEN 'gone' ELSE coalesce(lot.state, '') END,
       lot.available_at,
       (
           SELECT json_agg(json_build_array(account, points, balance_after))
           FROM ledger_entries WHERE transaction_id = page.id
       ),
       (
           SELECT json_agg(json_build_array(
               touched.transaction_id, made.number, touched.points, movement.points_remaining_change,
               movement.points_reserved_change, coalesce(movement.expires_at_after, touched.expires_at)
           ) ORDER BY touched.expires_at, made.number)
           FROM ledger_lot_movements AS movement
           JOIN ledger_lots AS touched ON touched.transaction_id = movement.lot_id
           JOIN ledger_transactions AS made ON made.id = touched.transaction_id
           WHERE movement.transaction_id = page.id AND movement.lot_id <> page.id
       ),
       lot.points, lot.expires_at
FROM page LEFT JOIN ledger_lots AS lot ON lot.transaction_id = page.id
ORDER BY page.number DESC
"""


_PLAIN_COLUMNS = (
    "id",
    "number",
    "kind",
    "effective_at",
    "recorded_at",
    "wording",
    "facts",
    "programme",
    "programme_version",
    "rule",
    "receipt_id",
    "referral_id",
    "reverses_id",
)


def transactions(
    session: Session,
    member_id: UUID,
    *,
    narrowed: JournalFilter = ALL,
    before: UUID | None = None,
    beginning_with: UUID | None = None,
    limit: int,
) -> list[JournalTransaction]:
    """The member's transactions in the order of the book, newest first, at most `limit`.

    They begin after the transaction `before`, or with the transaction `beginning_with`.

    Raises:
        UnknownEntry: the member has no such transaction.
    """
    number = None
    if before is not None:
        number = _number(session, member_id, before)
    elif beginning_with is not None:
        number = _number(session, member_id, beginning_with) + 1
    values = {
        "member_id": member_id,
        "kinds": list(narrowed.kinds) or None,
        "since": narrowed.since,
        "until": narrowed.until,
        "before": number,
        "limit": limit,
    }
    return [_transaction(row) for row in driver_connection(session).execute(_PAGE, values)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """Points for which something happens on a day: they become available, or they burn."""

    points: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DebtReason:
    """The newest transaction that made the member owe points."""

    transaction: JournalTransaction
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What stands beside the balance: what was earned in all, what comes next, and why something is held back."""

    earned: int
    """All points given for purchases and friends, less what returns took back."""
    next_release: Coming | None
    next_expiry: Coming | None
    debt_reason: DebtReason | None
    transactions_count: int
    frozen_at: datetime | None
    frozen_reason: str | None


_STANDING = """
SELECT
    (
        SELECT coalesce(-sum(entry.points), 0)::bigint
        FROM ledger_transactions AS event JOIN ledger_entries AS entry ON entry.transaction_id = event.id
        WHERE event.member_id = %(member_id)s AND entry.account IN ('issued', 'reversed')
    ),
    (
        SELECT json_build_array(sum(points_remaining), available_at) FROM ledger_lots
        WHERE member_id = %(member_id)s AND state = 'pending' AND points_remaining > 0 AND held_case_id IS NULL
        GROUP BY available_at ORDER BY available_at LIMIT 1
    ),
    (
        SELECT json_build_array(sum(points_remaining), expires_at) FROM ledger_lots
        WHERE member_id = %(member_id)s AND state = 'available' AND points_remaining > 0 AND expires_at IS NOT NULL
        GROUP BY expires_at ORDER BY expires_at LIMIT 1
    ),
    (
        SELECT json_build_array(event.id, -entry.points)
        FROM ledger_transactions AS event JOIN ledger_entries AS entry ON entry.transaction_id = event.id
        WHERE event.member_id = %(member_id)s AND entry.account = 'debt' AND entry.points < 0
        ORDER BY event.number DESC LIMIT 1
    ),
    transactions_count, frozen_at, frozen_reason, debt
FROM ledger_balances WHERE member_id = %(member_id)s
"""


def standing(session: Session, member_id: UUID) -> Standing:
    """What stands beside the member's balance; nothing for one who has no book."""
    row = driver_connection(session).execute(_STANDING, {"member_id": member_id}, prepare=True).fetchone()
    if row is None:
        row = (0, None, None, None, 0, None, None, 0)
    earned, release, expiry, owed, transactions_count, frozen_at, frozen_reason, debt = row
    reason = None
    if owed and debt:
        (cause,) = transactions(session, member_id, beginning_with=UUID(owed[0]), limit=1)
        reason = DebtReason(transaction=cause, points=owed[1])
    return Standing(
        earned=earned,
        next_release=_coming(release),
        next_expiry=_coming(expiry),
        debt_reason=reason,
        transactions_count=transactions_count,
        frozen_at=frozen_at,
        frozen_reason=frozen_reason,
    )


def frozen_members(session: Session, *, limit: int) -> list[tuple[UUID, datetime, str]]:
    """Members whose points may not leave their books: who, since when, and why; the longest first."""
    rows = driver_connection(session).execute(
        """
        SELECT member_id, frozen_at, coalesce(frozen_reason, '') FROM ledger_balances
        WHERE frozen_at IS NOT NULL ORDER BY frozen_at LIMIT %s
        """,
        (limit,),
    )
    return [(member_id, at, reason) for member_id, at, reason in rows]


def _number(session: Session, member_id: UUID, transaction_id: UUID) -> int:
    number = session.scalar(
        select(LedgerTransaction.number).where(
            LedgerTransaction.id == transaction_id, LedgerTransaction.member_id == member_id
        )
    )
    if number is None:
        raise UnknownEntry
    return number


def _transaction(row: tuple[Any, ...]) -> JournalTransaction:
    *plain, available_after, state, available_at, legs, lots, points_credited, expires_at = row
    transaction_id, number = plain[0], plain[1]
    touched = [
        TouchedLot(
            lot_id=UUID(lot_id),
            number=made_by,
            points=points,
            points_remaining_change=remaining,
            points_reserved_change=reserved,
            expires_at=_moment(burns_at),
        )
        for lot_id, made_by, points, remaining, reserved, burns_at in lots or ()
    ]
    if points_credited is not None:
        own = TouchedLot(
            lot_id=transaction_id,
            number=number,
            points=points_credited,
            points_remaining_change=points_credited,
            points_reserved_change=0,
            expires_at=expires_at,
        )
        touched.insert(0, own)
    ordered = sorted((_leg(*leg) for leg in legs), key=lambda leg: (not leg.is_members, leg.account))
    return JournalTransaction(
        **dict(zip(_PLAIN_COLUMNS, plain, strict=True)),
        points=sum(leg.credit - leg.debit for leg in ordered if leg.is_members),
        available_after=available_after,
        state=state,
        available_at=available_at,
        legs=tuple(ordered),
        lots=tuple(touched),
    )


def _leg(account: str, points: int, balance_after: int | None) -> Leg:
    return Leg(
        account=account,
        is_members=account in MEMBER_ACCOUNTS,
        debit=max(-points, 0),
        credit=max(points, 0),
        balance_after=balance_after,
    )


def _coming(found: list[Any] | None) -> Coming | None:
    if not found:
        return None
    at = _moment(found[1])
    return Coming(points=int(found[0]), at=at) if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
