"""Referrals of the past for reports: visits, friends who joined by a channel, and purchases, each at its moment."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.referrals import service
from backend.referrals.codes import NO_ORIGIN, Origin
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from tests.factories.referrals import bound, buys, joins


def opens(session: Session, advocate_id: UUID, *, people: int, channel: str = "qr", origin: Origin = NO_ORIGIN) -> None:
    """So many people open the advocate's link now."""
    moment = business_now()
    code = service.own_code(session, member_id=advocate_id, at=moment)
    for _ in range(people):
        service.count_visit(session, code=code, channel=channel, origin=origin, day=moment.date())


def brings(session: Session, advocate_id: UUID, *, channel: str = "qr", amount_minor: int | None = None) -> UUID:
    """A friend joins now and, where an amount is given, buys for it; who it is."""
    friend_id = joins(session)
    bound(session, advocate_id=advocate_id, friend_id=friend_id, channel=channel)
    if amount_minor is not None:
        decision = buys(session, friend_id, amount_minor=amount_minor)
        if decision is not None and decision.verdict.outcome == "reward":
            gives(session, friend_id)
        spends(session, friend_id, amount_minor)
    return friend_id


def spends(
    session: Session, member_id: UUID, amount_minor: int, *, returned_minor: int = 0, store_id: UUID | None = None
) -> None:
    """A receipt of the member now, and how much of it came back; nothing else happens."""
    where = store_id or session.execute(text("SELECT id FROM stores ORDER BY code LIMIT 1")).scalar_one()
    session.execute(
        text(
            "INSERT INTO receipts (id, store_id, external_id, member_id, occurred_at, recorded_at, currency,"
            " total_amount_minor, returned_amount_minor, source, content_hash, answer)"
            " VALUES (:id, :store, :number, :member, :now, :now, 'RUB', :total, :returned, 'till', '', '{}')"
        ),
        {
            "id": new_id(),
            "store": where,
            "number": new_id().hex,
            "member": member_id,
            "now": business_now(),
            "total": amount_minor,
            "returned": returned_minor,
        },
    )


def gives(
    session: Session, friend_id: UUID, *, points: int = 200, reward: str = "referral", state: str = "given"
) -> None:
    """What a till keeps of the two rewards of the qualifying purchase; the book has nothing of it."""
    session.execute(
        text(
            "INSERT INTO referral_rewards (id, referral_id, reward, side, member_id, event, state, points,"
            " transaction_id, occurrence, at, wording, facts)"
            " SELECT gen_random_uuid(), id, :reward, side, CASE side WHEN 'friend' THEN friend_id ELSE advocate_id"
            " END, 'qualifying', :state, :points, gen_random_uuid(), 1, :now, 'referral.friend', '{}'"
            " FROM referrals, unnest(ARRAY['advocate', 'friend']) AS side WHERE friend_id = :friend"
        ),
        {"friend": friend_id, "points": points, "reward": reward, "state": state, "now": business_now()},
    )
