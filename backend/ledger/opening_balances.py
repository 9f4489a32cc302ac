"""Balances that members bring from an earlier programme: a transaction with a lot of its own for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger.book import Cause
from backend.ledger.service import open_books, write
from backend.shared.clock import system_now
from backend.shared.db import as_rows, driver_connection


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningBalance:
    """What a member brings; `key` tells it from the member's others and is the same however often it is brought."""

    member_id: UUID
    key: str
    points: int
    available_at: datetime
    """Later than now: until then the points are pending."""
    expires_at: datetime | None
    note: str | None = None

    @property
    def natural_key(self) -> str:
        """Unique among the member's transactions."""
        return f"import:{self.key}"


_FROM_RECORDED = """
FROM json_to_recordset(%(wanted)s) AS wanted (member_id uuid, natural_key text)
JOIN ledger_transactions AS event USING (member_id, natural_key)
JOIN ledger_entries AS entry ON entry.transaction_id = event.id AND entry.account = 'imported'
"""
_RECORDED = f"SELECT event.member_id, event.natural_key, -entry.points {_FROM_RECORDED}"  # noqa: S608 - our own words
_TOTALS = f"SELECT count(*), coalesce(-sum(entry.points), 0)::bigint {_FROM_RECORDED}"  # noqa: S608


def recorded(session: Session, balances: Sequence[OpeningBalance]) -> dict[tuple[UUID, str], int]:
    """How many points were recorded for those of the balances that were brought before, by member and key."""
    rows = driver_connection(session).execute(_RECORDED, _wanted(balances), prepare=True)
    return {(member_id, key.removeprefix("import:")): points for member_id, key, points in rows}


def totals(session: Session, balances: Sequence[OpeningBalance]) -> tuple[int, int]:
    """How many of the balances are recorded, and their points together."""
    row = driver_connection(session).execute(_TOTALS, _wanted(balances), prepare=True).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def _wanted(balances: Sequence[OpeningBalance]) -> dict[str, str]:
    wanted = [{"member_id": one.member_id, "natural_key": one.natural_key} for one in balances]
    return {"wanted": as_rows(wanted)}


def record(
    session: Session, balances: Sequence[OpeningBalance], *, programme: str, programme_version: int, at: datetime
) -> list[OpeningBalance]:
    """Records those of the balances that were not brought before, and returns them.

    Set-based: a handful of statements for thousands. A member who owes pays with what comes.
    """
    books = open_books(session, {one.member_id for one in balances})
    known = recorded(session, balances)
    new = [one for one in balances if (one.member_id, one.key) not in known]
    for one in new:
        facts: dict[str, object] = {"points": one.points}
        if one.note is not None:
            facts["note"] = one.note
        cause = Cause(
            natural_key=one.natural_key,
            effective_at=at,
            recorded_at=system_now(),
            wording="ledger.import",
            facts=facts,
            programme=programme,
            programme_version=programme_version,
        )
        books[one.member_id].accrue(
            cause, points=one.points, available_at=one.available_at, expires_at=one.expires_at, kind="import"
        )
    write(session, books.values())
    return new
