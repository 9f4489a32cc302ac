"""Sealing the ledger: segment by segment, by the worker, so that no accrual waits for a hash.

A segment is whatever is committed and not sealed yet. Neither ids nor times are in the order of commits, but the
numbers of a book are, and they have no gaps, for its balance is locked. So each book is sealed from the number where
its seals end, and nothing inside a book can be passed by. Which books have something new is seen in the ids, which
carry the time: each round looks at all ids from before the oldest writing transaction that was open when the round
before began. A book that is overlooked all the same (clocks far apart, rows brought back from a copy) is sealed when
reconciliation passes it, which it does every day.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg.rows import class_row
from sqlalchemy.orm import Session

from backend.ledger.documents import DOCUMENT, NO_SEAL_BEFORE, Seal, leaf_hash, merkle_root, seal_hash
from backend.shared.clock import system_now
from backend.shared.db import driver_connection

log = structlog.get_logger(__name__)

JOB = "ledger_sealing"
SEGMENT_TRANSACTIONS = 2_000
ROUND_EVERY = timedelta(seconds=60)
# How far apart the clocks of machines that make ids may be.
CLOCKS_APART_MILLISECONDS = 60_000
BEGINNING = UUID(int=0)

_PROGRESS = "SELECT worked_at, ended_at, place, next_place FROM ledger_progress WHERE job = %(job)s"
_START = """
INSERT INTO ledger_progress (job, worked_at, ended_at, place, next_place)
VALUES (%(job)s, %(at)s, %(at)s, %(place)s, %(place)s)
ON CONFLICT DO NOTHING
"""
_KEEP = """
UPDATE ledger_progress
SET worked_at = %(worked_at)s, ended_at = %(ended_at)s, place = %(place)s, next_place = %(next_place)s
WHERE job = %(job)s
"""
_FIRST_RECORDED = "SELECT recorded_at FROM ledger_transactions ORDER BY id LIMIT 1"
_NEWEST_ID = "SELECT id FROM ledger_transactions ORDER BY id DESC LIMIT 1"
_OLDEST_WRITER = """
SELECT min(xact_start) FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""
_CHUNK = "SELECT id, member_id, number FROM ledger_transactions WHERE id > %(place)s ORDER BY id LIMIT %(limit)s"
_UNSEALED = f"""
WITH wanted AS (
    SELECT seen.member_id, seen.last, coalesce((
        SELECT max(sealed.number) FROM ledger_sealed_transactions AS sealed WHERE sealed.member_id = seen.member_id
    ), 0) AS sealed
    FROM unnest(%(member_ids)s::uuid[], %(numbers)s::bigint[]) AS seen (member_id, last)
)
SELECT event.member_id, event.number, event.id, {DOCUMENT}
FROM wanted
JOIN ledger_transactions AS event
  ON event.member_id = wanted.member_id AND event.number > wanted.sealed AND event.number <= wanted.last
ORDER BY event.member_id, event.number
"""  # noqa: S608 - our own words alone
_OVERLOOKED = """
SELECT event.member_id, max(event.number)
FROM ledger_transactions AS event
WHERE event.member_id = ANY(%(member_ids)s::uuid[]) AND event.id <= %(place)s
  AND NOT EXISTS (
      SELECT FROM ledger_sealed_transactions WHERE member_id = event.member_id AND number = event.number
  )
GROUP BY event.member_id
"""
_LAST_SEAL = "SELECT * FROM ledger_seals ORDER BY number DESC LIMIT 1"
_ADD_SEAL = """
WITH seal AS (
    INSERT INTO ledger_seals (number, transactions_count, merkle_root, previous_hash, hash, sealed_at)
    VALUES (%(number)s, %(transactions_count)s, %(merkle_root)s, %(previous_hash)s, %(hash)s, %(sealed_at)s)
)
INSERT INTO ledger_sealed_transactions (seal_number, position, member_id, number, transaction_id, hash)
SELECT %(number)s, leaf.position - 1, leaf.member_id, leaf.number, leaf.transaction_id, leaf.hash
FROM unnest(%(member_ids)s::uuid[], %(numbers)s::bigint[], %(transaction_ids)s::uuid[], %(hashes)s::bytea[])
     WITH ORDINALITY AS leaf (member_id, number, transaction_id, hash, position)
"""


def next_sealing(session: Session) -> datetime | None:
    """When the next segment is due: at once while a round is under way, else a minute after the last one."""
    connection = driver_connection(session)
    progress = connection.execute(_PROGRESS, {"job": JOB}).fetchone()
    if progress is None:
        first = connection.execute(_FIRST_RECORDED).fetchone()
        return first[0] if first else None
    worked_at, ended_at, _place, _next_place = progress
    due: datetime = ended_at + ROUND_EVERY if ended_at else worked_at
    return due


def seal_due(session: Session, _now: datetime) -> int:
    """Seals the next segment of the round, beginning one if none is under way; how many transactions it holds."""
    ended_at, place, next_place = _lock_progress(session)
    if ended_at is not None:
        ended_at, place, next_place = None, next_place, _before_all_that_is_open(session)
    sealed = 0
    while not sealed and ended_at is None:
        chunk = driver_connection(session).execute(_CHUNK, {"place": place, "limit": SEGMENT_TRANSACTIONS}).fetchall()
        sealed = _seal(session, {member_id: number for _id, member_id, number in sorted(chunk, key=_by_number)})
        if chunk:
            place = chunk[-1][0]
        if len(chunk) < SEGMENT_TRANSACTIONS:
            ended_at = system_now()
    driver_connection(session).execute(
        _KEEP, {"job": JOB, "worked_at": system_now(), "ended_at": ended_at, "place": place, "next_place": next_place}
    )
    return sealed


def seal_overlooked(session: Session, member_ids: Sequence[UUID]) -> int:
    """Seals what the rounds have passed by in these members' books; how many transactions that were."""
    connection = driver_connection(session)
    progress = connection.execute(_PROGRESS + " FOR UPDATE", {"job": JOB}).fetchone()
    if progress is None:
        return 0
    overlooked = connection.execute(_OVERLOOKED, {"member_ids": list(member_ids), "place": progress[3]})
    sealed = _seal(session, dict(overlooked.fetchall()))
    if sealed:
        log.warning("transactions were sealed late: are the machines' clocks far apart?", transactions=sealed)
    return sealed


def last_seal(session: Session) -> Seal | None:
    """The end of the chain. Whoever keeps its number and hash elsewhere can prove any later change of what it seals."""
    with driver_connection(session).cursor(row_factory=class_row(Seal)) as cursor:
        return cursor.execute(_LAST_SEAL).fetchone()


def _lock_progress(session: Session) -> tuple[datetime | None, UUID, UUID]:
    """The sealing's place; its lock lets one seal at a time."""
    connection = driver_connection(session)
    connection.execute(_START, {"job": JOB, "at": system_now(), "place": BEGINNING})
    row: Any = connection.execute(_PROGRESS + " FOR UPDATE", {"job": JOB}).fetchone()
    _worked_at, ended_at, place, next_place = row
    return ended_at, place, next_place


def _before_all_that_is_open(session: Session) -> UUID:
    """An id before those of all transactions that are not committed yet, and of all that are to come."""
    connection = driver_connection(session)
    # Asked before anything is read: who is not among the open ones then is seen by what is read afterwards.
    connection.execute("SELECT pg_stat_clear_snapshot()")
    oldest = connection.execute(_OLDEST_WRITER).fetchone()
    newest = connection.execute(_NEWEST_ID).fetchone()
    if newest is None:
        return BEGINNING
    milliseconds = newest[0].int >> 80
    if oldest and oldest[0]:
        milliseconds = min(milliseconds, int(oldest[0].astimezone(UTC).timestamp() * 1000))
    return UUID(int=max(0, milliseconds - CLOCKS_APART_MILLISECONDS) << 80)


def _by_number(row: tuple[UUID, UUID, int]) -> int:
    return row[2]


def _seal(session: Session, last_numbers: dict[UUID, int]) -> int:
    """Seals these books up to these numbers, from where their seals end."""
    if not last_numbers:
        return 0
    connection = driver_connection(session)
    rows = connection.execute(
        _UNSEALED, {"member_ids": list(last_numbers), "numbers": list(last_numbers.values())}
    ).fetchall()
    if not rows:
        return 0
    hashes = [leaf_hash(document) for *_leaf, document in rows]
    seal = _next_seal(last_seal(session), hashes)
    connection.execute(
        _ADD_SEAL,
        {
            "number": seal.number,
            "transactions_count": seal.transactions_count,
            "merkle_root": seal.merkle_root,
            "previous_hash": seal.previous_hash,
            "hash": seal.hash,
            "sealed_at": seal.sealed_at,
            "member_ids": [row[0] for row in rows],
            "numbers": [row[1] for row in rows],
            "transaction_ids": [row[2] for row in rows],
            "hashes": hashes,
        },
    )
    # A log that is kept elsewhere is a witness of the chain.
    log.info("segment sealed", number=seal.number, hash=seal.hash.hex(), transactions=len(rows))
    return len(rows)


def _next_seal(previous: Seal | None, hashes: list[bytes]) -> Seal:
    unhashed = Seal(
        number=previous.number + 1 if previous else 1,
        transactions_count=len(hashes),
        merkle_root=merkle_root(hashes),
        previous_hash=previous.hash if previous else NO_SEAL_BEFORE,
        hash=b"",
        sealed_at=system_now(),
    )
    return replace(unhashed, hash=seal_hash(unhashed.document()))
