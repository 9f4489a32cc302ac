"""The last look before a message leaves: who may still be told, who later, who not at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.notifications.quiet_hours import quiet_until
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection

OFFERS_A_WEEK = 2
WEEK = timedelta(days=7)

# Whoever stops a broadcast waits for what is just being begun, so that nothing begins once it is stopped; those that
# begin and those that count the rate do not wait for one another.
_KEEP_FROM_STOPPING = """
SELECT broadcasts.id FROM broadcasts
WHERE broadcasts.id IN (SELECT broadcast_id FROM deliveries WHERE id = ANY(%(ids)s::uuid[]))
ORDER BY broadcasts.id
FOR KEY SHARE
"""

# The rows stay locked until the verdicts are written: an attempt that lost its lease meanwhile finds nothing here.
_STILL_OURS = """
SELECT deliveries.id, deliveries.member_id, deliveries.source_id, deliveries.broadcast_id, deliveries.device_id,
       deliveries.channel, deliveries.marketing, deliveries.due_at,
       broadcasts.running, broadcasts.expires_at, addressed_messages.expires_at
FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[]) AS ours (id, attempt_id)
JOIN deliveries ON deliveries.id = ours.id AND deliveries.attempt_id = ours.attempt_id
LEFT JOIN broadcasts ON broadcasts.id = deliveries.broadcast_id
LEFT JOIN addressed_messages ON addressed_messages.id = deliveries.source_id
WHERE deliveries.state = 'claimed' AND deliveries.lease_until > %(now)s
ORDER BY deliveries.id
FOR UPDATE OF deliveries
"""

# A slot is free for a week after it was taken, and for the same message (a second device, a second try) at once.
_TAKE_SLOT = """
INSERT INTO marketing_slots AS taken (member_id, slot, source_id, taken_at)
SELECT wanted.member_id, %(slot)s, wanted.source_id, %(now)s
FROM unnest(%(member_ids)s::uuid[], %(source_ids)s::uuid[]) AS wanted (member_id, source_id)
ORDER BY wanted.member_id
ON CONFLICT (member_id, slot) DO UPDATE SET source_id = excluded.source_id, taken_at = excluded.taken_at
WHERE taken.taken_at <= %(week_ago)s OR taken.source_id = excluded.source_id
RETURNING source_id
"""

_SLOTS_HELD = "SELECT source_id FROM marketing_slots WHERE member_id = ANY(%(member_ids)s::uuid[])"

_NEXT_FREE = """
SELECT member_id, min(taken_at) FROM marketing_slots WHERE member_id = ANY(%(member_ids)s::uuid[]) GROUP BY member_id
"""


class Candidate(NamedTuple):
    """A claimed delivery and what decides over it."""

    id: UUID
    member_id: UUID | None
    source_id: UUID
    broadcast_id: UUID | None
    device_id: UUID | None
    channel: str
    marketing: bool
    due_at: datetime
    broadcast_running: bool | None
    broadcast_expires_at: datetime | None
    secret_expires_at: datetime | None


@dataclass(frozen=True)
class Verdict:
    """The state that a candidate goes to now, when it is due again, and why."""

    state: str
    due_at: datetime
    detail: str = ""


def candidates(session: Session, attempts: Mapping[UUID, UUID]) -> list[Candidate]:
    """Those of the claimed deliveries that still belong to these attempts; locked."""
    connection = driver_connection(session)
    connection.execute(_KEEP_FROM_STOPPING, {"ids": list(attempts)})
    values = {"ids": list(attempts), "attempt_ids": list(attempts.values()), "now": system_now()}
    return [Candidate(*row) for row in connection.execute(_STILL_OURS, values)]


def judge(session: Session, rows: Sequence[Candidate]) -> dict[UUID, Verdict]:
    """What becomes of each candidate: `sending`, or `queued`, `held` or `dropped` with a reason.

    Offers that may go take one of their members' slots of the week.
    """
    now = business_now()
    pushed = {row.member_id for row in rows if row.device_id is not None and row.member_id is not None}
    device_ids = members.push_device_ids(session, pushed) if pushed else {}
    verdicts = {row.id: _stopped(row, device_ids, now) for row in rows}
    offers = [row for row in rows if row.marketing and verdicts[row.id] is None]
    verdicts |= _judge_offers(session, offers, now)
    return {row.id: verdicts[row.id] or Verdict("sending", row.due_at) for row in rows}


def _stopped(row: Candidate, device_ids: Mapping[UUID, Sequence[UUID]], now: datetime) -> Verdict | None:
    if row.broadcast_id is not None:
        if not row.broadcast_running:
            return Verdict("queued", row.due_at)
        if row.broadcast_expires_at is None or row.broadcast_expires_at <= now:
            return Verdict("dropped", row.due_at, "expired")
    if row.member_id is None and (row.secret_expires_at is None or row.secret_expires_at <= system_now()):
        return Verdict("dropped", row.due_at, "expired")
    if (
        row.member_id is not None
        and row.device_id is not None
        and row.device_id not in device_ids.get(row.member_id, ())
    ):
        return Verdict("dropped", row.due_at, "no_device")
    return None


def _judge_offers(session: Session, offers: Sequence[Candidate], now: datetime) -> dict[UUID, Verdict | None]:
    """Consent, the night and the week, in this order: whoever said no is not kept waiting."""
    verdicts: dict[UUID, Verdict | None] = {}
    member_ids = {row.member_id for row in offers if row.member_id is not None}
    if not member_ids:
        return verdicts
    readers = members.readers(session, member_ids)
    consenting: set[tuple[UUID, str]] = set()
    for channel in {row.channel for row in offers}:
        agreed = members.consenting(session, member_ids, "marketing", channel)
        consenting |= {(member_id, channel) for member_id in agreed}
    waking: list[Candidate] = []
    for row in offers:
        reader = readers.get(row.member_id) if row.member_id is not None else None
        if reader is None or (row.member_id, row.channel) not in consenting:
            verdicts[row.id] = Verdict("dropped", row.due_at, "no_consent")
        elif (morning := quiet_until(now, reader.zone)) is not None:
            verdicts[row.id] = Verdict("held", morning, "quiet_hours")
        else:
            waking.append(row)
    return verdicts | _judge_week(session, waking, now)


def _judge_week(session: Session, offers: Sequence[Candidate], now: datetime) -> dict[UUID, Verdict | None]:
    connection = driver_connection(session)
    of_source = {row.source_id: row.member_id for row in offers}
    everybody = {"member_ids": list(of_source.values())}
    held = {row[0] for row in connection.execute(_SLOTS_HELD, everybody)}
    without = {source: member for source, member in of_source.items() if source not in held}
    for slot in range(OFFERS_A_WEEK):
        # One message a member in each statement: an upsert meets each key once.
        one_each = {member: source for source, member in without.items()}
        values = {
            "slot": slot,
            "now": now,
            "week_ago": now - WEEK,
            "member_ids": list(one_each),
            "source_ids": list(one_each.values()),
        }
        for (source_id,) in connection.execute(_TAKE_SLOT, values):
            del without[source_id]
    if not without:
        return {}
    oldest = dict(connection.execute(_NEXT_FREE, {"member_ids": list(without.values())}).fetchall())
    return {
        row.id: Verdict("held", oldest[row.member_id] + WEEK, "weekly_cap")
        for row in offers
        if row.source_id in without
    }


def not_begun_by_broadcast(rows: Sequence[Candidate], verdicts: Mapping[UUID, Verdict]) -> Counter[UUID]:
    """How much of each broadcast's rate was claimed and will not be used."""
    return Counter(
        row.broadcast_id for row in rows if row.broadcast_id is not None and verdicts[row.id].state != "sending"
    )
