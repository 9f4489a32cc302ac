"""Whole memberships made anew: of a version that was just written, and of every segment within the hour.

Time alone moves people (nobody is touched when a purchase becomes older than ninety days), and whatever a touch might
have missed is put right. The difference is written in one transaction; until then the old membership stays whole.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from backend.segments import queries
from backend.segments.compiling import matching
from backend.segments.living import LivingSegment, living, take_lock
from backend.segments.models import Segment
from backend.segments.service import WORK_MEMORY
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection

EVERY = timedelta(hours=1)

_DIFFERENCE = """
WITH matched AS MATERIALIZED ({matching}), gone AS (
    DELETE FROM segment_members AS inside
    WHERE inside.segment_id = %(segment_id)s
      AND NOT EXISTS (SELECT FROM matched WHERE matched.id = inside.member_id)
    RETURNING 1
), come AS (
    INSERT INTO segment_members (segment_id, member_id, since)
    SELECT %(segment_id)s, matched.id, %(at)s FROM matched
    WHERE NOT EXISTS (
        SELECT FROM segment_members AS inside
        WHERE inside.segment_id = %(segment_id)s AND inside.member_id = matched.id
    )
    RETURNING 1
)
SELECT (SELECT count(*) FROM matched), (SELECT count(*) FROM come), (SELECT count(*) FROM gone)
"""


def next_due(session: Session) -> datetime | None:
    """When the next segment is to be made anew (business time)."""
    return session.scalar(select(func.min(Segment.recompute_at)).where(Segment.archived_at.is_(None)))


def recompute_next(session: Session, now: datetime) -> int:
    """Makes one segment anew that is due, those that others nest before these; how many."""
    if take_lock(session) is None:
        return 0
    segments = living(session)
    due = next((segment for segment in segments if segment.recompute_at <= now), None)
    if due is None:
        return 0
    if due.tree is None:
        _postpone(session, due)
        return 1
    if _recompute(session, due):
        _hurry(session, [one for one in segments if one.tree is not None and due.code in one.tree.segments])
    return 1


def _recompute(session: Session, due: LivingSegment) -> bool:
    """Whether anybody came or went."""
    if due.tree is None:
        raise AssertionError("Only a tree that can be asked is computed.")
    moment = queries.moment_now(session)
    session.execute(text("SELECT set_config('work_mem', :memory, true)"), {"memory": WORK_MEMORY})
    matched = matching(due.tree.rule, moment=moment, system_now=system_now())
    statement = _DIFFERENCE.format(matching=matched.text)
    row = (
        driver_connection(session).execute(statement.encode(), {**matched.parameters, "segment_id": due.id}).fetchone()
    )
    found, come, gone = row or (0, 0, 0)
    session.execute(
        update(Segment)
        .where(Segment.id == due.id)
        .values(members_count=found, computed_version=due.version, computed_at=moment.at)
    )
    _postpone(session, due)
    return bool(come or gone)


def _postpone(session: Session, done: LivingSegment) -> None:
    # Whoever has written another version meanwhile wants it computed at once.
    is_newest = (Segment.id == done.id) & (Segment.version == done.version)
    session.execute(update(Segment).where(is_newest).values(recompute_at=business_now() + EVERY))


def _hurry(session: Session, nesting: Sequence[LivingSegment]) -> None:
    """Those that nest what has just changed come next."""
    ids = [segment.id for segment in nesting]
    now = business_now()
    session.execute(update(Segment).where(Segment.id.in_(ids), Segment.recompute_at > now).values(recompute_at=now))
