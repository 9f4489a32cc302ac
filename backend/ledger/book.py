"""A member's book: the pure arithmetic of the ledger.

A book is opened on the locked balance and the lots that matter, transactions are entered into it one after another,
and `service.write` stores what was entered. Points of a member's accounts are credits; the programme's accounts take
the other side, so that the entries of every transaction sum to zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.ledger.errors import NotEnoughPoints, SpendingFrozen
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
PROGRAMME_ACCOUNTS = ("issued", "redeemed", "expired", "reversed", "adjusted", "imported", "transferred")
CREDITED_BY = {
    "accrual": "issued",
    "adjustment": "adjusted",
    "transfer": "transferred",
    "import": "imported",
}
"""The kinds that credit a lot, and the programme's account on the other side."""

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
    """The credit of one transaction and what is left of it; it is spent only in the programme that gave it."""

    transaction_id: UUID
    state: str
    points: int
    points_remaining: int
    points_reserved: int
    available_at: datetime
    expires_at: datetime | None
    programme: str | None
    held_case_id: UUID | None = None
    """The case upon which a pending lot waits, however much time passes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A leg: the account's change, and on the member's side what it holds afterwards."""

    account: str
    points: int
    balance_after: int | None


@dataclass(frozen=True, slots=True)
class LotMovement:
    """A transaction's change of a lot; `expires_at_after` where it moved the day on which the lot burns."""

    lot_id: UUID
    points_remaining_change: int
    points_reserved_change: int = 0
    expires_at_after: datetime | None = None


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
    frozen: bool = False
    """The auditor found the book wrong: points are earned, and none leave."""
    lots: dict[UUID, Lot] = field(default_factory=dict)
    entered: list[Transaction] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)
    changed_lots: dict[UUID, Lot] = field(default_factory=dict)

    def accrue(
        self,
        cause: Cause,
        *,
        points: int,
        available_at: datetime,
        expires_at: datetime | None,
        kind: str = "accrual",
        held_case_id: UUID | None = None,
    ) -> Transaction:
        """Credits points: pending until `available_at`, or at once where that has come; what is owed is paid first.

        With `held_case_id` they are pending until that case is decided.
        """
        _require_positive(points)
        transaction_id = new_id()
        at_once = available_at <= cause.effective_at and held_case_id is None
        pays = min(points, -self.debt) if at_once else 0
        lot = Lot(
            transaction_id=transaction_id,
            state=AVAILABLE if at_once else PENDING,
            points=points,
            points_remaining=points - pays,
            points_reserved=0,
            available_at=available_at,
            expires_at=expires_at,
            programme=cause.programme,
            held_case_id=held_case_id,
        )
        self.lots[transaction_id] = lot
        self.new_lots.append(lot)
        legs = {AVAILABLE: points - pays, "debt": pays} if at_once else {PENDING: points}
        movements = (LotMovement(transaction_id, -pays),) if pays else ()
        return self._enter(transaction_id, kind, cause, legs, CREDITED_BY[kind], movements)

    def release(self, cause: Cause, *, lot_id: UUID) -> Transaction | None:
        """Makes a pending lot available; what is owed is paid from it first. None where nothing is left to release,
        or where a case holds it.
        """
        lot = self.lots[lot_id]
        points = lot.points_remaining
        if lot.state != PENDING or points == 0 or lot.held_case_id is not None:
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

        Only lots of the same programme stand in for each other: currencies are kept apart.
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
        for source in (lot, *self._in_order_of_expiry(lot.programme)):
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

    def spendable(self, programme: str | None) -> int:
        """The available points that may be spent in this programme; the lots must be loaded."""
        return 0 if self.frozen else sum(lot.points_remaining for lot in self._in_order_of_expiry(programme))

    def reserve(self, cause: Cause, *, points: int) -> Transaction:
        """Sets points of the cause's programme aside, those that burn first before others.

        Raises:
            SpendingFrozen: no points may leave this book.
            NotEnoughPoints: so many are not available; it names how many are.
        """
        movements = []
        for lot, part in self._first_to_burn(cause.programme, points):
            lot.points_remaining -= part
            lot.points_reserved += part
            self._change(lot)
            movements.append(LotMovement(lot.transaction_id, -part, part))
        return self._enter(new_id(), "reserve", cause, {AVAILABLE: -points, "reserved": points}, None, tuple(movements))

    def spend_reserved(self, cause: Cause, *, held: Mapping[UUID, int], points: int) -> dict[UUID, int]:
        """Spends points that a reservation set aside in these lots; what of it is left in which lot."""
        _require_positive(points)
        left, still_held = points, dict(held)
        movements = []
        for lot in sorted((self.lots[lot_id] for lot_id in held), key=_order_of_expiry):
            part = min(left, held[lot.transaction_id])
            if part == 0:
                break
            lot.points_reserved -= part
            self._change(lot)
            movements.append(LotMovement(lot.transaction_id, 0, -part))
            still_held[lot.transaction_id] -= part
            left -= part
        if left:
            raise ValueError(f"{points} points are more than the reservation holds.")
        self._enter(new_id(), "spend", cause, {"reserved": -points}, "redeemed", tuple(movements))
        return {lot_id: part for lot_id, part in still_held.items() if part}

    def cancel_reserved(self, cause: Cause, *, held: Mapping[UUID, int]) -> Transaction:
        """Puts back what a reservation still holds; what is owed is paid first, by the lots that burn first."""
        points = sum(held.values())
        _require_positive(points)
        pays = left_to_pay = min(points, -self.debt)
        movements = []
        for lot in sorted((self.lots[lot_id] for lot_id in held), key=_order_of_expiry):
            lot_id, part = lot.transaction_id, held[lot.transaction_id]
            paid = min(left_to_pay, part)
            left_to_pay -= paid
            lot.points_reserved -= part
            lot.points_remaining += part - paid
            self._change(lot)
            movements.append(LotMovement(lot_id, part - paid, -part))
        legs = {"reserved": -points, AVAILABLE: points - pays, "debt": pays}
        return self._enter(new_id(), "cancel", cause, legs, None, tuple(movements))

    def spend(self, cause: Cause, *, points: int) -> Transaction:
        """Spends available points of the cause's programme, those that burn first before others.

        Raises:
            SpendingFrozen: no points may leave this book.
            NotEnoughPoints: so many are not available; it names how many are.
        """
        movements = tuple(self._take(lot, part) for lot, part in self._first_to_burn(cause.programme, points))
        return self._enter(new_id(), "spend", cause, {AVAILABLE: -points}, "redeemed", movements)

    def give_back(self, cause: Cause, *, lots: Mapping[UUID, int]) -> Transaction:
        """Returns spent points to the lots that paid, with their days of burning; what is owed is paid first."""
        points = sum(lots.values())
        _require_positive(points)
        pays = left_to_pay = min(points, -self.debt)
        movements = []
        for lot_id, part in lots.items():
            paid = min(left_to_pay, part)
            left_to_pay -= paid
            movements.append(self._take(self.lots[lot_id], paid - part))
        legs = {AVAILABLE: points - pays, "debt": pays}
        return self._enter(new_id(), "return", cause, legs, "redeemed", tuple(movements))

    def adjust(self, cause: Cause, *, points: int, expires_at: datetime | None = None) -> Transaction:
        """Corrects by hand: more than zero credits a lot at once, less than zero takes what burns first.

        Raises:
            NotEnoughPoints: less than zero and more than is available; it names how many are.
        """
        if points > 0:
            at = cause.effective_at
            return self.accrue(cause, points=points, available_at=at, expires_at=expires_at, kind="adjustment")
        taken = self._first_to_burn(cause.programme, -points, even_if_frozen=True)
        movements = tuple(self._take(lot, part) for lot, part in taken)
        return self._enter(new_id(), "adjustment", cause, {AVAILABLE: points}, "adjusted", movements)

    def forgive(self, cause: Cause, *, points: int) -> Transaction:
        """Writes off points that are owed, at the programme's cost."""
        if not 0 < points <= -self.debt:
            raise ValueError(f"{points} points cannot be forgiven of {-self.debt}.")
        return self._enter(new_id(), "adjustment", cause, {"debt": points}, "adjusted", ())

    def transfer_out(self, cause: Cause, *, points: int) -> list[tuple[int, datetime | None]]:
        """Gives points to somebody else; the parts with their days of burning, which they keep.

        Raises:
            SpendingFrozen: no points may leave this book.
            NotEnoughPoints: so many are not available; it names how many are.
        """
        parts = self._first_to_burn(cause.programme, points)
        movements = tuple(self._take(lot, part) for lot, part in parts)
        self._enter(new_id(), "transfer", cause, {AVAILABLE: -points}, "transferred", movements)
        by_expiry: dict[datetime | None, int] = {}
        for lot, part in parts:
            by_expiry[lot.expires_at] = by_expiry.get(lot.expires_at, 0) + part
        return [(part, expires_at) for expires_at, part in by_expiry.items()]

    def note(self, cause: Cause) -> Transaction:
        """Enters an accrual of nothing, for a purchase that earned no points and yet changes something."""
        return self._enter(new_id(), "accrual", cause, {}, CREDITED_BY["accrual"], ())

    def prolong(self, *, programme: str | None, expires_at: datetime) -> None:
        """Lets open lots of the programme that had not burnt by then live until this moment, by what came last."""
        transaction = self.entered[-1]
        moved = {movement.lot_id: movement for movement in transaction.movements}
        for lot in self.lots.values():
            is_open = lot.programme == programme and lot.points_remaining + lot.points_reserved > 0
            if not (is_open and lot.expires_at and transaction.cause.effective_at < lot.expires_at < expires_at):
                continue
            lot.expires_at = expires_at
            self._change(lot)
            if lot.transaction_id != transaction.id:
                before = moved.get(lot.transaction_id, LotMovement(lot.transaction_id, 0))
                moved[lot.transaction_id] = replace(before, expires_at_after=expires_at)
        self.entered[-1] = replace(transaction, movements=tuple(moved.values()))

    def _first_to_burn(
        self, programme: str | None, points: int, *, even_if_frozen: bool = False
    ) -> list[tuple[Lot, int]]:
        """Which lots cover so many points, and how much of each."""
        _require_positive(points)
        if self.frozen and not even_if_frozen:
            raise SpendingFrozen
        parts, left = [], points
        for lot in self._in_order_of_expiry(programme):
            part = min(left, lot.points_remaining)
            parts.append((lot, part))
            left -= part
            if left == 0:
                return parts
        raise NotEnoughPoints(maximum=points - left)

    def _in_order_of_expiry(self, programme: str | None) -> list[Lot]:
        spendable: Iterable[Lot] = (
            lot
            for lot in self.lots.values()
            if lot.state == AVAILABLE and lot.points_remaining and lot.programme == programme
        )
        return sorted(spendable, key=_order_of_expiry)

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


def _order_of_expiry(lot: Lot) -> tuple[bool, datetime, UUID]:
    return lot.expires_at is None, lot.expires_at or lot.available_at, lot.transaction_id


def _require_positive(points: int) -> None:
    if points <= 0:
        raise ValueError(f"Points must be positive, not {points}.")
