"""Opening members' books, and storing what was entered in them.

The way of every change: `open_books` locks the balances in sorted order, the caller enters transactions into the pure
books, `write` stores all of them with one statement for any number of members.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger.book import Book, Cause, Lot, TakenBack, Transaction
from backend.ledger.events import AccrualReversed, AccrualsReleased, ReleasedAccrual
from backend.ledger.models import release_key
from backend.ledger.statements import (
    CAME_BACK_AFTER_ITS_DAY,
    DUE_EXPIRIES,
    DUE_RELEASES,
    FREEZE,
    HELD_BY_RESERVATIONS,
    HELD_FOR_CASE,
    LET_GO,
    LOCK_BALANCES,
    LOTS,
    NEXT_EXPIRY,
    NEXT_RELEASE,
    OPEN_ACCOUNTS,
    OPEN_LOTS,
    POST,
    POST_LOT_CHANGES,
    SPENDS_TO_GIVE_BACK,
    TRANSACTIONS_TO_REVERSE,
    UNFREEZE,
)
from backend.members.events import MemberJoined, MembersJoined
from backend.shared.clock import system_now
from backend.shared.db import Promise, as_rows, driver_connection
from backend.shared.events import publish

JOB_BATCH_LOTS = 1_000


@dataclass(frozen=True, slots=True)
class SpentPoints:
    """A spend that a receipt was paid with, and how much of it was given back so far."""

    transaction_id: UUID
    member_id: UUID
    receipt_id: UUID
    points: int
    points_given_back: int
    lots: tuple[tuple[UUID, int], ...]
    """The lots that paid and how much each; the youngest first, which is the order in which points are given back."""

    def lots_to_give_back(self, points: int) -> dict[UUID, int]:
        """Which lots get how much, when so many more points are given back."""
        skipped, left = self.points_given_back, points
        parts: dict[UUID, int] = {}
        for lot_id, paid in self.lots:
            passed = min(skipped, paid)
            skipped -= passed
            part = min(left, paid - passed)
            left -= part
            if part:
                parts[lot_id] = part
        if left:
            raise ValueError(f"{points} points are more than was spent and not given back yet.")
        return parts


def open_accounts(session: Session, member_ids: Collection[UUID]) -> None:
    """Gives new members their zero balances; those who have one keep it."""
    driver_connection(session).execute(OPEN_ACCOUNTS, {"member_ids": sorted(member_ids)})


def open_account(session: Session, event: MemberJoined | MembersJoined) -> None:
    """Opens the books of whoever has just joined."""
    open_accounts(session, [event.member_id] if isinstance(event, MemberJoined) else event.member_ids)


def open_books(session: Session, member_ids: Collection[UUID], *, with_lots: bool = False) -> dict[UUID, Book]:
    """Locks the members' balances in sorted order and returns their books; an unknown member has none.

    `with_lots` loads what is open of each member's lots, for whatever spends, releases or takes back.
    """
    return ask_books(session, member_ids, with_lots=with_lots)()


def ask_books(session: Session, member_ids: Collection[UUID], *, with_lots: bool = False) -> Promise[dict[UUID, Book]]:
    """`open_books`, for `sent_together`: whatever is sent after it sees what the locks waited for."""
    connection, members = driver_connection(session), {"member_ids": sorted(member_ids)}
    balances = connection.execute(LOCK_BALANCES, members, prepare=True)
    lots = connection.execute(OPEN_LOTS, members, prepare=True) if with_lots else ()

    def answer() -> dict[UUID, Book]:
        books = {row[0]: Book(*row) for row in balances}
        for member_id, *lot in lots:
            books[member_id].lots[lot[0]] = Lot(*lot)
        opened_books(session).update((member_id, book.frozen) for member_id, book in books.items())
        return books

    return answer


def opened_books(session: Session) -> dict[UUID, bool]:
    """Whose books the transaction under way has opened, and whether they were frozen then; kept when it fails."""
    opened: dict[UUID, bool] = session.info.setdefault("ledger_books", {})
    return opened


def load_lots(session: Session, books: Mapping[UUID, Book], lot_ids: Collection[UUID]) -> None:
    """Adds certain lots to their members' books, also those of which nothing is left."""
    for member_id, *lot in driver_connection(session).execute(LOTS, {"lot_ids": list(lot_ids)}, prepare=True):
        books[member_id].lots.setdefault(lot[0], Lot(*lot))


def write(session: Session, books: Iterable[Book]) -> None:
    """Stores what was entered in the books: one statement for any number of members, one more where lots changed.

    The books must have been opened in this transaction. They are empty of entries afterwards and may be used on.
    """
    written = [book for book in books if book.entered]
    if not written:
        return
    connection = driver_connection(session)
    connection.execute(POST, _new_rows(written), prepare=True)
    changes = _lot_changes(written)
    if changes is not None:
        connection.execute(POST_LOT_CHANGES, changes, prepare=True)
    for book in written:
        book.entered.clear()
        book.new_lots.clear()
        book.changed_lots.clear()


def take_back(
    session: Session, books: Mapping[UUID, Book], transaction_id: UUID, *, cause: Cause, points: int
) -> TakenBack:
    """Takes back points of an earlier accrual (see `Book.take_back`), and tells who listens."""
    book = next(book for book in books.values() if transaction_id in book.lots)
    lot = book.lots[transaction_id]
    taken = book.take_back(cause, lot_id=transaction_id, points=points)
    if cause.referral_id is not None:
        publish(
            session,
            AccrualReversed(
                transaction_id=transaction_id,
                member_id=book.member_id,
                referral_id=cause.referral_id,
                points=points,
                points_accrued=lot.points,
                facts=cause.facts,
            ),
        )
    return taken


def accruals_of_receipts(session: Session, member_ids: Collection[UUID], receipt_ids: Collection[UUID]) -> list[Any]:
    """The accruals that these receipts caused, with what was taken back of each so far.

    Rows of (transaction_id, member_id, receipt_id, referral_id, points, points_taken_back, facts).
    """
    rows = driver_connection(session).execute(
        TRANSACTIONS_TO_REVERSE, {"member_ids": list(member_ids), "receipt_ids": list(receipt_ids)}, prepare=True
    )
    return rows.fetchall()


def ask_held_by_reservations(
    session: Session, transaction_ids: Collection[UUID]
) -> Promise[dict[UUID, dict[UUID, int]]]:
    """The lots in which these reservations set points aside, and how many in each."""
    asked = driver_connection(session).execute(
        HELD_BY_RESERVATIONS, {"transaction_ids": list(transaction_ids)}, prepare=True
    )

    def answer() -> dict[UUID, dict[UUID, int]]:
        held: dict[UUID, dict[UUID, int]] = {}
        for transaction_id, lot_id, points in asked:
            held.setdefault(transaction_id, {})[lot_id] = points
        return held

    return answer


def spends_of_receipts(
    session: Session, member_ids: Collection[UUID], receipt_ids: Collection[UUID]
) -> list[SpentPoints]:
    """What these receipts were paid with, in points."""
    rows = driver_connection(session).execute(
        SPENDS_TO_GIVE_BACK, {"member_ids": list(member_ids), "receipt_ids": list(receipt_ids)}, prepare=True
    )
    return [
        SpentPoints(spend_id, member_id, receipt_id, points, given_back, tuple((UUID(lot), part) for lot, part in lots))
        for spend_id, member_id, receipt_id, points, given_back, lots in rows
    ]


def freeze(session: Session, member_ids: Collection[UUID], *, reason: str) -> list[UUID]:
    """Lets nothing be spent from these books until they are unfrozen; those that were not frozen before."""
    values = {"member_ids": list(member_ids), "reason": reason, "at": system_now()}
    return [row[0] for row in driver_connection(session).execute(FREEZE, values)]


def unfreeze(session: Session, member_id: UUID) -> bool:
    """Lets points of a frozen book be spent again; whether it was frozen."""
    return driver_connection(session).execute(UNFREEZE, {"member_id": member_id}).fetchone() is not None


def let_go(session: Session, member_id: UUID, *, case_id: UUID) -> None:
    """Lets pending points that a case held become available when they are due, which may have been long ago."""
    open_books(session, [member_id])
    driver_connection(session).execute(LET_GO, {"case_id": case_id})


def take_back_held(
    session: Session, member_id: UUID, *, case_id: UUID, wording: str, facts: dict[str, Any], at: datetime
) -> int:
    """Takes back what is left of the points that a case held, for which the `wording` gives the reason; how many."""
    books = open_books(session, [member_id])
    lot_ids = [row[0] for row in driver_connection(session).execute(HELD_FOR_CASE, {"case_id": case_id})]
    load_lots(session, books, lot_ids)
    book, taken = books[member_id], 0
    for lot_id in lot_ids:
        points = book.lots[lot_id].points_remaining
        if points:
            cause = Cause(
                natural_key=f"refused:{lot_id}",
                effective_at=at,
                recorded_at=system_now(),
                wording=wording,
                facts=facts | {"points": -points},
                programme=book.lots[lot_id].programme,
                reverses_id=lot_id,
            )
            taken += book.take_back(cause, lot_id=lot_id, points=points).points
    write(session, [book])
    return taken


def next_release(session: Session) -> datetime | None:
    """When the earliest pending lot becomes available."""
    return _scalar(session, NEXT_RELEASE)


def release_due(session: Session, now: datetime) -> int:
    """Makes available what is due at `now`, one batch, oldest first; how many lots were released."""
    due = _due(session, DUE_RELEASES, now)
    books = open_books(session, {member_id for member_id, *_ in due}, with_lots=True)
    released = []
    for member_id, lot_id, receipt_id, referral_id, rule in due:
        lot = books[member_id].lots.get(lot_id)
        if lot is None:
            continue
        points = lot.points_remaining
        cause = Cause(
            natural_key=release_key(lot_id),
            effective_at=lot.available_at,
            recorded_at=system_now(),
            wording="ledger.release",
            facts={"points": points},
            rule=rule,
            receipt_id=receipt_id,
            referral_id=referral_id,
        )
        if books[member_id].release(cause, lot_id=lot_id):
            released.append(
                ReleasedAccrual(
                    transaction_id=lot_id,
                    member_id=member_id,
                    points=points,
                    receipt_id=receipt_id,
                    referral_id=referral_id,
                    released_at=lot.available_at,
                )
            )
    write(session, books.values())
    if released:
        publish(session, AccrualsReleased(tuple(released)))
    return len(due)


def next_expiry(session: Session) -> datetime | None:
    """When the earliest available lot burns."""
    return _scalar(session, NEXT_EXPIRY)


def expire_due(session: Session, now: datetime) -> int:
    """Burns what is due at `now`, one batch, oldest first; how many lots were burnt."""
    due = _due(session, DUE_EXPIRIES, now)
    books = open_books(session, {member_id for member_id, _ in due}, with_lots=True)
    rows = driver_connection(session).execute(CAME_BACK_AFTER_ITS_DAY, {"lot_ids": [lot_id for _, lot_id in due]})
    came_back: dict[UUID, datetime | None] = dict(rows.fetchall())
    for member_id, lot_id in due:
        book = books[member_id]
        lot = book.lots.get(lot_id)
        if lot is None or lot.expires_at is None or lot.expires_at > now:
            # Somebody was active between the look and the lock, and prolonged it.
            continue
        cause = Cause(
            # Points that a return gives back to a lot that has burnt burn too: a lot may burn several times.
            natural_key=f"expiry:{lot_id}:{book.transactions_count + 1}",
            effective_at=came_back[lot_id] or lot.expires_at,
            recorded_at=system_now(),
            wording="ledger.expiry",
            facts={"points": lot.points_remaining, "available_at": lot.available_at.isoformat()},
        )
        book.expire(cause, lot_id=lot_id)
    write(session, books.values())
    return len(due)


def _due(session: Session, statement: str, now: datetime) -> list[Any]:
    parameters = {"now": now, "limit": JOB_BATCH_LOTS}
    return driver_connection(session).execute(statement, parameters, prepare=True).fetchall()


def _scalar(session: Session, statement: str) -> datetime | None:
    row = driver_connection(session).execute(statement, prepare=True).fetchone()
    return row[0] if row else None


def _new_rows(books: list[Book]) -> dict[str, str]:
    """All that was entered, a parameter for each table."""
    entered = [(book.member_id, transaction) for book in books for transaction in book.entered]
    return {
        "transactions": as_rows([_transaction_row(member_id, transaction) for member_id, transaction in entered]),
        "entries": as_rows(
            [
                {
                    "transaction_id": transaction.id,
                    "member_id": member_id,
                    "account": entry.account,
                    "points": entry.points,
                    "balance_after": entry.balance_after,
                }
                for member_id, transaction in entered
                for entry in transaction.entries
            ]
        ),
        "lots": as_rows([{"member_id": book.member_id} | _fields(lot) for book in books for lot in book.new_lots]),
        "balances": as_rows([_balance_row(book) for book in books]),
    }


def _transaction_row(member_id: UUID, transaction: Transaction) -> dict[str, Any]:
    return _fields(transaction.cause) | {
        "id": transaction.id,
        "member_id": member_id,
        "number": transaction.number,
        "kind": transaction.kind,
    }


def _balance_row(book: Book) -> dict[str, Any]:
    return {
        "member_id": book.member_id,
        "pending": book.pending,
        "available": book.available,
        "reserved": book.reserved,
        "debt": book.debt,
        "transactions_count": book.transactions_count,
    }


def _lot_changes(books: list[Book]) -> dict[str, str] | None:
    """What was changed in lots that were there before, and which transaction changed what; None where nothing was."""
    lots = [_fields(lot) for book in books for lot in book.changed_lots.values()]
    movements = [
        {"transaction_id": transaction.id, "member_id": book.member_id} | _fields(movement)
        for book in books
        for transaction in book.entered
        for movement in transaction.movements
    ]
    return {"lots": as_rows(lots), "movements": as_rows(movements)} if lots or movements else None


@cache
def _reader_of(record_type: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(record_type))
    return names, attrgetter(*names)


def _fields(record: Any) -> dict[str, Any]:
    """A record's fields by name, which are the table's columns."""
    names, read = _reader_of(record.__class__)
    return dict(zip(names, read(record), strict=True))
