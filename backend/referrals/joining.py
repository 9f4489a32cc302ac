"""What joining by an invitation brings, where the programme says so: in the transaction that binds the friend."""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.ledger import service as ledger
from backend.programmes import earning
from backend.programmes.conditions.condition import Sight
from backend.programmes.engine.budgeting import UNLIMITED
from backend.programmes.engine.facts import NOBODY_ASKED, StoreFacts
from backend.programmes.programme import Programme
from backend.referrals import plans, progress, rewarding
from backend.referrals.coupons import give_coupons
from backend.referrals.facts import OpenReferral
from backend.referrals.messages import tell_rewards
from backend.referrals.plans import EventFacts
from backend.referrals.progress import Concerned
from backend.referrals.rewarding import NewReward, Occasion
from backend.shops.queries import the_shop

NOWHERE = StoreFacts()


def is_rewarded(programme: Programme | None) -> bool:
    """Whether joining brings anything."""
    referral = programme.referral if programme else None
    return referral is not None and any(reward.on == "join" for reward in referral.rewards)


def reward_joining(
    session: Session, referral: OpenReferral, programme: Programme, *, at: datetime, store: StoreFacts = NOWHERE
) -> None:
    """Gives what joining brings to each side. `store` is where the friend was enrolled, where it was at a till."""
    given = budgets.in_this_transaction(session, lambda: _give(session, referral, programme, at=at, store=store))
    tell_rewards(session, given)


def _give(
    session: Session, referral: OpenReferral, programme: Programme, *, at: datetime, store: StoreFacts
) -> list[NewReward]:
    plan = programme.referral.plan if programme.referral else ()
    sides = {reward.to for reward in plan if reward.on == "join"}
    members = {member_id for side in sides if (member_id := referral.member_id(side)) is not None}
    books = ledger.open_books(session, members)
    opened = budgets.open_budgets(session, [programme], books, at=at)
    concerned = Concerned(referral=referral, terms=programme, at=at)
    so_far = progress.load(session, [concerned], receipt_ids=())
    sight = Sight(store=store, member=NOBODY_ASKED)
    facts = EventFacts(
        event="join",
        at=at,
        joined_at=referral.joined_at,
        point_value_minor=programme.point_value_minor,
        has_second_advocate=referral.second_advocate_id is not None,
        had=so_far.had_by(referral, plan, at=at),
        holds=lambda reward: reward.when is None or reward.when.holds(sight),
    )
    zone = the_shop(session).zone if earning.needs_zone(programme) else None
    occasion = Occasion(terms=programme, at=at, zone=zone)
    rows = []
    for one in plans.due(plan, facts):
        member_id = referral.member_id(one.reward.to)
        if member_id not in books:
            continue
        view = opened.view(programme, member_id) if programme.budgets else UNLIMITED
        row = rewarding.give(occasion, referral, one, book=books[member_id], view=view)
        rows += [row] if row is not None else []
    ledger.write(session, books.values())

    def instead(row: NewReward, terms: Programme) -> bool:
        view = opened.view(terms, row.member_id) if terms.budgets else UNLIMITED
        return rewarding.enter(row, terms, book=books[row.member_id], view=view, at=at, zone=zone)

    if give_coupons(session, [(row, programme) for row in rows if row.is_coupon], instead=instead):
        ledger.write(session, books.values())
    budgets.write(session, opened)
    rewarding.store(session, rows)
    return rows
