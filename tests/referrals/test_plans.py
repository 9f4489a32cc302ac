"""What a plan makes due, against a slow reference that counts everything anew at each event."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.programmes.referral import Referral, ReferralReward, RewardCap
from backend.referrals import plans
from backend.referrals.facts import OpenReferral
from backend.referrals.plans import EventFacts
from backend.referrals.progress import Progress, Purchase
from backend.shared.ids import new_id
from tests.referrals.plan_reference import Reference
from tests.referrals.plan_stories import PEOPLE, steps
from tests.referrals.plan_stories import plans as made_up_plans

BEGIN = datetime(2026, 11, 1, 9, tzinfo=UTC)
MINIMUM = 30_000
IDS = {name: new_id() for name in PEOPLE}
NAMES = {id_: name for name, id_ in IDS.items()}
# Olga invited Alice, Alice the others but Lena, whom Boris invited.
INVITED_BY = {"alice": "olga", "boris": "alice", "dasha": "alice", "ivan": "alice", "lena": "boris"}


def as_read(reward: dict[str, Any]) -> ReferralReward:
    cap = RewardCap(**reward["cap"]) if "cap" in reward else None
    return ReferralReward(**{**reward, "cap": cap})


class Judged:
    """The plan as the product judges it, in one batch that never ends."""

    def __init__(self, plan: list[dict[str, Any]], *, advocate_points: int, friend_points: int) -> None:
        rewards = tuple(as_read(reward) for reward in plan)
        self.plan = Referral(advocate_points, friend_points, MINIMUM, second_level=True, rewards=rewards).plan
        self.progress = Progress()
        self.came: list[tuple[str, str, str, int]] = []
        self.referrals: dict[str, OpenReferral] = {}

    def joins(self, friend: str, at: datetime) -> None:
        advocate = INVITED_BY[friend]
        second = INVITED_BY.get(advocate)
        referral = OpenReferral(
            id=new_id(),
            advocate_id=IDS[advocate],
            friend_id=IDS[friend],
            joined_at=at,
            second_advocate_id=IDS[second] if second else None,
        )
        self.referrals[friend] = referral
        facts = EventFacts(
            event="join",
            at=at,
            joined_at=at,
            point_value_minor=100,
            has_second_advocate=second is not None,
            had=self.progress.had_by(referral, self.plan, at=at),
        )
        self._take(referral, facts)

    def buys(self, friend: str, amount: int, at: datetime) -> None:
        referral = self.referrals[friend]
        decides = self.progress.status(referral) == "joined" and amount >= MINIMUM
        purchase = Purchase(at=at, currency="RUB", amount_minor=amount, counted_minor=amount, point_value_minor=100)
        facts = self.progress.purchase(
            referral, self.plan, purchase, outcome="reward" if decides else None, holds=lambda _reward: True
        )
        self._take(referral, facts)
        self.progress.bought_one(referral.friend_id, purchase)
        if decides:
            self.progress.decided(referral, "reward")

    def _take(self, referral: OpenReferral, facts: EventFacts) -> None:
        for one in plans.due(self.plan, facts):
            self.progress.brought(referral, one.reward, at=facts.at, points=one.points, state="given")
            member_id = referral.member_id(one.reward.to)
            assert member_id is not None
            self.came.append((one.reward.reward, NAMES[member_id], NAMES[referral.friend_id], one.points))


@settings(max_examples=400, deadline=None)
@given(
    plan=made_up_plans(), happens=steps(with_returns=False), classical=st.tuples(st.integers(0, 9), st.integers(0, 9))
)
def test_every_event_makes_due_what_the_reference_gives(
    plan: list[dict[str, Any]], happens: list[tuple[Any, ...]], classical: tuple[int, int]
) -> None:
    reference = Reference(plan, MINIMUM, *classical)
    judged = Judged(plan, advocate_points=classical[0], friend_points=classical[1])
    at = BEGIN
    for friend in INVITED_BY:
        at += timedelta(hours=1)
        reference.joins(friend, advocate=INVITED_BY[friend], at=at)
        judged.joins(friend, at)
    for number, (_buys, hours, who, tens) in enumerate(happens):
        at += timedelta(hours=hours + 1)
        friend, amount = PEOPLE[who], tens * 10_000
        reference.buys(friend, f"r{number}", amount, at=at)
        judged.buys(friend, amount, at)
    assert judged.came == [(one.reward, one.member, one.friend, one.points) for one in reference.came]


def test_a_condition_that_does_not_hold_makes_nothing_due() -> None:
    plan = (ReferralReward("share", "every_purchase", "advocate", points=5),)
    facts = EventFacts(event="purchase", at=BEGIN, joined_at=BEGIN, point_value_minor=100, is_qualified=True)

    assert [one.points for one in plans.due(plan, facts)] == [5]
    assert plans.due(plan, replace(facts, holds=lambda _reward: False)) == []


def test_a_coupon_is_due_without_points() -> None:
    plan = (ReferralReward("cup", "qualifying", "friend", coupon="cappuccino"),)
    facts = EventFacts(event="purchase", at=BEGIN, joined_at=BEGIN, point_value_minor=100, qualifies=True)

    assert [one.points for one in plans.due(plan, facts)] == [0]


def test_the_classical_rewards_keep_their_names_in_the_ledger() -> None:
    assert plans.natural_key("7", ("referral", "advocate"), 1) == "referral:7:advocate"
    assert plans.natural_key("7", ("share", "advocate"), 4) == "referral:7:share:advocate:4"
