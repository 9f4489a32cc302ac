"""Points that one member gives to another: a transaction for each side, both in one database transaction.

What is given keeps its day of burning: the recipient gets a transaction, with its lot, for each day that it burns on.
Whoever calls has both books open, which locks them in the order of their members' ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger.book import AVAILABLE, Book, Cause
from backend.shared.clock import system_now
from backend.shared.db import driver_connection


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Who gives how many points of which programme to whom; `key` and `content` tell repetitions from other orders."""

    key: str
    content: str
    sender_id: UUID
    recipient_id: UUID | None
    """None where nobody is known by what the sender wrote: such an order can be judged, and never carried out."""
    points: int
    programme: str
    programme_version: int
    at: datetime

    @property
    def natural_key(self) -> str:
        """Unique among the sender's transactions."""
        return f"{_prefix(self.key)}{self.content}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """A transfer as its sender is told of it, by the sender's own entry."""

    id: UUID
    points: int
    occurred_at: datetime
    available: int
    """What the sender had left to spend, in points."""


_EARLIER = """
SELECT event.id, event.natural_key, event.effective_at, -entry.points, entry.balance_after
FROM ledger_transactions AS event
JOIN ledger_entries AS entry ON entry.transaction_id = event.id AND entry.account = 'available'
WHERE event.member_id = %(sender_id)s AND event.kind = 'transfer' AND starts_with(event.natural_key, %(prefix)s)
"""


def earlier(session: Session, *, sender_id: UUID, key: str) -> tuple[Transfer, str] | None:
    """The transfer that this member made under this key, with the content of its order."""
    values = {"sender_id": sender_id, "prefix": _prefix(key)}
    row = driver_connection(session).execute(_EARLIER, values, prepare=True).fetchone()
    if row is None:
        return None
    id_, natural_key, occurred_at, points, available = row
    made = Transfer(id=id_, points=points, occurred_at=occurred_at, available=available)
    return made, natural_key.removeprefix(_prefix(key))


_GIVEN_SINCE = """
SELECT coalesce(sum(entry.points), 0)::bigint
FROM ledger_transactions AS event
JOIN ledger_entries AS entry
    ON entry.transaction_id = event.id AND entry.account = 'transferred' AND entry.points > 0
WHERE event.member_id = %(sender_id)s AND event.kind = 'transfer' AND event.programme = %(programme)s
  AND event.effective_at >= %(since)s
"""


def points_given_since(session: Session, *, sender_id: UUID, programme: str, since: datetime) -> int:
    """How many points of the programme this member has given away; exact only while the member's book is open."""
    values = {"sender_id": sender_id, "programme": programme, "since": since}
    row = driver_connection(session).execute(_GIVEN_SINCE, values, prepare=True).fetchone()
    return int(row[0]) if row else 0


def enter(books: Mapping[UUID, Book], order: Order) -> Transfer:
    """Enters the order into both books, which nothing has stored yet; into the sender's alone where nobody is meant.

    Raises:
        SpendingFrozen: no points may leave the sender's book.
        NotEnoughPoints: so many are not available; it names how many are.
    """
    sender = books[order.sender_id]
    recipient = books.get(order.recipient_id) if order.recipient_id else None
    facts = {"recipient": str(order.recipient_id), "points": -order.points}
    parts = sender.transfer_out(_cause(order, order.natural_key, "ledger.transfer_given", facts), points=order.points)
    given = sender.entered[-1]
    for number, (points, expires_at) in enumerate(parts if recipient else ()):
        facts = {"sender": str(order.sender_id), "points": points, "points_given": order.points}
        if len(parts) > 1:
            facts["points_of_day"] = points
        cause = _cause(order, f"received:{given.id}:{number}", "ledger.transfer_received", facts)
        recipient.accrue(  # type: ignore[union-attr]
            cause, points=points, available_at=order.at, expires_at=expires_at, kind="transfer"
        )
    left = next(entry.balance_after or 0 for entry in given.entries if entry.account == AVAILABLE)
    return Transfer(id=given.id, points=order.points, occurred_at=order.at, available=left)


def _cause(order: Order, natural_key: str, wording: str, facts: dict[str, object]) -> Cause:
    return Cause(
        natural_key=natural_key,
        effective_at=order.at,
        recorded_at=system_now(),
        wording=wording,
        facts=facts,
        programme=order.programme,
        programme_version=order.programme_version,
    )


def _prefix(key: str) -> str:
    return f"transfer:{key}:"
