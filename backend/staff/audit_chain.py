"""The chain of the audit log: each seal's hash covers an entry and the seal before it, so that nothing can be changed,
taken out or put in between without the rest of the chain saying so.

The hash is keyed with the application's secret, which the database does not hold: whoever rewrites rows cannot make the
seals to them. Entries are sealed by the worker a moment after they are written, not in the transaction that writes
them: a chain at insertion would make every act of the staff wait for every other.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.shared.jobs import Job
from backend.staff.models import AuditEntry, AuditSeal

BATCH_ROWS = 500
PURPOSE = "audit log chain"
FIRST_HASH = bytes(32)
# No transaction lasts as long: an entry that becomes visible late is still found.
LATEST = timedelta(days=1)
UNSEALED_MAXIMUM = timedelta(hours=1)
# The number of the lock under which one worker at a time makes the chain longer.
CHAIN_LOCK = 0x6D6F6C7661  # "molva"


@dataclass(frozen=True)
class ChainReport:
    """What `verify` has seen: `fault` is None where the chain holds."""

    sealed: int
    head: str
    unsealed: int
    fault: str | None


def seal_entries(session: Session, now: datetime) -> int:  # noqa: ARG001 - a job's signature
    """Seals a batch of entries that have no seal yet, in order of their ids; how many."""
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK}):
        return 0
    last = session.execute(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).scalar_one_or_none()
    number, chain_hash = (last.number, last.chain_hash) if last else (0, FIRST_HASH)
    entries = list(session.scalars(_unsealed(session).order_by(AuditEntry.id).limit(BATCH_ROWS)))
    key = _key()
    for entry in entries:
        number, chain_hash = number + 1, _next_hash(key, number + 1, chain_hash, entry)
        session.add(AuditSeal(number=number, entry_id=entry.id, chain_hash=chain_hash))
    session.flush()
    return len(entries)


def next_seal_due(session: Session) -> datetime | None:
    """When the earliest entry without a seal was written; None when all are sealed."""
    return session.scalar(_unsealed(session).with_only_columns(func.min(AuditEntry.at)))


def verify(session: Session, *, known_head: str | None = None) -> ChainReport:
    """Goes along the whole chain. `known_head` is a head (`number:hash`) noted down earlier, outside the database: it
    must still be in the chain, so that the end of the chain cannot have been cut off.
    """
    key, number, chain_hash, fault = _key(), 0, FIRST_HASH, None
    known_number, _colon, known_hash = (known_head or "").partition(":")
    for seal, entry in _pairs(session):
        if seal.number != number + 1:
            fault = f"seal {number + 1} is missing"
        elif seal.chain_hash != _next_hash(key, seal.number, chain_hash, entry):
            fault = f"entry {entry.id} or seal {seal.number} was changed"
        elif known_number == str(seal.number) and known_hash != seal.chain_hash.hex():
            fault = f"seal {seal.number} is not the one that was noted down"
        if fault is not None:
            break
        number, chain_hash = seal.number, seal.chain_hash
    if fault is None and known_number.isdigit() and int(known_number) > number:
        fault = f"the chain ends at seal {number}, before the one that was noted down"
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id)
    unsealed = session.execute(
        select(func.count(), func.min(AuditEntry.at)).select_from(AuditEntry).where(~sealed.exists())
    ).one()
    if fault is None and unsealed[1] is not None and unsealed[1] < system_now() - UNSEALED_MAXIMUM:
        fault = f"{unsealed[0]} entries have no seal, the oldest of {unsealed[1].isoformat()}"
    return ChainReport(number, f"{number}:{chain_hash.hex()}", unsealed[0], fault)


def _unsealed(session: Session) -> Select[AuditEntry]:
    # The latest seal's entry is among the latest entries; the whole log need not be looked through.
    last = select(AuditEntry.at).join(AuditSeal, AuditSeal.entry_id == AuditEntry.id).order_by(AuditSeal.number.desc())
    last_sealed_at = session.scalar(last.limit(1))
    sealed = select(AuditSeal.entry_id).where(AuditSeal.entry_id == AuditEntry.id)
    found = select(AuditEntry).where(~sealed.exists())
    return found.where(AuditEntry.at > last_sealed_at - LATEST) if last_sealed_at else found


def _pairs(session: Session) -> Iterator[tuple[AuditSeal, AuditEntry]]:
    """All seals with their entries, in order, read in batches: the log may be longer than the memory."""
    chosen = select(AuditSeal, AuditEntry).join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
    number = 0
    while batch := session.execute(
        chosen.where(AuditSeal.number > number).order_by(AuditSeal.number).limit(BATCH_ROWS)
    ).all():
        yield from ((seal, entry) for seal, entry in batch)
        number = batch[-1][0].number


def _next_hash(key: bytes, number: int, chain_hash: bytes, entry: AuditEntry) -> bytes:
    content = {
        "number": number,
        "id": str(entry.id),
        "at": entry.at.astimezone(UTC).isoformat(),
        "who": entry.who,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
    }
    written = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, chain_hash + written.encode(), hashlib.sha256).digest()


def _key() -> bytes:
    key: bytes = current_app.config["MOLVA"].derived_key(PURPOSE)
    return key


SEAL_AUDIT_LOG = Job(name="staff.seal_audit_log", clock="system", next_due=next_seal_due, run=seal_entries)
