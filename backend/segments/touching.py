"""Memberships kept up as members are touched.

New rows of the features (receipts, transactions, …) are found by their ids, which are made in order of time, a second
or two after they were committed; nothing is written where they are made. A row whose transaction took long is committed
after later ones were seen: so the last minute is looked through again every some seconds. Each row is taken in once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.segments import queries, service
from backend.segments.catalogue import catalogue
from backend.segments.judging import holds
from backend.segments.living import LivingSegment, living, take_lock
from backend.segments.models import Segment, SegmentProgress
from backend.shared.clock import system_now
from backend.shared.db import driver_connection
from backend.shared.ids import earlier, id_floor

MEMBERS_MAXIMUM = 1_000
TOUCHES_MAXIMUM = 4 * MEMBERS_MAXIMUM
OVERLAP_SECONDS = 2.0
"""What was committed out of order by so little is found at the next look."""
LATE_SECONDS = 60.0
"""So long a transaction may take from making its ids to its commit."""
LOOK_BACK_SECONDS = 15.0
"""So often the last minute is looked through again, while anything happens."""

_ANYTHING_NEW = """
SELECT EXISTS (SELECT FROM segment_touches WHERE done_at IS NULL) OR EXISTS (
    SELECT FROM ({rows}) AS touch
    WHERE touch.member_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM segment_touches AS known WHERE known.id = touch.id AND known.member_id = touch.member_id
    )
)
"""
_COLLECT = """
INSERT INTO segment_touches (id, member_id)
SELECT touch.id, touch.member_id FROM ({rows}) AS touch WHERE touch.member_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
_OPEN = "SELECT id, member_id FROM segment_touches WHERE done_at IS NULL ORDER BY id LIMIT %s"
_DONE = """
UPDATE segment_touches AS touch SET done_at = %(now)s
FROM unnest(%(ids)s::uuid[], %(member_ids)s::uuid[]) AS done (id, member_id)
WHERE touch.id = done.id AND touch.member_id = done.member_id
"""
_FORGET = "DELETE FROM segment_touches WHERE id < %s AND done_at IS NOT NULL"
_INSIDE = "SELECT member_id, segment_id FROM segment_members WHERE member_id = ANY(%s)"
_COME = """
INSERT INTO segment_members (segment_id, member_id, since)
SELECT segment_id, member_id, %(since)s FROM unnest(%(segment_ids)s::uuid[], %(member_ids)s::uuid[])
    AS new (segment_id, member_id)
"""
_GO = """
DELETE FROM segment_members AS inside USING unnest(%(segment_ids)s::uuid[], %(member_ids)s::uuid[])
    AS gone (segment_id, member_id)
WHERE inside.segment_id = gone.segment_id AND inside.member_id = gone.member_id
"""


def anything_new(session: Session) -> bool:
    """Whether there are touches to be worked on, or rows to be looked at."""
    if session.scalar(select(Segment.id).where(Segment.archived_at.is_(None)).limit(1)) is None:
        return False
    progress = session.get(SegmentProgress, 1, populate_existing=True)
    if progress is None:
        return False
    if _looks_back(progress):
        return True
    floor = earlier(progress.collected, seconds=OVERLAP_SECONDS)
    row = driver_connection(session).execute(_ANYTHING_NEW.format(rows=_rows()).encode(), {"floor": floor}).fetchone()
    return bool(row and row[0])


def work(session: Session) -> int:
    """Collects touches, and takes the next members through all segments, in one transaction; how many members."""
    progress = take_lock(session)
    if progress is None:
        return 0
    _collect(session, progress)
    touches = driver_connection(session).execute(_OPEN, (TOUCHES_MAXIMUM,), prepare=True).fetchall()
    member_ids = list(dict.fromkeys(member_id for _id, member_id in touches))[:MEMBERS_MAXIMUM]
    if not member_ids:
        return 0
    keep_up(session, member_ids)
    chosen = set(member_ids)
    done = [(id_, member_id) for id_, member_id in touches if member_id in chosen]
    parameters = {"now": system_now(), "ids": [one[0] for one in done], "member_ids": [one[1] for one in done]}
    driver_connection(session).execute(_DONE, parameters, prepare=True)
    return len(member_ids)


def keep_up(session: Session, member_ids: Sequence[UUID]) -> None:
    """Puts these members into the segments that hold for them now, and takes them out of the others."""
    segments, moment = living(session), queries.moment_now(session)
    inside = _inside(session, member_ids)
    codes = {segment.id: segment.code for segment in segments}
    # The membership of one that waits to be computed anew stays as it is, whole, until then.
    kept_up = [segment for segment in segments if segment.is_computed and segment.tree is not None]
    trees = [segment.tree for segment in kept_up if segment.tree is not None]
    values = service.values_of(session, trees, member_ids, moment)
    changes = _Changes()
    for member_id in member_ids:
        were_in = {codes[segment_id] for segment_id in inside.get(member_id, ()) if segment_id in codes}
        are_in, known = set(were_in), values.get(member_id)
        for segment in kept_up:
            # Whoever is not there any more is in nothing.
            holds_now = (
                known is not None and segment.tree is not None and holds(segment.tree.rule, known, are_in, moment)
            )
            if holds_now != (segment.code in were_in):
                changes.note(segment, member_id, comes=holds_now)
            (are_in.add if holds_now else are_in.discard)(segment.code)
    changes.write(session, at=moment.at)


@dataclass
class _Changes:
    come: list[tuple[UUID, UUID]] = field(default_factory=list)
    go: list[tuple[UUID, UUID]] = field(default_factory=list)

    def note(self, segment: LivingSegment, member_id: UUID, *, comes: bool) -> None:
        (self.come if comes else self.go).append((segment.id, member_id))

    def write(self, session: Session, *, at: datetime) -> None:
        connection = driver_connection(session)
        for statement, pairs in ((_COME, self.come), (_GO, self.go)):
            if pairs:
                parameters = {"segment_ids": [one[0] for one in pairs], "member_ids": [one[1] for one in pairs]}
                connection.execute(statement, parameters | {"since": at}, prepare=True)
        counts: dict[UUID, int] = {}
        for sign, pairs in ((1, self.come), (-1, self.go)):
            for segment_id, _member_id in pairs:
                counts[segment_id] = counts.get(segment_id, 0) + sign
        for segment_id in sorted(counts):
            connection.execute(
                "UPDATE segments SET members_count = members_count + %s WHERE id = %s",
                (counts[segment_id], segment_id),
                prepare=True,
            )


def touch(session: Session, *, ids: Iterable[UUID], member_ids: Iterable[UUID]) -> None:
    """Notes that something about these members is not as it was, in the transaction that changed it."""
    driver_connection(session).execute(
        """
        INSERT INTO segment_touches (id, member_id)
        SELECT new.id, new.member_id FROM unnest(%(ids)s::uuid[], %(member_ids)s::uuid[]) AS new (id, member_id)
        WHERE EXISTS (SELECT FROM segments WHERE archived_at IS NULL)
        """,
        {"ids": list(ids), "member_ids": list(member_ids)},
        prepare=True,
    )


def _collect(session: Session, progress: SegmentProgress) -> None:
    """Takes in the rows that appeared since the last look, and every some seconds those that were committed late."""
    connection, now = driver_connection(session), id_floor()
    looks_back = _looks_back(progress)
    floor = (
        earlier(progress.looked_back, seconds=LATE_SECONDS)
        if looks_back
        else earlier(progress.collected, seconds=OVERLAP_SECONDS)
    )
    taken = connection.execute(_COLLECT.format(rows=_rows()).encode(), {"floor": floor}).rowcount
    if looks_back:
        progress.looked_back = now
        # Nobody looks further back than this any more.
        connection.execute(_FORGET, (earlier(now, seconds=LATE_SECONDS + OVERLAP_SECONDS),), prepare=True)
    if taken:
        progress.busy = now
    progress.collected = now
    session.flush()


def _looks_back(progress: SegmentProgress) -> bool:
    """Whether it is time to look for late commits: some seconds after the last time, while anything may come late."""
    is_time = progress.looked_back < id_floor(seconds_ago=LOOK_BACK_SECONDS)
    return is_time and progress.looked_back < _later(progress.busy, seconds=LATE_SECONDS)


def _later(floor: UUID, *, seconds: float) -> UUID:
    return earlier(floor, seconds=-seconds)


def _rows() -> str:
    return " UNION ALL ".join(f"({touches.rows})" for touches in catalogue().touches)


def _inside(session: Session, member_ids: Sequence[UUID]) -> Mapping[UUID, set[UUID]]:
    inside: dict[UUID, set[UUID]] = {}
    rows = driver_connection(session).execute(_INSIDE, (list(member_ids),), prepare=True)
    for member_id, segment_id in rows:
        inside.setdefault(member_id, set()).add(segment_id)
    return inside
