"""The auditor: every invariant of the ledger, asked of the database as it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.shared.db import driver_connection

FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must hold, and the query that lists where it does not."""

    name: str
    violations: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant, how often it is violated, and the first places."""

    invariant: str
    count: int
    examples: tuple[str, ...]


INVARIANTS = (
    Invariant(
        "entries of every transaction sum to zero",
        """
        SELECT transaction_id::text FROM ledger_entries GROUP BY transaction_id HAVING sum(points) <> 0
        UNION ALL
        SELECT id::text FROM ledger_transactions AS event
        WHERE NOT EXISTS (SELECT FROM ledger_entries WHERE transaction_id = event.id)
        """,
    ),
    Invariant(
        "balances equal the sum of their entries",
        """
        SELECT balance.member_id::text
        FROM ledger_balances AS balance
        LEFT JOIN (
            SELECT member_id,
                   sum(points) FILTER (WHERE account = 'pending') AS pending,
                   sum(points) FILTER (WHERE account = 'available') AS available,
                   sum(points) FILTER (WHERE account = 'reserved') AS reserved,
                   sum(points) FILTER (WHERE account = 'debt') AS debt
            FROM ledger_entries GROUP BY member_id
        ) AS entries USING (member_id)
        WHERE (balance.pending, balance.available, balance.reserved, balance.debt) IS DISTINCT FROM
              (coalesce(entries.pending, 0), coalesce(entries.available, 0), coalesce(entries.reserved, 0),
               coalesce(entries.debt, 0))
        """,
    ),
    Invariant(
        "lots equal balances",
        """
        SELECT balance.member_id::text
        FROM ledger_balances AS balance
        LEFT JOIN (
            SELECT member_id,
                   sum(points_remaining) FILTER (WHERE state = 'pending') AS pending,
                   sum(points_remaining) FILTER (WHERE state = 'available') AS available,
                   sum(points_reserved) AS reserved
            FROM ledger_lots GROUP BY member_id
        ) AS lots USING (member_id)
        WHERE (balance.pending, balance.available, balance.reserved) IS DISTINCT FROM
              (coalesce(lots.pending, 0), coalesce(lots.available, 0), coalesce(lots.reserved, 0))
        """,
    ),
    Invariant(
        "every lot is what it was credited with and what moved since",
        """
        SELECT lot.transaction_id::text
        FROM ledger_lots AS lot
        LEFT JOIN (
            SELECT lot_id, sum(points_remaining_change) AS remaining, sum(points_reserved_change) AS reserved
            FROM ledger_lot_movements GROUP BY lot_id
        ) AS moved ON moved.lot_id = lot.transaction_id
        WHERE lot.points_remaining <> lot.points + coalesce(moved.remaining, 0)
           OR lot.points_reserved <> coalesce(moved.reserved, 0)
        """,
    ),
    Invariant(
        "balances after each entry follow one another",
        """
        SELECT transaction_id::text
        FROM (
            SELECT entry.transaction_id, entry.balance_after,
                   sum(entry.points) OVER (
                       PARTITION BY entry.member_id, entry.account ORDER BY event.number
                   ) AS replayed
            FROM ledger_entries AS entry
            JOIN ledger_transactions AS event ON event.id = entry.transaction_id
            WHERE entry.account IN ('pending', 'available', 'reserved', 'debt')
        ) AS book
        WHERE balance_after IS DISTINCT FROM replayed
        """,
    ),
    Invariant(
        "every book is numbered without a gap",
        """
        SELECT balance.member_id::text
        FROM ledger_balances AS balance
        LEFT JOIN (
            SELECT member_id, count(*) AS events, max(number) AS last FROM ledger_transactions GROUP BY member_id
        ) AS book USING (member_id)
        WHERE balance.transactions_count <> coalesce(book.events, 0)
           OR balance.transactions_count <> coalesce(book.last, 0)
        """,
    ),
    Invariant(
        "every transaction has its member's balance",
        """
        SELECT event.id::text FROM ledger_transactions AS event
        WHERE NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = event.member_id)
        """,
    ),
)


def audit(session: Session) -> Iterator[tuple[Invariant, Finding | None]]:
    """Each invariant with what violates it, None where it holds. Reads one snapshot, changes nothing."""
    connection = driver_connection(session)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    for invariant in INVARIANTS:
        places = [row[0] for row in connection.execute(invariant.violations)]
        yield invariant, Finding(invariant.name, len(places), tuple(places[:FINDINGS_SHOWN])) if places else None


def totals(session: Session) -> dict[str, int]:
    """How much there is: members with a book, transactions, and points by account of the members' side."""
    row = (
        driver_connection(session)
        .execute(
            """
            SELECT count(*), coalesce(sum(transactions_count), 0)::bigint, coalesce(sum(pending), 0)::bigint,
                   coalesce(sum(available), 0)::bigint, coalesce(sum(reserved), 0)::bigint,
                   coalesce(-sum(debt), 0)::bigint
            FROM ledger_balances
            """
        )
        .fetchone()
    )
    names = ("members", "transactions", "points_pending", "points_available", "points_reserved", "points_owed")
    return dict(zip(names, row or (0,) * 6, strict=True))
