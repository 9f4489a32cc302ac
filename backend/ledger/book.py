"""A member's book: the pure arithmetic of the ledger.

A book is opened on the locked balance and the lots that matter, transactions are entered into it one after another,
and `service.write` stores what was entered. Points of a member's accounts are credits; the programme's accounts take
the other side, so that the entries of every transaction sum to zero.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.shared.ids import new_id

KINDS = (
    "accrual",
    "release",
    "reserve",
    "spend",
    "cancel",
    "return",
    "expiry",
    "adjustment",
    "transfer",
    "import",
)
MEMBER_ACCOUNTS = ("pending", "available", "reserved", "debt")
PROGRAMME_ACCOUNTS = ("issued", "redeemed", "expired", "reversed", "adjusted", "imported")

PENDING, AVAILABLE = "pending", "available"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """Why a transaction is entered: its natural key, its times, and the facts that will explain it."""

    natural_key: str
    effective_at: datetime
    recorded_at: datetime
    wording: str
    facts: dict[str, Any] = field(default_factory=dict)
    programme: str | None = None
    programme_version: int | None = None
    rule: str | None = None
    receipt_id: UUID | None = None
    referral_id: UUID | None = None
    reverses_id: UUID | None = None


@dataclass(slots=True)
class Lot:
    """The credit of one transaction and what is left of it."""

    transaction_id: UUID
    state: str
    points: int
    points_remaining: int
    points_reserved: int
    available_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A leg: the account's change, and on the member's side what it holds afterwards."""

    account: str
    points: int
    balance_after: int | None


@dataclass(frozen=True, slots=True)
class LotMovement:
    """A transaction's change of a lot."""

    lot_id: UUID
    points_remaining_change: int
    points_reserved_change: int = 0


@dataclass(frozen=True, slots=True)
class Transaction:
    """An entered transaction with its legs and what it did to lots."""

    id: UUID
    number: int
    kind: str
    cause: Cause
    entries: tuple[Entry, ...]
    movements: tuple[LotMovement, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How a return was covered: from what was still pending, from what was available, and what is owed now."""

    points_pending: int
    points_available: int
    points_owed: int

    @property
    def points(self) -> int:
        """All that was taken back."""
        return self.points_pending + self.points_available + self.points_owed


@dataclass(slots=True)
class Book:
    """One member's accounts and lots, locked by the caller for as long as the book is open."""

    member_id: UUID
    pending: int = 0
    available: int = 0
    reserved: int = 0
    debt: int = 0
    """Zero or less."""
    transactions_count: int = 0
    lots: dict[UUID, Lot] = field(default_factory=dict)
    entered: list[Transaction] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)
    changed_lots: dict[UUID, Lot] = field(default_factory=dict)

    def accrue(
        self, cause: Cause, *, points: int, available_at: datetime, expires_at: datetime | None, kind: str = "accrual"
    ) -> Transaction:
        """Credits points: pending until `available_at`, or at once where that has come; what is owed is paid first."""
        _require_positive(points)
        transaction_id = new_id()
        at_once = available_at <= cause.effective_at
        pays = min(points, -self.debt) if at_once else 0
        lot = Lot(
            transaction_id=transaction_id,
            state=AVAILABLE if at_once else PENDING,
            points=points,
            points_remaining=points - pays,
            points_reserved=0,
            available_at=available_at,
            expires_at=expires_at,
        )
        self.lots[transaction_id] = lot
        self.new_lots.append(lot)
        legs = {AVAILABLE: points - pays, "debt": pays} if at_once else {PENDING: points}
        programme_account = "imported" if kind == "import" else "issued"
        movements = (LotMovement(transaction_id, -pays),) if pays else ()
        return self._enter(transaction_id, kind, cause, legs, programme_account, movements)

    def release(self, cause: Cause, *, lot_id: UUID) -> Transaction | None:
        """Makes a pending lot available; what is owed is paid from it first. None where nothing is left to release."""
        lot = self.lots[lot_id]
        points = lot.points_remaining
        if lot.state != PENDING or points == 0:
            return None
        pays = min(points, -self.debt)
        lot.state = AVAILABLE
        lot.points_remaining -= pays
        self._change(lot)
        movements = (LotMovement(lot_id, -pays),) if pays else ()
        legs = {PENDING: -points, AVAILABLE: points - pays, "debt": pays}
        return self._enter(new_id(), "release", cause, legs, None, movements)

    def take_back(self, cause: Cause, *, lot_id: UUID, points: int) -> TakenBack:
        """Takes back points of an earlier credit: from its own lot, then from the others in order of expiry, and what
        is spent already becomes a debt.
        """
        _require_positive(points)
        lot = self.lots[lot_id]
        if lot.state == PENDING:
            if points > lot.points_remaining:
                raise ValueError(f"Lot {lot_id} has {lot.points_remaining} points, {points} cannot be taken back.")
            movements = (self._take(lot, points),)
            self._enter(new_id(), "return", cause, {PENDING: -points}, "reversed", movements)
            return TakenBack(points, 0, 0)
        left = points
        taken: list[LotMovement] = []
        for source in (lot, *(other for other in self._in_order_of_expiry() if other is not lot)):
            part = min(left, source.points_remaining)
            if part:
                taken.append(self._take(source, part))
                left -= part
        legs = {AVAILABLE: left - points, "debt": -left}
        self._enter(new_id(), "return", cause, legs, "reversed", tuple(taken))
        return TakenBack(0, points - left, left)

    def expire(self, cause: Cause, *, lot_id: UUID) -> Transaction | None:
        """Burns what is left of an available lot. None where nothing is left."""
        lot = self.lots[lot_id]
        points = lot.points_remaining
        if lot.state != AVAILABLE or points == 0:
            return None
        return self._enter(new_id(), "expiry", cause, {AVAILABLE: -points}, "expired", (self._take(lot, points),))

    def _in_order_of_expiry(self) -> list[Lot]:
        spendable = [lot for lot in self.lots.values() if lot.state == AVAILABLE and lot.points_remaining]
        return sorted(
            spendable,
            key=lambda lot: (lot.expires_at is None, lot.expires_at or lot.available_at, lot.transaction_id),
        )

    def _take(self, lot: Lot, points: int) -> LotMovement:
        lot.points_remaining -= points
        self._change(lot)
        return LotMovement(lot.transaction_id, -points)

    def _change(self, lot: Lot) -> None:
        if lot not in self.new_lots:
            self.changed_lots[lot.transaction_id] = lot

    def _enter(
        self,
        transaction_id: UUID,
        kind: str,
        cause: Cause,
        legs: dict[str, int],
        programme_account: str | None,
        movements: tuple[LotMovement, ...],
    ) -> Transaction:
        entries = []
        for account, points in legs.items():
            if points:
                balance_after = getattr(self, account) + points
                setattr(self, account, balance_after)
                entries.append(Entry(account, points, balance_after))
        if programme_account is not None:
            entries.append(Entry(programme_account, -sum(legs.values()), None))
        self.transactions_count += 1
        transaction = Transaction(transaction_id, self.transactions_count, kind, cause, tuple(entries), movements)
        self.entered.append(transaction)
        return transaction


def _require_positive(points: int) -> None:
    if points <= 0:
        raise ValueError(f"Points must be positive, not {points}.")
