"""Taking what is due: triggered messages first, then each broadcast by its own rate, within the channel's.

Claims of one channel wait for each other at the channel's row, and so count its rate together; the rows themselves are
skipped where somebody else holds them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shared.ids import new_id
from push.delivery import Channel

CHANNEL_RATE_PER_SECOND = {Channel.PUSH: 10_000.0, Channel.SMS: 50.0, Channel.EMAIL: 50.0}
"""Firebase's default quota; gateways and mail servers take offence at more."""

BURST_SECONDS = 0.5
"""So much of a rate may gather while nobody asks: more than the worker sleeps, and too little to be felt."""

PAUSE_REMEMBERED_SECONDS = 120.0
"""A worker speeds up for a minute after a pause: for so long it must hear of it."""

_SOMETHING_IS_DUE = """
SELECT EXISTS (
    SELECT 1 FROM deliveries
    WHERE channel = %(channel)s AND broadcast_id IS NULL AND state IN ('queued', 'held') AND due_at <= %(now)s
) OR EXISTS (
    SELECT 1 FROM broadcasts JOIN deliveries AS theirs ON theirs.broadcast_id = broadcasts.id
    WHERE broadcasts.channel = %(channel)s AND broadcasts.running
      AND theirs.broadcast_id IS NOT NULL AND theirs.state IN ('queued', 'held') AND theirs.due_at <= %(now)s
)
"""

_CHANNEL_CREDIT = """
INSERT INTO delivery_channels AS channel (channel, credit, credited_at)
VALUES (%(channel)s, %(burst)s, %(now)s)
ON CONFLICT (channel) DO UPDATE SET
    credit = LEAST(%(burst)s, channel.credit
        + %(rate)s * GREATEST(0, extract(epoch FROM %(now)s - channel.credited_at)::double precision)),
    credited_at = GREATEST(channel.credited_at, %(now)s)
RETURNING credit
"""

_DUE_TRIGGERED = """
SELECT id FROM deliveries
WHERE channel = %(channel)s AND broadcast_id IS NULL AND state IN ('queued', 'held') AND due_at <= %(now)s
ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

_RUNNING_BROADCASTS = """
SELECT id, rate_per_second, credit, credited_at FROM broadcasts
WHERE channel = %(channel)s AND running AND EXISTS (
    SELECT 1 FROM deliveries
    WHERE broadcast_id = broadcasts.id AND broadcast_id IS NOT NULL
      AND state IN ('queued', 'held') AND due_at <= %(now)s
)
ORDER BY id FOR UPDATE SKIP LOCKED
"""

_DUE_OF_BROADCAST = """
SELECT id FROM deliveries
WHERE broadcast_id = %(broadcast_id)s AND broadcast_id IS NOT NULL AND state IN ('queued', 'held') AND due_at <= %(now)s
ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

_LEASE = """
UPDATE deliveries SET state = 'claimed', attempt_id = taken.attempt_id, lease_until = %(lease_until)s
FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[]) AS taken (id, attempt_id)
WHERE deliveries.id = taken.id
"""


@dataclass(frozen=True)
class Taken:
    """The attempts that were leased, by delivery, and how long the channel's pause still lasts (see `push.queue`)."""

    attempts: dict[UUID, UUID]
    pause_ends_in_seconds: float | None


def take_due(session: Session, *, channel: Channel, limit: int, lease_seconds: float) -> Taken:
    """Leases at most `limit` due deliveries of the channel to the caller."""
    connection = driver_connection(session)
    pause_ends_in_seconds = _pause(connection, channel)
    due = {"channel": channel.value, "now": business_now()}
    if (pause_ends_in_seconds or 0.0) > 0 or not _row(connection.execute(_SOMETHING_IS_DUE, due))[0]:
        return Taken({}, pause_ends_in_seconds)
    limit = min(limit, int(_channel_credit(connection, channel)))
    ids = [row[0] for row in connection.execute(_DUE_TRIGGERED, due | {"limit": limit})]
    ids += _take_from_broadcasts(connection, due, limit=limit - len(ids))
    attempts = {delivery_id: new_id() for delivery_id in ids}
    if attempts:
        connection.execute(
            _LEASE,
            {
                "ids": ids,
                "attempt_ids": list(attempts.values()),
                "lease_until": system_now() + timedelta(seconds=lease_seconds),
            },
        )
        spend = "UPDATE delivery_channels SET credit = credit - %(spent)s WHERE channel = %(channel)s"
        connection.execute(spend, {"spent": len(ids), "channel": channel.value})
    return Taken(attempts, pause_ends_in_seconds)


def _pause(connection: psycopg.Connection[Any], channel: Channel) -> float | None:
    query = "SELECT paused_until FROM delivery_channels WHERE channel = %(channel)s AND paused_until IS NOT NULL"
    row = connection.execute(query, {"channel": channel.value}).fetchone()
    if row is None:
        return None
    seconds = float((row[0] - system_now()).total_seconds())
    return seconds if seconds > -PAUSE_REMEMBERED_SECONDS else None


def _channel_credit(connection: psycopg.Connection[Any], channel: Channel) -> float:
    rate = CHANNEL_RATE_PER_SECOND[channel]
    values = {"channel": channel.value, "rate": rate, "burst": rate * BURST_SECONDS, "now": system_now()}
    return float(_row(connection.execute(_CHANNEL_CREDIT, values))[0])


def _take_from_broadcasts(connection: psycopg.Connection[Any], due: dict[str, Any], *, limit: int) -> list[UUID]:
    """An equal share for each running broadcast; what one leaves over is the next one's."""
    if limit <= 0:
        return []
    broadcasts = connection.execute(_RUNNING_BROADCASTS, due).fetchall()
    ids: list[UUID] = []
    for position, (broadcast_id, rate_per_second, credit, credited_at) in enumerate(broadcasts):
        if len(ids) >= limit:
            break
        share = max(1, (limit - len(ids)) // (len(broadcasts) - position))
        credit_now = _grown_credit(rate_per_second, credit, credited_at)
        allowed = share if credit_now is None else min(share, int(credit_now))
        rows = connection.execute(_DUE_OF_BROADCAST, due | {"broadcast_id": broadcast_id, "limit": allowed}).fetchall()
        ids += [row[0] for row in rows]
        if credit_now is not None:
            keep = "UPDATE broadcasts SET credit = %(credit)s, credited_at = %(now)s WHERE id = %(id)s"
            kept = {"credit": credit_now - len(rows), "now": system_now(), "id": broadcast_id}
            connection.execute(keep, kept)
    return ids


def _grown_credit(rate_per_second: int | None, credit: float, credited_at: datetime) -> float | None:
    if rate_per_second is None:
        return None
    grown = credit + rate_per_second * max(0.0, (system_now() - credited_at).total_seconds())
    return min(grown, max(1.0, rate_per_second * BURST_SECONDS))


def _row(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise AssertionError("The statement always answers with a row.")
    return row
