"""Which rewards of a plan an event makes due; pure: no database, no clock.

An event is a friend's joining or one of the friend's purchases. The friend is qualified by one purchase and stays so;
rewards of purchases are due for a qualified friend alone, the qualifying purchase included. What was given before, and
what caps have left, stands in the facts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from backend.programmes.earning import points_of_amount
from backend.programmes.referral import REFERRAL, ReferralReward

Part = tuple[str, str]
"""A reward's name, and to which side it goes."""


@dataclass(frozen=True, slots=True)
class Had:
    """What there was before of one reward for one side.

    `times` numbers what is due next; `standing` leaves out what was taken back whole. `reached` says of a milestone
    that the advocate has it, by whichever friend. Of the cap's window, how often and how many points.
    """

    times: int = 0
    standing: int = 0
    reached: bool = False
    cap_times: int = 0
    cap_points: int = 0


NOTHING_HAD = Had()


@dataclass(frozen=True, kw_only=True)
class EventFacts:
    """One event of one referral.

    `qualifies`: this purchase qualifies the friend. `is_qualified`: an earlier one did. `counted_minor` is what of the
    receipt brings points at all, `amount_minor` the whole of it. `purchase_number` and `friends` count this one in.
    `holds` says whether a reward's condition does.
    """

    event: Literal["join", "purchase"]
    at: datetime
    joined_at: datetime
    point_value_minor: int
    qualifies: bool = False
    is_qualified: bool = False
    amount_minor: int = 0
    counted_minor: int = 0
    purchase_number: int = 0
    spent_before_minor: int = 0
    friends: int = 0
    has_second_advocate: bool = False
    had: Mapping[Part, Had] = field(default_factory=dict)
    holds: Callable[[ReferralReward], bool] = lambda _reward: True


@dataclass(frozen=True, slots=True)
class DueReward:
    """A reward that is due: its points, as far as its cap lets through `points_uncapped`, or its coupon.

    `occurrence` counts from 1 what one referral brings one side by one reward.
    """

    reward: ReferralReward
    points: int
    occurrence: int
    points_uncapped: int

    @property
    def part(self) -> Part:
        """By what rows of it are found."""
        return part_of(self.reward)


def due(plan: Iterable[ReferralReward], facts: EventFacts) -> list[DueReward]:
    """What the event makes due, in the order of the plan."""
    found = (_due(reward, facts, facts.had.get(part_of(reward), NOTHING_HAD)) for reward in plan)
    return [one for one in found if one is not None]


def part_of(reward: ReferralReward) -> Part:
    """By what rows of a reward are found."""
    return reward.reward, reward.to


def natural_key(referral_id: object, part: Part, occurrence: int) -> str:
    """By what the ledger knows a reward of a referral, once for ever."""
    reward, side = part
    if reward == REFERRAL:
        return f"referral:{referral_id}:{side}"
    return f"referral:{referral_id}:{reward}:{side}:{occurrence}"


def _due(reward: ReferralReward, facts: EventFacts, had: Had) -> DueReward | None:
    if not _happens(reward, facts, had) or not facts.holds(reward):
        return None
    if reward.to == "second_advocate" and not facts.has_second_advocate:
        return None
    points = uncapped = _points(reward, facts)
    cap = reward.cap
    if cap is not None and cap.times is not None and had.cap_times >= cap.times:
        return None
    if cap is not None and cap.points is not None:
        left = cap.points - had.cap_points
        points = min(points, left)
        if left <= 0:
            return None
    if points <= 0 and reward.coupon is None:
        return None
    return DueReward(reward, points, had.times + 1, uncapped)


def _happens(reward: ReferralReward, facts: EventFacts, had: Had) -> bool:
    if reward.on == "join" or facts.event == "join":
        return reward.on == facts.event
    if reward.on == "qualifying":
        return facts.qualifies
    if reward.on == "milestone":
        return facts.qualifies and facts.friends >= (reward.friends or 0) and not had.reached
    if not (facts.qualifies or facts.is_qualified) or not _is_within(reward, facts):
        return False
    if reward.on == "purchase":
        return facts.purchase_number == reward.number
    if reward.on == "spend":
        return facts.spent_before_minor + facts.amount_minor >= (reward.from_minor or 0) and had.standing == 0
    return True


def _is_within(reward: ReferralReward, facts: EventFacts) -> bool:
    return reward.within_days is None or facts.at - facts.joined_at <= timedelta(days=reward.within_days)


def _points(reward: ReferralReward, facts: EventFacts) -> int:
    if reward.rate_basis_points is None:
        return reward.points or 0
    return points_of_amount(
        facts.counted_minor, rate_basis_points=reward.rate_basis_points, point_value_minor=facts.point_value_minor
    )
