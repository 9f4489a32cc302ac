"""How far the plans of a batch's referrals have come: loaded under the locks, moved on by what the batch brings.

A batch is judged as its receipts would be one by one, in order of time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme
from backend.programmes.referral import ReferralReward
from backend.receipts import queries as receipts
from backend.referrals.facts import OpenReferral
from backend.referrals.plan_statements import HAD, HOW_FAR, REACHED, USED_OF_CAPS
from backend.referrals.plans import EventFacts, Had, Part, part_of
from backend.referrals.qualification import TILL_CLOCK_TOLERANCE
from backend.shared.db import driver_connection, sent_together

QUALIFIED = frozenset({"pending", "rewarded"})
HELD = "qualified"
# Of a friend whose reward a person looks at first, every milestone is withheld; how many friends there are is counted
# when it is decided.
ANY_FRIENDS = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class Concerned:
    """A receipt of a friend with a referral, and the terms by which it is judged."""

    referral: OpenReferral
    terms: Programme
    at: datetime

    @property
    def plan(self) -> tuple[ReferralReward, ...]:
        """What inviting brings there."""
        return self.terms.referral.plan if self.terms.referral else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """What a plan looks at of a receipt."""

    at: datetime
    currency: str
    amount_minor: int
    counted_minor: int
    point_value_minor: int


@dataclass(slots=True)
class Progress:
    """How far each referral of the batch has come."""

    statuses: dict[UUID, str] = field(default_factory=dict)
    """By referral, as of the last receipt that was judged."""
    friends: Counter[UUID] = field(default_factory=Counter)
    """Qualified friends by advocate, as many as milestones ask for."""
    bought: dict[tuple[UUID, str], tuple[int, int]] = field(default_factory=dict)
    """By friend and currency: how many purchases since joining, and what was spent, less returns."""
    had: dict[tuple[UUID, Part], tuple[int, int]] = field(default_factory=dict)
    """By referral: how often a reward came, and how often it was not taken back."""
    reached: set[tuple[UUID, str]] = field(default_factory=set)
    """The milestones that members have."""
    cap_used: dict[tuple[UUID, str, datetime], tuple[int, int]] = field(default_factory=dict)
    """Of a member's cap at a moment, before the batch: times and points."""
    came: defaultdict[tuple[UUID, str], list[tuple[datetime, int]]] = field(default_factory=lambda: defaultdict(list))
    """What the batch brought members by a reward: when, and how many points."""

    def purchase(
        self,
        referral: OpenReferral,
        plan: Iterable[ReferralReward],
        purchase: Purchase,
        *,
        outcome: str | None,
        holds: Callable[[ReferralReward], bool],
    ) -> EventFacts:
        """The facts of a friend's purchase; `outcome` is the verdict where it decides the referral."""
        number, spent_minor = self.bought.get((referral.friend_id, purchase.currency), (0, 0))
        friends = self.friends[referral.advocate_id] + 1
        return EventFacts(
            event="purchase",
            at=purchase.at,
            joined_at=referral.joined_at,
            point_value_minor=purchase.point_value_minor,
            qualifies=outcome is not None,
            is_qualified=self.status(referral) in QUALIFIED | {HELD},
            amount_minor=purchase.amount_minor,
            counted_minor=purchase.counted_minor,
            purchase_number=number + 1,
            spent_before_minor=spent_minor,
            friends=friends if outcome == "reward" else ANY_FRIENDS,
            has_second_advocate=referral.second_advocate_id is not None,
            had=self.had_by(referral, plan, at=purchase.at),
            holds=holds,
        )

    def had_by(self, referral: OpenReferral, plan: Iterable[ReferralReward], *, at: datetime) -> dict[Part, Had]:
        """What there was of each reward of a plan before this moment."""
        return {part_of(reward): self._had(referral, reward, at=at) for reward in plan}

    def status(self, referral: OpenReferral) -> str:
        """How the referral stands as of the last receipt that was judged."""
        return self.statuses.get(referral.id, referral.status)

    def decided(self, referral: OpenReferral, outcome: str) -> None:
        """Remembers a verdict."""
        self.statuses[referral.id] = {"reward": "pending", "hold": HELD}.get(outcome, "rejected")
        if outcome == "reward":
            self.friends[referral.advocate_id] += 1

    def bought_one(self, friend_id: UUID, purchase: Purchase) -> None:
        """Remembers a purchase that was judged."""
        key = friend_id, purchase.currency
        purchases, spent_minor = self.bought.get(key, (0, 0))
        self.bought[key] = purchases + 1, spent_minor + purchase.amount_minor

    def brought(self, referral: OpenReferral, reward: ReferralReward, *, at: datetime, points: int, state: str) -> None:
        """Remembers what came of a reward that was due."""
        times, standing = self.had.get((referral.id, part_of(reward)), (0, 0))
        self.had[referral.id, part_of(reward)] = times + 1, standing + 1
        member_id = referral.member_id(reward.to)
        if member_id is None:
            return
        if reward.on == "milestone" and state == "given":
            self.reached.add((member_id, reward.reward))
        if reward.cap is not None and state != "refused":
            self.came[member_id, reward.reward].append((at, points))

    def _had(self, referral: OpenReferral, reward: ReferralReward, *, at: datetime) -> Had:
        times, standing = self.had.get((referral.id, part_of(reward)), (0, 0))
        member_id = referral.member_id(reward.to)
        if member_id is None:
            return Had(times, standing)
        had = Had(times, standing, (member_id, reward.reward) in self.reached)
        if reward.cap is None:
            return had
        cap_times, cap_points = self.cap_used.get((member_id, reward.reward, at), (0, 0))
        since = at - timedelta(days=reward.cap.window_days)
        now = [points for moment, points in self.came[member_id, reward.reward] if since < moment <= at]
        return replace(had, cap_times=cap_times + len(now), cap_points=cap_points + sum(now))


def load(session: Session, concerned: Sequence[Concerned], *, receipt_ids: Collection[UUID]) -> Progress:
    """How far these referrals have come before these receipts, under their members' locks; statements that go together,
    and only those that the plans ask for. Plans of the two classical rewards alone cost nothing.
    """
    progress = Progress()
    plans = {id(one.terms): one.plan for one in concerned}
    rewards = [reward for plan in plans.values() for reward in plan if not reward.is_classical]
    if not rewards:
        return progress
    referrals = {one.referral.id: one.referral for one in concerned}
    milestones = [reward for reward in rewards if reward.on == "milestone"]
    asked_caps = _caps(concerned)
    connection = driver_connection(session)
    ids = list(referrals)
    with sent_together(session):
        friends = {one.friend_id: one.joined_at - TILL_CLOCK_TOLERANCE for one in referrals.values()}
        bought = {
            currency: receipts.ask_bought(session, friends, currency=currency, but=receipt_ids)
            for currency in {one.terms.currency for one in concerned}
        }
        most = max((reward.friends or 0 for reward in milestones), default=0)
        how_far = connection.execute(HOW_FAR, {"ids": ids, "friends_maximum": most}, prepare=True)
        had = connection.execute(HAD, {"ids": ids}, prepare=True)
        names = [reward.reward for reward in milestones]
        advocates = [one.advocate_id for one in referrals.values()]
        reached = (
            connection.execute(REACHED, {"member_ids": advocates, "rewards": names}, prepare=True) if names else ()
        )
        used = connection.execute(USED_OF_CAPS, _columns(asked_caps), prepare=True) if asked_caps else ()
    progress.bought = {
        (friend_id, currency): so_far for currency, promise in bought.items() for friend_id, so_far in promise().items()
    }
    for referral_id, status, qualified in how_far:
        progress.statuses[referral_id] = status
        progress.friends[referrals[referral_id].advocate_id] = qualified
    progress.had = {(row[0], (row[1], row[2])): (row[3], row[4]) for row in had}
    progress.reached = {(member_id, reward) for member_id, reward in reached}
    progress.cap_used = {(row[0], row[1], row[2]): (row[3], row[4]) for row in used}
    return progress


def _caps(concerned: Collection[Concerned]) -> set[tuple[UUID, str, datetime, datetime, datetime]]:
    """Whose caps are asked for: member, reward, what shares a window with the moment, and the moment."""
    return {
        (member_id, reward.reward, one.at - window, one.at + window, one.at)
        for one in concerned
        for reward in one.plan
        if reward.cap is not None and (member_id := one.referral.member_id(reward.to)) is not None
        for window in (timedelta(days=reward.cap.window_days),)
    }


def _columns(asked: Collection[tuple[UUID, str, datetime, datetime, datetime]]) -> dict[str, list[object]]:
    names = ("member_ids", "rewards", "since", "until", "at")
    return {name: [row[place] for row in asked] for place, name in enumerate(names)}
