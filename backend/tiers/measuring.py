"""What a ladder measures of members: spending, earned points, days with a purchase, or rewarded friends."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.ladder import Span, span_of
from backend.programmes.programme import Programme, Window
from backend.shared.db import Promise, as_rows, driver_connection
from backend.shops.queries import the_shop
from backend.tiers.statements import POINTS, REFERRALS, SPEND, VISITS

STATEMENTS = {"spend": SPEND, "points": POINTS, "visits": VISITS, "referrals": REFERRALS}


def measure(
    session: Session,
    member_ids: Collection[UUID],
    programme: Programme,
    *,
    window: Window,
    at: datetime,
    what: str | None = None,
) -> dict[UUID, int]:
    """What each member has in the window as of this moment, in the unit of the measure: minor units, points, days or
    friends. `what` is the ladder's measure where nothing else is asked for.
    """
    members, span = sorted(member_ids), span_of(window, at, the_shop(session).zone)
    measured = measure_spans(session, programme, [(member_id, span) for member_id in members], what=what)
    return dict(zip(members, measured, strict=True))


def measure_spans(
    session: Session, programme: Programme, asked: Sequence[tuple[UUID, Span]], *, what: str | None = None
) -> list[int]:
    """What each of these members has in each of these spans, in their order; one statement. As of a span's end: what
    came back later is not missing yet.
    """
    return ask_spans(session, programme, asked, what=what)()


def ask_spans(
    session: Session,
    programme: Programme,
    asked: Sequence[tuple[UUID, Span]],
    *,
    what: str | None = None,
    zone: str | None = None,
) -> Promise[list[int]]:
    """`measure_spans`, for `sent_together`; then `zone` is the shop's, which may not be read inside."""
    measure = what or (programme.tiers.measure if programme.tiers else "spend")
    rows = [
        {"number": number, "member_id": member_id, "since": span.since, "until": span.until}
        for number, (member_id, span) in enumerate(asked)
    ]
    facts = {"asked": as_rows(rows), "currency": programme.currency, "programme": programme.programme}
    if measure == "visits":
        facts["zone"] = zone or the_shop(session).zone
    found = driver_connection(session).execute(STATEMENTS[measure], facts, prepare=True)
    return lambda: [row[1] for row in found]
