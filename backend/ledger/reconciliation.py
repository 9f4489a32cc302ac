"""Reconciliation: the worker's own audit. A book that is wrong is named, and nothing is spent from it any more.

Every hour the members whose books were sealed since are looked at, and a part of all others, so that everybody is
looked at within a day. A finding is confirmed under the book's lock before anything follows from it. Only a person lets
a frozen book go on, and only when it is right again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from backend.ledger import journal, service
from backend.ledger.audit import Finding, check_books, member_page
from backend.ledger.errors import BookNotFrozen, BookStillWrong, BookWrong
from backend.ledger.sealing import seal_overlooked
from backend.shared.clock import system_now
from backend.shared.db import driver_connection, driver_error, transaction
from backend.shared.ids import new_id
from backend.staff.service import audit

log = structlog.get_logger(__name__)

JOB = "ledger_reconciliation"
ROUND_EVERY = timedelta(hours=1)
# Twenty rounds go through everybody, so that a day is enough even where some are late.
ROUNDS_FOR_EVERYBODY = 20
ROUND_MEMBERS_MINIMUM = 2_000
BATCH_MEMBERS = 200
BEGINNING = UUID(int=0)
# What a book that contradicts itself leads to: the database's own checks, or arithmetic that misses a lot or points.
FAILURES_OF_WRONG_BOOKS = (psycopg.IntegrityError, psycopg.DataError, LookupError, ValueError)

_START = """
INSERT INTO ledger_progress (job, worked_at, ended_at, place) VALUES (%(job)s, %(at)s, %(at)s, %(place)s)
ON CONFLICT DO NOTHING
"""
_PROGRESS = """
SELECT worked_at, ended_at, place, seal_number, members_left, everybody_at FROM ledger_progress WHERE job = %(job)s
"""
_KEEP = """
UPDATE ledger_progress
SET worked_at = %(worked_at)s, ended_at = %(ended_at)s, place = %(place)s, seal_number = %(seal_number)s,
    members_left = %(members_left)s, everybody_at = %(everybody_at)s
WHERE job = %(job)s
"""
_FIRST_RECORDED = "SELECT recorded_at FROM ledger_transactions ORDER BY id LIMIT 1"
_MEMBERS_COUNT = "SELECT count(*) FROM ledger_balances"
_SEALED_NEXT = """
SELECT leaf.seal_number, array_agg(DISTINCT leaf.member_id)
FROM ledger_sealed_transactions AS leaf
WHERE leaf.seal_number = (SELECT min(number) FROM ledger_seals WHERE number > %(seal_number)s)
GROUP BY leaf.seal_number
"""
_KEEP_FINDINGS = """
INSERT INTO ledger_findings (id, member_id, invariant, places, found_at)
VALUES (%(id)s, %(member_id)s, %(invariant)s, %(places)s, %(at)s)
ON CONFLICT (member_id, invariant) WHERE resolved_at IS NULL DO NOTHING
RETURNING id
"""
_RESOLVE = """
UPDATE ledger_findings AS finding SET resolved_at = %(at)s
WHERE resolved_at IS NULL AND member_id = ANY(%(member_ids)s::uuid[])
  AND NOT EXISTS (
      SELECT FROM unnest(%(wrong)s::uuid[], %(invariants)s::text[]) AS still (member_id, invariant)
      WHERE still.member_id = finding.member_id AND still.invariant = finding.invariant
  )
"""


def next_reconciliation(session: Session) -> datetime | None:
    """When the next batch is due: at once while a round is under way, else an hour after the last."""
    progress = driver_connection(session).execute(_PROGRESS, {"job": JOB}).fetchone()
    if progress is None:
        first = driver_connection(session).execute(_FIRST_RECORDED).fetchone()
        return first[0] + ROUND_EVERY if first else None
    worked_at, ended_at = progress[:2]
    due: datetime = ended_at + ROUND_EVERY if ended_at else worked_at
    return due


def reconcile_due(session: Session, _now: datetime) -> int:
    """Checks the next batch of the round, beginning one if none is under way; how many members it looked at."""
    progress = _lock_progress(session)
    if progress["ended_at"] is not None:
        progress |= {"ended_at": None, "members_left": _members_of_a_round(session)}
    member_ids = _touched(session, progress) or _others(session, progress)
    check_members(session, member_ids)
    progress["worked_at"] = system_now()
    if not member_ids:
        progress["ended_at"] = progress["worked_at"]
    driver_connection(session).execute(_KEEP, progress)
    return len(member_ids)


def check_members(session: Session, member_ids: Sequence[UUID]) -> list[Finding]:
    """Looks at these books; keeps what does not hold, freezes spending, and raises the alarm. What was found."""
    suspects = sorted({one.member_id for one in check_books(session, member_ids) if one.member_id is not None})
    findings: list[Finding] = []
    if suspects:
        service.open_books(session, suspects)
        findings = check_books(session, suspects)
        _keep(session, findings)
    _resolve(session, member_ids, findings)
    return findings


def freeze_what_failed(failed: Session, error: Exception) -> bool:
    """Takes wrong books out of the way of whoever came to grief over them: whether there were any that go on earning
    now, so that another try is worth it. In transactions of its own.

    Raises:
        BookWrong: a book that was frozen before cannot take what was asked.
    """
    opened = dict(service.opened_books(failed))
    if not opened or not isinstance(driver_error(error), FAILURES_OF_WRONG_BOOKS):
        return False
    members, wrong = sorted(opened), set[UUID]()
    for start in range(0, len(members), BATCH_MEMBERS):
        with transaction() as session:
            findings = check_members(session, members[start : start + BATCH_MEMBERS])
        wrong |= {one.member_id for one in findings if one.member_id is not None}
    if not wrong:
        return False
    log.warning("a wrong book was met", members=[str(one) for one in sorted(wrong)], exc_info=error)
    if all(opened[member_id] for member_id in wrong):
        raise BookWrong from error
    return True


def unfreeze(session: Session, member_id: UUID, *, who: str, reason: str) -> None:
    """Lets points of a frozen book be spent again, because it is right again; the audit log keeps who and why.

    Raises:
        BookNotFrozen: it is not frozen.
        BookStillWrong: something does not hold in it yet; it names what.
    """
    book = service.open_books(session, [member_id]).get(member_id)
    if book is None or not book.frozen:
        raise BookNotFrozen
    findings = check_books(session, [member_id])
    if findings:
        raise BookStillWrong(invariants=", ".join(sorted({finding.invariant for finding in findings})))
    before = journal.standing(session, member_id)
    service.unfreeze(session, member_id)
    _resolve(session, [member_id], [])
    audit(
        session,
        who=who,
        action="unfreeze",
        subject=f"member:{member_id}",
        before={"frozen_at": str(before.frozen_at), "frozen_reason": before.frozen_reason},
        reason=reason,
    )


def _lock_progress(session: Session) -> dict[str, Any]:
    connection = driver_connection(session)
    connection.execute(_START, {"job": JOB, "at": system_now(), "place": BEGINNING})
    row: Any = connection.execute(_PROGRESS + " FOR UPDATE", {"job": JOB}).fetchone()
    names = ("worked_at", "ended_at", "place", "seal_number", "members_left", "everybody_at")
    return {"job": JOB} | dict(zip(names, row, strict=True))


def _members_of_a_round(session: Session) -> int:
    count: Any = driver_connection(session).execute(_MEMBERS_COUNT).fetchone()
    return max(ROUND_MEMBERS_MINIMUM, -(-int(count[0]) // ROUNDS_FOR_EVERYBODY))


def _touched(session: Session, progress: dict[str, Any]) -> list[UUID]:
    """The members of the next seal that was not looked at yet."""
    row = driver_connection(session).execute(_SEALED_NEXT, {"seal_number": progress["seal_number"]}).fetchone()
    if row is None:
        return []
    progress["seal_number"], member_ids = row
    return list(member_ids)


def _others(session: Session, progress: dict[str, Any]) -> list[UUID]:
    """The next members of the long walk through everybody, which begins anew when it has come to the end."""
    limit = min(BATCH_MEMBERS, progress["members_left"])
    page = member_page(session, after=progress["place"], limit=limit) if limit else []
    seal_overlooked(session, page)
    progress["members_left"] -= len(page)
    if page:
        progress["place"] = page[-1]
    if len(page) < limit:
        progress |= {"place": BEGINNING, "members_left": 0, "everybody_at": system_now()}
    return page


def _keep(session: Session, findings: Sequence[Finding]) -> None:
    connection = driver_connection(session)
    wrong: dict[UUID, list[str]] = {}
    for finding in findings:
        if finding.member_id is None:
            continue
        wrong.setdefault(finding.member_id, []).append(finding.invariant)
        values = {
            "id": new_id(),
            "member_id": finding.member_id,
            "invariant": finding.invariant,
            "places": Jsonb(list(finding.places)),
            "at": system_now(),
        }
        if connection.execute(_KEEP_FINDINGS, values).fetchone():
            log.error(
                "a book is wrong: nothing is spent from it until somebody has looked",
                member=str(finding.member_id),
                invariant=finding.invariant,
                places=finding.places,
            )
    for member_id, invariants in wrong.items():
        service.freeze(session, [member_id], reason=", ".join(invariants))


def _resolve(session: Session, member_ids: Sequence[UUID], findings: Sequence[Finding]) -> None:
    """What was found earlier in these books and holds again is over; the books stay frozen."""
    wrong = [finding for finding in findings if finding.member_id is not None]
    values = {
        "at": system_now(),
        "member_ids": list(member_ids),
        "wrong": [finding.member_id for finding in wrong],
        "invariants": [finding.invariant for finding in wrong],
    }
    driver_connection(session).execute(_RESOLVE, values)
