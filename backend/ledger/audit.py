"""The auditor: reads books back from the database and holds them to every invariant."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from psycopg.rows import class_row
from sqlalchemy.orm import Session

from backend.ledger.documents import DOCUMENT, NO_SEAL_BEFORE, Seal, merkle_root, moment, seal_hash
from backend.ledger.invariants import INVARIANTS, WrittenBook, violations
from backend.ledger.sealing import last_seal
from backend.shared.db import driver_connection

SLICE_MEMBERS = 500
PLACES_SHOWN = 20

Progress = Callable[[str, int, int], None]
"""Is told what is being looked at, how much of it was, and how much there is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: in whose book (None where it is nobody's), and where in it, the first places."""

    invariant: str
    member_id: UUID | None
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutsideInvariant:
    """Something that a feature above the ledger keeps in step with it.

    `violations(session, books)` yields a member and a place for each of these books that is not.
    """

    name: str
    violations: Callable[[Session, Sequence[WrittenBook]], Iterable[tuple[UUID, str]]]


@dataclass(slots=True)
class Report:
    """What the auditor found, and what it was asked of."""

    invariants: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    frozen: list[dict[str, Any]] = field(default_factory=list)
    last_seal: Seal | None = None
    unsealed: int = 0

    @property
    def agrees(self) -> bool:
        """Whether every invariant holds."""
        return not self.findings


def add_invariants(app: Flask, *invariants: OutsideInvariant) -> None:
    """What features above the ledger want to be held to, by the audit and by reconciliation."""
    app.extensions.setdefault("molva_ledger_invariants", []).extend(invariants)


# One statement, and so one moment: nobody who writes meanwhile can make a book look wrong.
_READ = f"""
SELECT 'balance', member_id, jsonb_build_object(
    'pending', pending, 'available', available, 'reserved', reserved, 'debt', debt,
    'transactions_count', transactions_count
)
FROM ledger_balances WHERE member_id = ANY(%(member_ids)s::uuid[])
UNION ALL
SELECT 'transaction', event.member_id, {DOCUMENT}
FROM ledger_transactions AS event WHERE event.member_id = ANY(%(member_ids)s::uuid[])
UNION ALL
SELECT 'lot', event.member_id, jsonb_build_object(
    'id', event.id, 'state', lot.state, 'points', lot.points, 'points_remaining', lot.points_remaining,
    'points_reserved', lot.points_reserved, 'expires_at', {moment("lot.expires_at")},
    'credited_expires_at', {moment("lot.credited_expires_at")}
)
FROM ledger_transactions AS event JOIN ledger_lots AS lot ON lot.transaction_id = event.id
WHERE event.member_id = ANY(%(member_ids)s::uuid[])
UNION ALL
SELECT 'leaf', member_id, jsonb_build_array(transaction_id, number, encode(hash, 'hex'))
FROM ledger_sealed_transactions WHERE member_id = ANY(%(member_ids)s::uuid[])
UNION ALL
SELECT 'stray', event.member_id, to_jsonb(event.id)
FROM ledger_transactions AS event
WHERE event.member_id = ANY(%(member_ids)s::uuid[]) AND (
    EXISTS (SELECT FROM ledger_entries WHERE transaction_id = event.id AND member_id <> event.member_id)
    OR EXISTS (SELECT FROM ledger_lots WHERE transaction_id = event.id AND member_id <> event.member_id)
    OR EXISTS (SELECT FROM ledger_lot_movements WHERE transaction_id = event.id AND member_id <> event.member_id)
)
"""  # noqa: S608 - our own words alone

# What no book shows, because the row that would lead to it is missing.
_WITHOUT = """
SELECT part.transaction_id::text, part.member_id FROM {table} AS part
WHERE NOT EXISTS (SELECT FROM ledger_transactions WHERE id = part.transaction_id)
"""
_ORPHANS = {
    "every transaction has its member's balance": """
        SELECT event.id::text, event.member_id FROM ledger_transactions AS event
        WHERE NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = event.member_id)
        UNION ALL
        SELECT leaf.transaction_id::text, leaf.member_id FROM ledger_sealed_transactions AS leaf
        WHERE NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = leaf.member_id)
    """,
    "every entry, lot and movement has its transaction": " UNION ALL ".join(
        _WITHOUT.format(table=table) for table in ("ledger_entries", "ledger_lots", "ledger_lot_movements")
    ),
}
CHAIN = "every seal follows from the one before and from what it seals"
NOTED = "the seal that was noted is in the chain"

_SEALS = "SELECT * FROM ledger_seals WHERE number > %(after)s ORDER BY number LIMIT %(limit)s"
_MEMBERS = """
SELECT member_id FROM ledger_balances WHERE member_id > %(after)s ORDER BY member_id LIMIT %(limit)s
"""
_LEAVES = "SELECT hash FROM ledger_sealed_transactions WHERE seal_number = %(number)s ORDER BY position"
_UNSEALED = """
SELECT (SELECT count(*) FROM ledger_transactions) - (SELECT count(*) FROM ledger_sealed_transactions)
"""
_FROZEN = """
SELECT member_id, frozen_at, frozen_reason FROM ledger_balances WHERE frozen_at IS NOT NULL ORDER BY frozen_at
"""


def read_books(session: Session, member_ids: Sequence[UUID]) -> list[WrittenBook]:
    """These members' books as they stand at one moment."""
    books = {member_id: WrittenBook(member_id) for member_id in member_ids}
    for what, member_id, content in driver_connection(session).execute(_READ, {"member_ids": list(member_ids)}):
        book = books[member_id]
        match what:
            case "balance":
                book.balance = content
            case "transaction":
                book.transactions.append(content)
            case "lot":
                book.lots[content["id"]] = content
            case "leaf":
                transaction_id, number, sealed_hash = content
                book.leaves[transaction_id] = number, sealed_hash
            case _:
                book.strays.append(content)
    for book in books.values():
        book.transactions.sort(key=_number)
    return list(books.values())


def check_books(session: Session, member_ids: Sequence[UUID]) -> list[Finding]:
    """What does not hold in these members' books."""
    books = read_books(session, member_ids)
    findings = [
        Finding(invariant, book.member_id, tuple(places[:PLACES_SHOWN]))
        for book in books
        for invariant, places in violations(book).items()
    ]
    for outside in _outside_invariants():
        places_of: dict[UUID, list[str]] = {}
        for member_id, place in outside.violations(session, books):
            places_of.setdefault(member_id, []).append(place)
        findings += [
            Finding(outside.name, member_id, tuple(places[:PLACES_SHOWN])) for member_id, places in places_of.items()
        ]
    return findings


def check_chain(session: Session, progress: Callable[[int], None] = lambda _seals: None) -> Iterator[Finding]:
    """Follows the seals from the first to the last, and names the first transactions' seals that do not follow."""
    previous_number, previous_hash = 0, NO_SEAL_BEFORE
    for seal in _seals(session):
        leaves = [row[0] for row in driver_connection(session).execute(_LEAVES, {"number": seal.number})]
        if (
            seal.number != previous_number + 1
            or seal.previous_hash != previous_hash
            or seal.hash != seal_hash(seal.document())
            or seal.transactions_count != len(leaves)
            or not leaves
            or seal.merkle_root != merkle_root(leaves)
        ):
            yield Finding(CHAIN, None, (f"seal {seal.number}",))
        previous_number, previous_hash = seal.number, seal.hash
        progress(1)


def check_noted_seal(session: Session, number: int, noted: bytes) -> Iterator[Finding]:
    """Whether a seal is still what somebody has noted outside: what nobody with access to the database can forge."""
    row = driver_connection(session).execute("SELECT hash FROM ledger_seals WHERE number = %s", (number,)).fetchone()
    if row is None or row[0] != noted:
        yield Finding(NOTED, None, (f"seal {number}",))


def audit(session: Session, progress: Progress = lambda _what, _done, _all: None) -> Report:
    """Every invariant over everything. Reads one snapshot, slice by slice, and changes nothing."""
    connection = driver_connection(session)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    outside = tuple(invariant.name for invariant in _outside_invariants())
    report = Report((*INVARIANTS, *outside, *_ORPHANS, CHAIN))
    report.totals = totals(session)
    for checked, member_ids in _slices(session):
        report.findings += check_books(session, member_ids)
        progress("books", checked, report.totals["members"])
    for invariant, statement in _ORPHANS.items():
        for place, member_id in connection.execute(statement):
            report.findings.append(Finding(invariant, member_id, (place,)))
    followed = 0

    def count(seals: int) -> None:
        nonlocal followed
        followed += seals
        progress("seals", followed, report.totals["seals"])

    report.findings += check_chain(session, count)
    report.last_seal = last_seal(session)
    report.frozen = frozen(session)
    report.unsealed = (connection.execute(_UNSEALED).fetchone() or (0,))[0]
    return report


def totals(session: Session) -> dict[str, int]:
    """How much there is: members with a book, transactions, seals, and points by account of the members' side."""
    row = (
        driver_connection(session)
        .execute(
            """
            SELECT count(*), coalesce(sum(transactions_count), 0)::bigint, (SELECT count(*) FROM ledger_seals),
                   coalesce(sum(pending), 0)::bigint, coalesce(sum(available), 0)::bigint,
                   coalesce(sum(reserved), 0)::bigint, coalesce(-sum(debt), 0)::bigint
            FROM ledger_balances
            """
        )
        .fetchone()
    )
    names = ("members", "transactions", "seals", "points_pending", "points_available", "points_reserved", "points_owed")
    return dict(zip(names, row or (0,) * 7, strict=True))


def frozen(session: Session) -> list[dict[str, Any]]:
    """The members whose points may not be spent: who, since when, and why; the earliest first."""
    rows = driver_connection(session).execute(_FROZEN)
    return [{"member_id": member_id, "frozen_at": at, "reason": reason} for member_id, at, reason in rows]


def member_page(session: Session, *, after: UUID, limit: int) -> list[UUID]:
    """The next members with a book, in the order of their ids."""
    rows = driver_connection(session).execute(_MEMBERS, {"after": after, "limit": limit})
    return [row[0] for row in rows]


def _slices(session: Session) -> Iterator[tuple[int, list[UUID]]]:
    """All members with a book, slice by slice, and how many that were so far."""
    checked = 0
    page = member_page(session, after=UUID(int=0), limit=SLICE_MEMBERS)
    while page:
        checked += len(page)
        yield checked, page
        page = member_page(session, after=page[-1], limit=SLICE_MEMBERS)


def _seals(session: Session) -> Iterator[Seal]:
    after = 0
    while True:
        with driver_connection(session).cursor(row_factory=class_row(Seal)) as cursor:
            page = cursor.execute(_SEALS, {"after": after, "limit": SLICE_MEMBERS}).fetchall()
        yield from page
        if not page:
            return
        after = page[-1].number


def _outside_invariants() -> list[OutsideInvariant]:
    return list(current_app.extensions.get("molva_ledger_invariants", ()))


def _number(document: dict[str, Any]) -> int:
    number: int = document["number"]
    return number
