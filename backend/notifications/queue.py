"""The queue of deliveries on PostgreSQL, as `push.worker` sees it. Each call is one short transaction of its own."""

from collections.abc import Callable, Mapping, Sequence, Set
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from backend.members import service as members
from backend.notifications import judging
from backend.notifications.claiming import Taken, take_due
from backend.notifications.events import BroadcastsHalted
from backend.notifications.rendering import Undeliverable, make_ready
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection, run_transaction
from backend.shared.events import publish
from push.delivery import Channel, Delivery
from push.outcome import REPEATS_MAX, Settlement, State, backoff_seconds
from push.queue import Claim

Result = TypeVar("Result")

_WRITE_VERDICTS = """
UPDATE deliveries SET
    state = verdict.state, due_at = verdict.due_at, detail = verdict.detail,
    lease_until = CASE WHEN verdict.state = 'sending' THEN %(lease_until)s::timestamptz END,
    begun_at = CASE WHEN verdict.state = 'sending' THEN %(now)s ELSE begun_at END,
    settled_at = CASE WHEN verdict.state = 'dropped' THEN %(now)s END
FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(due_ats)s::timestamptz[], %(details)s::text[])
    AS verdict (id, state, due_at, detail)
WHERE deliveries.id = verdict.id
"""

# An offer comes into the inbox when it leaves, so that nobody reads there what was stopped before it reached them.
_TELL_BROADCAST = """
INSERT INTO messages (id, member_id, kind, facts, natural_key, broadcast_id, created_at)
SELECT DISTINCT ON (told.id) told.id, told.member_id, 'campaign', '{}'::jsonb,
       'broadcast:' || told.broadcast_id || ':' || told.member_id, told.broadcast_id, %(now)s
FROM unnest(%(ids)s::uuid[], %(member_ids)s::uuid[], %(broadcast_ids)s::uuid[]) AS told (id, member_id, broadcast_id)
ON CONFLICT (natural_key) DO NOTHING
"""

_SETTLE = """
UPDATE deliveries SET
    state = settled.state, repeats = settled.repeats, detail = settled.detail, lease_until = NULL,
    provider_message_id = COALESCE(settled.provider_message_id, deliveries.provider_message_id),
    due_at = CASE WHEN settled.state = 'queued' THEN %(due_from)s + make_interval(secs => settled.retry_in_seconds)
                  ELSE deliveries.due_at END,
    settled_at = CASE WHEN settled.state = 'queued' THEN NULL ELSE %(now)s END
FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[], %(states)s::text[], %(repeats)s::bigint[], %(details)s::text[],
            %(provider_message_ids)s::text[], %(retries)s::double precision[])
    AS settled (id, attempt_id, state, repeats, detail, provider_message_id, retry_in_seconds)
WHERE deliveries.id = settled.id AND deliveries.attempt_id = settled.attempt_id
  AND deliveries.state IN ('claimed', 'sending')
RETURNING deliveries.id, deliveries.source_id, deliveries.device_id, deliveries.state, deliveries.marketing,
          deliveries.begun_at
"""

# Told by none of their devices: the offer did not reach them, so it does not count.
_FREE_SLOTS = """
DELETE FROM marketing_slots WHERE source_id = ANY(%(source_ids)s::uuid[]) AND NOT EXISTS (
    SELECT 1 FROM deliveries
    WHERE deliveries.source_id = marketing_slots.source_id AND deliveries.state NOT IN ('failed', 'dropped')
)
"""

_RELEASE = """
UPDATE deliveries SET state = 'queued', lease_until = NULL
FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[]) AS ours (id, attempt_id)
WHERE deliveries.id = ours.id AND deliveries.attempt_id = ours.attempt_id AND deliveries.state = 'claimed'
"""

_LEFT_BEHIND = """
SELECT id, state, repeats, broadcast_id IS NULL AND NOT marketing FROM deliveries
WHERE channel = %(channel)s AND state IN ('claimed', 'sending') AND lease_until <= %(now)s
ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
"""

_TAKE_UP = """
UPDATE deliveries SET
    state = taken.state, repeats = taken.repeats, lease_until = NULL,
    detail = CASE WHEN deliveries.state = 'sending' THEN 'worker_lost' ELSE deliveries.detail END,
    due_at = CASE WHEN deliveries.state = 'sending' THEN %(due_from)s + make_interval(secs => taken.retry_in_seconds)
                  ELSE deliveries.due_at END,
    settled_at = CASE WHEN taken.state = 'unknown' THEN %(now)s END
FROM unnest(%(ids)s::uuid[], %(states)s::text[], %(repeats)s::bigint[], %(retries)s::double precision[])
    AS taken (id, state, repeats, retry_in_seconds)
WHERE deliveries.id = taken.id
"""

_PAUSE = """
INSERT INTO delivery_channels AS channel (channel, paused_until, credited_at)
VALUES (%(channel)s, %(until)s, %(now)s)
ON CONFLICT (channel) DO UPDATE SET paused_until = GREATEST(channel.paused_until, excluded.paused_until)
"""

_ALARM = """
INSERT INTO delivery_channels AS channel (channel, problem, problem_since, credited_at)
VALUES (%(channel)s, %(problem)s, %(now)s, %(now)s)
ON CONFLICT (channel) DO UPDATE SET
    problem = excluded.problem, problem_since = COALESCE(channel.problem_since, excluded.problem_since)
"""


class PostgresQueue:
    """Implements `push.queue.Queue`. Safe to call from several threads: each call opens a context of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def claim(self, *, channel: Channel, limit: int, lease_seconds: float) -> Claim:
        """See `push.queue.Queue.claim`. What turns out to be undeliverable is dropped here and not handed out."""

        def take(session: Session) -> Taken:
            return take_due(session, channel=channel, limit=limit, lease_seconds=lease_seconds)

        def ready(session: Session) -> list[Delivery]:
            deliveries, undeliverable = make_ready(session, taken.attempts)
            _drop(session, undeliverable)
            return deliveries

        taken = self._run(take)
        # In a transaction of its own, so that nobody waits at the channel's row for decryption and rendering.
        deliveries = self._run(ready) if taken.attempts else []
        return Claim(deliveries, taken.pause_ends_in_seconds)

    def begin(self, deliveries: Sequence[Delivery], *, lease_seconds: float) -> Set[UUID]:
        """See `push.queue.Queue.begin`."""
        attempts = _attempts(deliveries)
        return self._run(lambda session: _begin(session, attempts, lease_seconds)) if attempts else set()

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """See `push.queue.Queue.settle`."""
        if settlements:
            self._run(lambda session: _settle(session, settlements))

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """See `push.queue.Queue.release`."""
        attempts = _attempts(deliveries)
        values = {"ids": list(attempts), "attempt_ids": list(attempts.values())}
        self._run(lambda session: driver_connection(session).execute(_RELEASE, values))

    def recover(self, *, channel: Channel) -> int:
        """See `push.queue.Queue.recover`."""
        return self._run(lambda session: _recover(session, channel))

    def pause(self, *, channel: Channel, seconds: float) -> None:
        """See `push.queue.Queue.pause`."""
        now = system_now()
        values = {"channel": channel.value, "until": now + timedelta(seconds=seconds), "now": now}
        self._run(lambda session: driver_connection(session).execute(_PAUSE, values))

    def alarm(self, *, channel: Channel, problem: str) -> None:
        """See `push.queue.Queue.alarm`."""
        self._run(lambda session: _alarm(session, channel, problem))

    def all_clear(self, *, channel: Channel) -> None:
        """See `push.queue.Queue.all_clear`."""
        clear = "UPDATE delivery_channels SET problem = NULL, problem_since = NULL WHERE channel = %(channel)s"
        self._run(lambda session: driver_connection(session).execute(clear, {"channel": channel.value}))

    def _run(self, work: Callable[[Session], Result]) -> Result:
        with self._app.app_context():
            return run_transaction(work)


def _attempts(deliveries: Sequence[Delivery]) -> dict[UUID, UUID]:
    return {delivery.id: delivery.attempt_id for delivery in deliveries}


def _begin(session: Session, attempts: Mapping[UUID, UUID], lease_seconds: float) -> set[UUID]:
    rows = judging.candidates(session, attempts)
    if not rows:
        return set()
    verdicts = judging.judge(session, rows)
    now = system_now()
    connection = driver_connection(session)
    connection.execute(
        _WRITE_VERDICTS,
        {
            "now": now,
            "lease_until": now + timedelta(seconds=lease_seconds),
            "ids": list(verdicts),
            "states": [verdict.state for verdict in verdicts.values()],
            "due_ats": [verdict.due_at for verdict in verdicts.values()],
            "details": [verdict.detail for verdict in verdicts.values()],
        },
    )
    begun = [row for row in rows if verdicts[row.id].state == "sending"]
    told = [row for row in begun if row.broadcast_id is not None]
    if told:
        values = {
            "now": business_now(),
            "ids": [row.source_id for row in told],
            "member_ids": [row.member_id for row in told],
            "broadcast_ids": [row.broadcast_id for row in told],
        }
        connection.execute(_TELL_BROADCAST, values)
    for broadcast_id, unused in sorted(judging.not_begun_by_broadcast(rows, verdicts).items()):
        refund = "UPDATE broadcasts SET credit = credit + %(unused)s WHERE id = %(id)s"
        connection.execute(refund, {"unused": unused, "id": broadcast_id})
    return {row.id for row in begun}


def _settle(session: Session, settlements: Sequence[Settlement]) -> None:
    connection = driver_connection(session)
    values: dict[str, Any] = {
        "now": system_now(),
        "due_from": business_now(),
        "ids": [settlement.delivery_id for settlement in settlements],
        "attempt_ids": [settlement.attempt_id for settlement in settlements],
        "states": [settlement.state.value for settlement in settlements],
        "repeats": [settlement.repeats for settlement in settlements],
        "details": [settlement.detail for settlement in settlements],
        "provider_message_ids": [settlement.provider_message_id for settlement in settlements],
        "retries": [settlement.retry_in_seconds for settlement in settlements],
    }
    written = {row[0]: row for row in connection.execute(_SETTLE, values)}
    over = [row[1] for row in written.values() if row[3] != State.QUEUED.value]
    connection.execute("DELETE FROM addressed_messages WHERE id = ANY(%(ids)s::uuid[])", {"ids": over})
    missed = [row[1] for row in written.values() if row[4] and row[3] == State.FAILED.value]
    if missed:
        connection.execute(_FREE_SLOTS, {"source_ids": missed})
    for settlement in settlements:
        row = written.get(settlement.delivery_id)
        if settlement.device_gone and row is not None and row[2] is not None:
            members.forget_push_address(session, device_id=row[2], registered_before=row[5] or system_now())


def _drop(session: Session, undeliverable: Sequence[Undeliverable]) -> None:
    if not undeliverable:
        return
    driver_connection(session).execute(
        """
        UPDATE deliveries SET state = over.state, detail = over.detail, lease_until = NULL, settled_at = %(now)s
        FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[], %(states)s::text[], %(details)s::text[])
            AS over (id, attempt_id, state, detail)
        WHERE deliveries.id = over.id AND deliveries.attempt_id = over.attempt_id AND deliveries.state = 'claimed'
        """,
        {
            "now": system_now(),
            "ids": [row.delivery_id for row in undeliverable],
            "attempt_ids": [row.attempt_id for row in undeliverable],
            "states": [row.state for row in undeliverable],
            "details": [row.detail for row in undeliverable],
        },
    )


def _recover(session: Session, channel: Channel) -> int:
    connection = driver_connection(session)
    now = system_now()
    rows = connection.execute(_LEFT_BEHIND, {"channel": channel.value, "now": now}).fetchall()
    states: list[str] = []
    repeats: list[int] = []
    retries: list[float] = []
    for _id, state, repeated, may_repeat in rows:
        lost_in_flight = state == "sending"
        repeated += lost_in_flight
        again = not lost_in_flight or (may_repeat and repeated <= REPEATS_MAX)
        states.append("queued" if again else "unknown")
        repeats.append(repeated)
        retries.append(backoff_seconds(repeated) if lost_in_flight and again else 0.0)
    if rows:
        values = {"ids": [row[0] for row in rows], "states": states, "repeats": repeats, "retries": retries}
        connection.execute(_TAKE_UP, values | {"now": now, "due_from": business_now()})
    return len(rows)


def _alarm(session: Session, channel: Channel, problem: str) -> None:
    connection = driver_connection(session)
    connection.execute(_ALARM, {"channel": channel.value, "problem": problem, "now": system_now()})
    halt = "UPDATE broadcasts SET running = false WHERE channel = %(channel)s AND running RETURNING id"
    halted = [row[0] for row in connection.execute(halt, {"channel": channel.value})]
    if halted:
        publish(session, BroadcastsHalted(halted, problem))
