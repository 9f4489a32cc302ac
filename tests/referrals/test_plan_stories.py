"""Made-up plans and stories through the till: what members get is what the reference gives, one receipt at a time and
in batches, whatever comes back.
"""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.programmes import service as programmes
from backend.shared.clock import business_now
from tests.conftest import ObedientClock
from tests.factories.referrals import joins
from tests.factories.till import OpenTill, sale
from tests.referrals.plan_reference import Reference
from tests.referrals.plan_shop import in_the_books, invited, open_shop
from tests.referrals.plan_shop import plan as document
from tests.referrals.plan_stories import PEOPLE, steps
from tests.referrals.plan_stories import plans as made_up_plans

INVITED_BY = {"alice": "olga", "boris": "alice", "dasha": "alice", "ivan": "alice", "lena": "boris"}
MINIMUM = 50_000
CLASSICAL = st.tuples(st.integers(0, 9), st.integers(0, 9))
SLOWLY = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def put_in_force(session: Session, plan: list[dict[str, Any]], classical: tuple[int, int]) -> None:
    """The next version of the shop's programme, with this plan."""
    rewards = [json.dumps(reward).strip("{}") for reward in plan]
    # An inner mapping at the end has lost its brace.
    rewards = [reward + "}" * (reward.count("{") - reward.count("}")) for reward in rewards]
    terms = {"advocate_points": classical[0], "friend_points": classical[1], "qualifying_receipt": "first_qualifying"}
    programmes.load(session, document(*rewards, **terms), in_force_from=business_now())


def a_circle(session: Session, clock: ObedientClock, reference: Reference) -> dict[str, UUID]:
    """Olga invited Alice, Alice the others but Lena, whom Boris invited."""
    people = {}
    for name in PEOPLE:
        clock.advance(minutes=1)
        people[name] = joins(session)
        if name in INVITED_BY:
            invited(session, advocate=people[INVITED_BY[name]], friend=people[name])
            reference.joins(name, advocate=INVITED_BY[name], at=business_now())
    return people


def all_that_came(session: Session, people: dict[str, UUID]) -> list[tuple[str, str, str, int, int]]:
    """Reward, who got it, by which friend, points, points taken back."""
    names = {member_id: name for name, member_id in people.items()}
    rows = session.execute(
        text(
            "SELECT given.reward, given.member_id, referral.friend_id, given.points, given.points_taken_back"
            " FROM referral_rewards AS given JOIN referrals AS referral ON referral.id = given.referral_id"
            " WHERE given.member_id = ANY(:people) AND given.state IN ('given', 'taken_back')"
        ),
        {"people": list(people.values())},
    )
    return sorted((row[0], names[row[1]], names[row[2]], row[3], row[4]) for row in rows)


def tell(
    till: OpenTill, clock: ObedientClock, reference: Reference, people: dict[str, UUID], happens: list[Any], story: UUID
) -> None:
    for number, step in enumerate(happens):
        clock.advance(hours=step[1] + 1)
        if step[0] == "bought":
            _, _, who, tens = step
            before = reference.joined_at[PEOPLE[who]] - timedelta(hours=1)
            offline = {"occurred_at": before.isoformat(), "offline": True}
            answer = till.sell(people[PEOPLE[who]], tens * 10_000, external_id=f"{story}:{number}", **offline)
            assert answer.status_code == (201 if business_now() - before <= timedelta(hours=72) else 422)
            if answer.status_code == 201:
                reference.buys(PEOPLE[who], f"{story}:{number}", tens * 10_000, at=before)
            continue
        if step[0] == "buys":
            _, _, who, tens = step
            answer = till.sell(people[PEOPLE[who]], tens * 10_000, external_id=f"{story}:{number}")
            assert answer.status_code == 201
            reference.buys(PEOPLE[who], f"{story}:{number}", tens * 10_000, at=business_now())
            continue
        _, _, which, part = step
        open_ = [one for one in reference.receipts if one.back < one.amount]
        if not open_:
            continue
        bought = open_[which % len(open_)]
        amount = (bought.amount - bought.back) // part
        till.give_back(of=bought.receipt, external_id=f"{story}:back-{number}", amount=amount)
        reference.returns(bought.receipt, amount)


@SLOWLY
@given(plan=made_up_plans(), classical=CLASSICAL, happens=steps(with_returns=True))
def test_members_get_what_the_reference_gives(
    session: Session,
    client: FlaskClient,
    clock: ObedientClock,
    plan: list[dict[str, Any]],
    classical: tuple[int, int],
    happens: list[tuple[Any, ...]],
) -> None:
    till = open_shop(session, client) if not hasattr(session, "till") else session.till
    session.till = till  # type: ignore[attr-defined]
    clock.advance(minutes=1)
    put_in_force(session, plan, classical)
    reference = Reference(plan, MINIMUM, *classical)
    people = a_circle(session, clock, reference)

    tell(till, clock, reference, people, happens, people["olga"])

    assert all_that_came(session, people) == sorted(one.told for one in reference.came)
    for name, member_id in people.items():
        expected = sum(one.points - one.back for one in reference.came if one.member == name)
        assert in_the_books(session, member_id) == expected


@SLOWLY
@given(
    plan=made_up_plans(),
    classical=CLASSICAL,
    receipts=st.lists(st.tuples(st.integers(2, 5), st.integers(1, 10), st.integers(0, 4)), min_size=2, max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_a_batch_brings_what_its_receipts_bring_one_by_one(
    session: Session,
    client: FlaskClient,
    clock: ObedientClock,
    plan: list[dict[str, Any]],
    classical: tuple[int, int],
    receipts: list[tuple[int, int, int]],
    order: Any,
) -> None:
    till = open_shop(session, client) if not hasattr(session, "till") else session.till
    session.till = till  # type: ignore[attr-defined]
    clock.advance(minutes=1)
    put_in_force(session, plan, classical)
    reference = Reference(plan, MINIMUM, *classical)
    people = a_circle(session, clock, reference)
    begin = business_now()
    clock.advance(hours=10)
    bodies = []
    # In order of time: one in five is from before joining, if only by hours.
    early = [one for one in receipts if one[2] == 0]
    for number, (who, tens, _) in enumerate([*early, *(one for one in receipts if one[2] > 0)]):
        at = begin + timedelta(hours=number + 1 - (10 if number < len(early) else 0))
        reference.buys(PEOPLE[who], f"r{number}", tens * 10_000, at=at)
        body = sale(people[PEOPLE[who]], tens * 10_000, external_id=f"{people['olga']}:{number}")
        bodies.append(body | {"occurred_at": at.isoformat()})
    order.shuffle(bodies)

    answer = till.post("/receipts/batch", {"receipts": bodies})

    assert {item["status"] for item in answer.get_json()["items"]} <= {"recorded", "created", 201, "accepted"}
    assert all_that_came(session, people) == sorted(one.told for one in reference.came)
