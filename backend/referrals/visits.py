"""Counting who opens a link: once for each person, as far as that can be known without knowing the person.

A browser with cookies knows itself which links it opened. For one without, a keyed digest of address, browser and code
is kept for the day. Two people behind one address with one kind of browser are one then: a count errs on the low side.
"""

import hashlib
import hmac
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.referrals.codes import NO_ORIGIN, Origin
from backend.referrals.models import ReferralVisitor
from backend.referrals.statements import COUNT_VISIT, FORGET_VISITORS, NOTE_VISITOR
from backend.shared.db import driver_connection
from backend.shared.formatting import day_in
from backend.shared.jobs import Job
from backend.shops.queries import find_shop

CAMPAIGNS_A_DAY_MAXIMUM = 50
DIGEST_BYTES = 16
FORGOTTEN_AT_ONCE = 5_000
PURPOSE = "referral visitors"


def count_visitor(
    session: Session,
    *,
    code: str,
    channel: str,
    origin: Origin = NO_ORIGIN,
    network_address: str,
    user_agent: str,
    day: date,
) -> None:
    """Somebody whose browser remembers nothing of it opened the link of an existing code; counted once a day."""
    if _is_first_today(session, code=code, network_address=network_address, user_agent=user_agent, day=day):
        count_visit(session, code=code, channel=channel, origin=origin, day=day)


def count_visit(session: Session, *, code: str, channel: str, day: date, origin: Origin = NO_ORIGIN) -> None:
    """One more person opened the link of an existing code through this channel on this day."""
    driver_connection(session).execute(
        COUNT_VISIT,
        {
            "code": code,
            "channel": channel,
            "link_slug": origin.link_slug or "",
            "utm_campaign": origin.utm_campaign or "",
            "campaigns_maximum": CAMPAIGNS_A_DAY_MAXIMUM,
            "day": day,
        },
    )


def _is_first_today(session: Session, *, code: str, network_address: str, user_agent: str, day: date) -> bool:
    """Whether nobody from this address with this browser has opened the code's link today; from now on, somebody has.

    The key lies outside the database and turns with the day: the digests of two days have nothing in common.
    """
    facts = "\0".join((day.isoformat(), code, network_address, user_agent)).encode()
    key: bytes = current_app.config["MOLVA"].derived_key(PURPOSE)
    visitor = hmac.new(key, facts, hashlib.sha256).digest()[:DIGEST_BYTES]
    noted = driver_connection(session).execute(NOTE_VISITOR, {"day": day, "visitor": visitor})
    return bool(noted.rowcount)


def _next_due(session: Session) -> datetime | None:
    shop, day = find_shop(session), session.scalar(select(func.min(ReferralVisitor.day)))
    if shop is None or day is None:
        return None
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(shop.zone))


def _forget(session: Session, now: datetime) -> int:
    shop = find_shop(session)
    if shop is None:
        return 0
    facts = {"today": day_in(now, shop.zone), "limit": FORGOTTEN_AT_ONCE}
    return driver_connection(session).execute(FORGET_VISITORS, facts).rowcount


FORGET_VISITORS_OF_YESTERDAY = Job(name="referrals.forget_visitors", clock="business", next_due=_next_due, run=_forget)
