"""Reading rewards: what is left of each, what a member has, and the coupon of a code."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from backend.programmes import queries as programmes
from backend.programmes.programme import Programme, Reward
from backend.rewards.errors import UnknownReward
from backend.rewards.models import RewardCode, RewardCount, RewardOrder, RewardPause
from backend.rewards.order import Order, order_of, reward_id
from backend.rewards.sealing import lookup_hmac
from backend.rewards.segment_attributes import FACTS
from backend.shared.attributes import SegmentFacts
from backend.shops.queries import the_shop

ALL_DAYS = ""
Key = tuple[str, str]
"""A programme's name and a reward's."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A reward and the programme that offers it."""

    programme: Programme
    reward: Reward

    @property
    def id(self) -> str:
        """By what it is named among all programmes."""
        return reward_id(*self.key)

    @property
    def key(self) -> Key:
        """By what its rows are found."""
        return self.programme.programme, self.reward.reward


@dataclass(frozen=True, kw_only=True, slots=True)
class Stock:
    """How it stands with a reward; None where there is no limit."""

    ordered_in_all: int = 0
    ordered_today: int = 0
    codes_free: int | None = None
    is_paused: bool = False
    left_in_all: int | None = None
    """The codes that are free, where codes are loaded, are a limit too."""
    left_today: int | None = None

    @property
    def left(self) -> int | None:
        """How many can still be ordered today."""
        return min((left for left in (self.left_in_all, self.left_today) if left is not None), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardStanding:
    """A reward as its desk sees it."""

    offered: Offered
    stock: Stock
    by_state: Mapping[str, int] = field(default_factory=dict)
    """How many orders are in each state."""


def offered(session: Session, *, at: datetime) -> list[Offered]:
    """What the programmes in force offer, in their documents' order, the oldest programme first."""
    return [
        Offered(programme, reward) for programme in programmes.in_force(session, at=at) for reward in programme.rewards
    ]


def find(session: Session, name: str, *, at: datetime) -> Offered:
    """The reward with this id, or with this name alone where only one programme has it or it is the oldest's.

    Raises:
        UnknownReward: no programme in force offers it.
    """
    for one in offered(session, at=at):
        if name in {one.id, one.reward.reward}:
            return one
    raise UnknownReward


def stocks(session: Session, rewards: Iterable[Offered], *, at: datetime) -> dict[Key, Stock]:
    """How it stands with these rewards, on the day of the shop's zone that this moment lies in."""
    wanted = {one.key: one.reward for one in rewards}
    if not wanted:
        return {}
    today = shop_day(session, at)
    counts: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    count_rows = select(RewardCount).where(
        tuple_(RewardCount.programme, RewardCount.reward).in_(wanted), RewardCount.day.in_((ALL_DAYS, today))
    )
    for row in session.scalars(count_rows.execution_options(populate_existing=True)):
        counts[row.programme, row.reward][row.day] = row.ordered
    pauses = select(RewardPause.programme, RewardPause.reward)
    paused = {(programme, reward) for programme, reward in session.execute(pauses)}
    loaded = [key for key, reward in wanted.items() if reward.codes == "loaded"]
    free = _codes_free(session, loaded)
    return {
        key: _stock(reward, counts[key], today, free.get(key), is_paused=key in paused)
        for key, reward in wanted.items()
    }


def held_by(session: Session, member_id: UUID) -> dict[Key, int]:
    """How many of each reward a member had, those that were cancelled left out."""
    rows = session.execute(
        select(RewardOrder.programme, RewardOrder.reward, func.count())
        .where(RewardOrder.member_id == member_id, RewardOrder.state != "cancelled")
        .group_by(RewardOrder.programme, RewardOrder.reward)
    )
    return {(programme, reward): count for programme, reward, count in rows}


def orders_of(session: Session, member_id: UUID, *, before: UUID | None = None, limit: int = 50) -> list[Order]:
    """A member's orders, newest first, from after the order `before`."""
    return _orders(session, RewardOrder.member_id == member_id, before=before, limit=limit)


def orders(
    session: Session,
    *,
    of: Key | None = None,
    states: Collection[str] = (),
    before: UUID | None = None,
    limit: int = 50,
) -> list[Order]:
    """Everybody's orders, of one reward and in some states if so asked, newest first."""
    conditions = []
    if of is not None:
        conditions += [RewardOrder.programme == of[0], RewardOrder.reward == of[1]]
    if states:
        conditions.append(RewardOrder.state.in_(states))
    return _orders(session, *conditions, before=before, limit=limit)


def order(session: Session, order_id: UUID) -> Order | None:
    """The order with this id."""
    return next(iter(_orders(session, RewardOrder.id == order_id, before=None, limit=1)), None)


def coupons_of(session: Session, member_id: UUID, *, at: datetime) -> list[Order]:
    """The coupons that a member can use at this moment, what ends first before others."""
    found = _orders(
        session,
        RewardOrder.member_id == member_id,
        RewardOrder.state == "issued",
        (RewardOrder.valid_until.is_(None)) | (RewardOrder.valid_until > at),
        before=None,
        limit=COUPONS_MAXIMUM,
    )
    return sorted(found, key=lambda one: (one.valid_until is None, one.valid_until or one.ordered_at.date(), one.id))


COUPONS_MAXIMUM = 20
"""Of one member at a till."""


def coupon(session: Session, scanned: str) -> Order | None:
    """The coupon whose code this is, in whatever state it is."""
    found = _orders(session, RewardOrder.code_hmac == lookup_hmac(scanned), before=None, limit=1)
    return found[0] if found else None


def standings(session: Session, *, at: datetime) -> list[RewardStanding]:
    """Every reward that is offered at this moment, as its desk sees it."""
    all_offered = offered(session, at=at)
    stock = stocks(session, all_offered, at=at)
    rows = session.execute(
        select(RewardOrder.programme, RewardOrder.reward, RewardOrder.state, func.count()).group_by(
            RewardOrder.programme, RewardOrder.reward, RewardOrder.state
        )
    )
    by_state: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for programme, reward, state, count in rows:
        by_state[programme, reward][state] = count
    return [RewardStanding(offered=one, stock=stock[one.key], by_state=by_state[one.key]) for one in all_offered]


def shop_day(session: Session, at: datetime) -> str:
    """The day of the shop's zone that a moment lies in."""
    return at.astimezone(ZoneInfo(the_shop(session).zone)).date().isoformat()


def _orders(session: Session, *conditions: Any, before: UUID | None, limit: int) -> list[Order]:
    asked = select(RewardOrder).where(*conditions).order_by(RewardOrder.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(RewardOrder.id < before)
    rows = session.scalars(asked.execution_options(populate_existing=True)).all()
    zone = the_shop(session).zone if rows else ""
    return [order_of(row, zone=zone) for row in rows]


def _codes_free(session: Session, keys: Collection[Key]) -> dict[Key, int]:
    if not keys:
        return {}
    rows = session.execute(
        select(RewardCode.programme, RewardCode.reward, func.count())
        .where(tuple_(RewardCode.programme, RewardCode.reward).in_(keys), RewardCode.order_id.is_(None))
        .group_by(RewardCode.programme, RewardCode.reward)
    )
    return dict.fromkeys(keys, 0) | {(programme, reward): count for programme, reward, count in rows}


def _stock(reward: Reward, counts: Mapping[str, int], today: str, codes_free: int | None, *, is_paused: bool) -> Stock:
    in_all, on_day = counts.get(ALL_DAYS, 0), counts.get(today, 0)
    limits = reward.limits
    by_limit = None if limits.in_all is None else max(0, limits.in_all - in_all)
    return Stock(
        ordered_in_all=in_all,
        ordered_today=on_day,
        codes_free=codes_free,
        is_paused=is_paused,
        left_in_all=min((left for left in (by_limit, codes_free) if left is not None), default=None),
        left_today=None if limits.per_day is None else max(0, limits.per_day - on_day),
    )


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
