"""Telling members what burns soon: a week ahead, at ten in the morning of the shop, once for each day of burning.

Lots are gone through in the order in which they burn, and each batch notes how far it came, so that the next goes on
there. A lot whose day moves later is met again and told with its new day; one that was credited with less than a week
to live is not told: its credit was.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.ledger import queries
from backend.members import queries as members
from backend.notifications.service import NewMessage, tell
from backend.shared import formatting
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shops.queries import the_shop

JOB = "ledger_burning_notices"
KIND = "points_expiring"
AHEAD = timedelta(days=7)
TOLD_AT = time(10)
BATCH_LOTS = 1_000
BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))

_PROGRESS = "SELECT told_until, place FROM ledger_progress WHERE job = %(job)s"
_KEEP = """
INSERT INTO ledger_progress (job, worked_at, told_until, place) VALUES (%(job)s, %(at)s, %(told_until)s, %(place)s)
ON CONFLICT (job) DO UPDATE SET worked_at = excluded.worked_at, told_until = excluded.told_until, place = excluded.place
"""
# Time stands still in a frozen book, and what has burnt meanwhile is too late to tell.
_TO_TELL = """
SELECT expires_at, transaction_id, member_id FROM ledger_lots AS lot
WHERE state = 'available' AND points_remaining > 0
  AND (expires_at, transaction_id) > (%(told_until)s, %(place)s) AND expires_at > %(now)s
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = lot.member_id AND frozen_at IS NOT NULL)
ORDER BY expires_at, transaction_id
LIMIT %(limit)s
"""
_BURNING = """
SELECT member_id, (expires_at AT TIME ZONE %(zone)s)::date AS burns_on, min(expires_at), sum(points_remaining)::bigint
FROM ledger_lots
WHERE member_id = ANY(%(member_ids)s::uuid[]) AND state = 'available' AND points_remaining > 0
  AND expires_at BETWEEN %(first)s - interval '2 days' AND %(last)s + interval '2 days'
GROUP BY member_id, burns_on
ORDER BY member_id, burns_on
"""


def next_notice(session: Session) -> datetime | None:
    """When the first of what is not told yet is to be told."""
    lots = _to_tell(session, limit=1)
    return _notice_at(lots[0][0], zone=the_shop(session).zone) if lots else None


def tell_due(session: Session, now: datetime) -> int:
    """Tells the members of the lots whose notice is due at `now`, one batch, what burns first before others; how many
    lots that was.
    """
    zone = the_shop(session).zone
    lots = [lot for lot in _to_tell(session, limit=BATCH_LOTS) if _notice_at(lot[0], zone=zone) <= now]
    if not lots:
        return 0
    days = {(member_id, formatting.day_in(expires_at, zone)) for expires_at, _lot_id, member_id in lots}
    living = members.living(session, {member_id for member_id, _day in days})
    available = queries.available_points(session, list(living))
    tell(
        session,
        [
            NewMessage(
                member_id=member_id,
                kind=KIND,
                facts={"points": points, "burns_at": burns_at.isoformat(), "available": available[member_id]},
                natural_key=f"{KIND}:{member_id}:{burns_on.isoformat()}",
            )
            for member_id, burns_on, burns_at, points in _burning(session, living, lots[0][0], lots[-1][0], zone=zone)
            if (member_id, burns_on) in days
        ],
    )
    told_until, place, _member_id = lots[-1]
    progress = {"job": JOB, "at": system_now(), "told_until": told_until, "place": place}
    driver_connection(session).execute(_KEEP, progress, prepare=True)
    return len(lots)


def _to_tell(session: Session, *, limit: int) -> list[tuple[datetime, UUID, UUID]]:
    connection = driver_connection(session)
    told_until, place = connection.execute(_PROGRESS, {"job": JOB}, prepare=True).fetchone() or BEGINNING
    parameters = {"told_until": told_until, "place": place, "now": business_now(), "limit": limit}
    return connection.execute(_TO_TELL, parameters, prepare=True).fetchall()


def _burning(
    session: Session, member_ids: Collection[UUID], first: datetime, last: datetime, *, zone: str
) -> list[tuple[UUID, date, datetime, int]]:
    parameters: dict[str, Any] = {"member_ids": list(member_ids), "first": first, "last": last, "zone": zone}
    return driver_connection(session).execute(_BURNING, parameters, prepare=True).fetchall()


def _notice_at(burns_at: datetime, *, zone: str) -> datetime:
    day = formatting.day_in(burns_at, zone) - AHEAD
    return datetime.combine(day, TOLD_AT, ZoneInfo(zone))
