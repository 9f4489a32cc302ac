"""Entering rewards that are due: points into books and budgets, rows into what referrals brought.

Whoever calls has locked the books and opened the budgets, and writes both with `store`. Coupons come after that: the
counts of the catalogue are locked last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger.book import Book, Cause
from backend.programmes import earning
from backend.programmes.engine.budgeting import UNLIMITED, BudgetView, grant, is_over
from backend.programmes.engine.plan import plan_of
from backend.programmes.programme import Programme
from backend.programmes.referral import ReferralReward
from backend.referrals.facts import OpenReferral
from backend.referrals.plan_statements import ADD_REWARDS
from backend.referrals.plans import DueReward, natural_key, part_of
from backend.shared.clock import system_now
from backend.shared.db import as_rows, driver_connection
from backend.shared.ids import new_id

TITLED = "referral.titled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What brings rewards, and by whose terms. `friend_facts` are told to the friend alone: the advocate does not learn
    where a friend buys and for how much.
    """

    terms: Programme
    at: datetime
    zone: str | None
    receipt_id: UUID | None = None
    friend_facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class NewReward:
    """A row of what referrals brought, before it is stored; its fields are the table's columns."""

    referral_id: UUID
    reward: str
    side: str
    member_id: UUID
    event: str
    state: str
    points: int | None
    receipt_id: UUID | None
    occurrence: int
    at: datetime
    wording: str
    facts: dict[str, Any]
    id: UUID = field(default_factory=new_id)
    order_id: UUID | None = None
    transaction_id: UUID | None = None

    @property
    def is_coupon(self) -> bool:
        """Whether a coupon is to be given for it."""
        return "coupon" in self.facts


def give(
    occasion: Occasion, referral: OpenReferral, one: DueReward, *, book: Book, view: BudgetView = UNLIMITED
) -> NewReward | None:
    """Enters the points of a reward, as far as budgets let through; None where they let nothing. The points of a coupon
    wait until it is known whether there is one.
    """
    row = new_reward(occasion, referral, one, state="given")
    if row.is_coupon:
        return row
    return row if enter(row, occasion.terms, book=book, view=view, at=occasion.at, zone=occasion.zone) else None


def new_reward(occasion: Occasion, referral: OpenReferral, one: DueReward, *, state: str) -> NewReward:
    """The row of a reward that is due, in this state; nothing is entered."""
    reward, terms = one.reward, occasion.terms
    member_id = referral.member_id(reward.to)
    if member_id is None:
        raise ValueError(f"Nobody stands on the side {reward.to} of the referral {referral.id}.")
    facts = _facts(occasion, one)
    facts |= {"programme": terms.programme, "programme_version": terms.version, "terms": terms.variant}
    return NewReward(
        referral_id=referral.id,
        reward=reward.reward,
        side=reward.to,
        member_id=member_id,
        event=reward.on,
        state=state,
        points=one.points or None,
        receipt_id=occasion.receipt_id,
        occurrence=one.occurrence,
        at=occasion.at,
        wording=wording_of(reward),
        facts=facts,
    )


def enter(
    row: NewReward,
    terms: Programme,
    *,
    book: Book,
    view: BudgetView,
    at: datetime,
    zone: str | None,
    available_from: datetime | None = None,
    key_suffix: str = "",
) -> bool:
    """Enters the row's points into its member's book, as many as budgets let through; whether any were. They become
    available when the return window of `at` is over, but not before `available_from`, where that is given.
    """
    reward = reward_of(terms, row)
    if row.points is None or is_over(plan_of(terms).stopping_budgets, view):
        return False
    granted = grant(row.points, terms.budgets_of_reward(reward), view)
    if granted.points == 0:
        return False
    available = max(earning.available_at(terms, at), available_from or at)
    row.points = granted.points
    row.facts |= {"points": granted.points, "available_at": available.isoformat()}
    if granted.taken:
        row.facts["budgets"] = granted.taken
    cause = Cause(
        natural_key=natural_key(row.referral_id, part_of(reward), row.occurrence) + key_suffix,
        effective_at=available_from or at,
        recorded_at=system_now(),
        wording=row.wording,
        facts=facts_of(row),
        programme=terms.programme,
        programme_version=terms.version,
        rule=row.reward,
        receipt_id=row.receipt_id,
        referral_id=row.referral_id,
    )
    expires = earning.expires_at(terms, available, zone=zone)
    row.transaction_id = book.accrue(cause, points=granted.points, available_at=available, expires_at=expires).id
    return True


def store(session: Session, rows: Sequence[NewReward]) -> None:
    """Keeps rows; one statement, which may be sent together with others."""
    if rows:
        driver_connection(session).execute(
            ADD_REWARDS, {"rewards": as_rows([asdict(row) for row in rows])}, prepare=True
        )


def facts_of(row: NewReward) -> dict[str, Any]:
    """The facts that explain a row, as a transaction keeps them."""
    return {name: fact for name, fact in row.facts.items() if name not in _OF_ROWS}


def reward_of(terms: Programme, row: NewReward) -> ReferralReward:
    """The reward of the programme that a row is of; one that the terms name no more, as the row has it."""
    plan: Iterable[ReferralReward] = terms.referral.plan if terms.referral else ()
    found = (one for one in plan if part_of(one) == (row.reward, row.side))
    return next(found, ReferralReward(row.reward, row.event, row.side, points=row.points))


def wording_of(reward: ReferralReward) -> str:
    """By which wording a reward explains itself."""
    if reward.is_classical:
        return f"till.reward_{reward.to}"
    return TITLED if reward.title else f"referral.{reward.on}_{reward.to}"


def _facts(occasion: Occasion, one: DueReward) -> dict[str, Any]:
    reward, terms = one.reward, occasion.terms
    facts: dict[str, Any] = {"points": one.points}
    if reward.is_classical and terms.referral is not None:
        facts["minimum"] = {"amount_minor": terms.referral.minimum_receipt_minor, "currency": terms.currency}
    if reward.to == "friend":
        facts |= occasion.friend_facts
    if reward.number is not None:
        facts["number"] = reward.number
    if reward.friends is not None:
        facts["friends"] = reward.friends
    if reward.from_minor is not None:
        facts["spent"] = {"amount_minor": reward.from_minor, "currency": terms.currency}
    if reward.rate_basis_points is not None:
        facts["rate_basis_points"] = reward.rate_basis_points
    if one.points < one.points_uncapped and reward.cap is not None:
        facts |= {"of": one.points_uncapped, "maximum": reward.cap.points, "window_days": reward.cap.window_days}
    if reward.coupon is not None:
        catalogue = terms.reward(reward.coupon)
        facts |= {"coupon": reward.coupon, "coupon_title": catalogue.title if catalogue else {}}
    if reward.title is not None:
        what = {"kind": f"referral.{reward.on}_{reward.to}", "facts": dict(facts)}
        facts |= {"title": reward.title, "what": what}
    return facts


_OF_ROWS = frozenset({"programme", "programme_version", "terms", "coupon"})
"""Facts of a row that a transaction has columns for, or no use."""
