"""Coupons of the catalogue as rewards for inviting: given for nothing, as long as there are any."""

import pytest

from backend.rewards import queries as rewards
from backend.rewards import using
from tests.factories.referrals import joins, told
from tests.referrals.plan_shop import got, in_the_books, invited, open_shop
from tests.referrals.test_routes import signed_in

pytestmark = pytest.mark.usefixtures("clock")
CATALOGUE = """
rewards:
  - {{reward: cappuccino, title: {{en: Any cappuccino, ru: Любой капучино}}, kind: goods, price_points: 300,
     valid_days: 30, limits: {limits}}}
"""
CUP = "reward: cup, on: qualifying, to: friend, coupon: cappuccino"


@pytest.fixture
def people(session, client, clock):
    """Opens a shop with these rewards and limits of its cappuccino; Alice invites Boris."""

    def open_(*given, limits="{in_all: 100}", **terms):
        till = open_shop(session, client, *given, more=CATALOGUE.format(limits=limits), **terms)
        alice = joins(session, "Alice")
        clock.advance(minutes=1)
        boris = joins(session, "Boris")
        invited(session, advocate=alice, friend=boris)
        return till, alice, boris

    return open_


def test_the_first_purchase_brings_a_coupon_that_cost_nothing(session, client, people):
    till, _, boris = people(CUP)

    till.sell(boris, 50_000)

    [coupon] = client.get("/api/v1/me/redemptions", headers=signed_in(session, boris)).get_json()["items"]
    assert (coupon["title"], coupon["state"], coupon["price_points"]) == ("Any cappuccino", "issued", 0)
    assert coupon["code"]
    assert not coupon["may_cancel"]
    assert got(session, boris) == [("cup", None, 0, "given")]
    assert told(session, boris)[-1] == (
        "Any cappuccino for you",
        "For the first purchase by an invitation. The coupon is in the app.",
    )


def test_the_coupon_is_used_at_the_till_like_any_other(session, client, people):
    till, _, boris = people(CUP)
    till.sell(boris, 50_000)
    [coupon] = rewards.orders_of(session, boris)

    scanned = till.post("/scans", {"code": coupon.code}).get_json()
    assert scanned["kind"] == "coupon"


def test_without_points_beside_it_whoever_gets_none_is_told(session, people, clock):
    till, alice, boris = people(CUP, limits="{in_all: 1}")
    till.sell(boris, 50_000)
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)

    till.sell(dasha, 50_000, external_id="sale-of-dasha")

    assert got(session, dasha) == [("cup", None, 0, "not_given")]
    assert told(session, dasha)[-1][0] == "Any cappuccino ran out"


def test_points_beside_it_come_when_it_ran_out(session, people, clock):
    till, alice, boris = people(f"{CUP}, points: 120", limits="{in_all: 1}")
    till.sell(boris, 50_000)
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)

    till.sell(dasha, 50_000, external_id="sale-of-dasha")

    assert in_the_books(session, boris) == 0
    assert got(session, dasha) == [("cup", 120, 0, "given")]
    assert in_the_books(session, dasha) == 120
    till.give_back(of="sale-of-dasha")
    assert in_the_books(session, dasha) == 0


def test_the_limit_for_each_person_holds(session, people):
    till, alice, boris = people(
        "reward: each, on: every_purchase, to: advocate, coupon: cappuccino", limits="{per_member: 2}"
    )
    for number in range(3):
        till.sell(boris, 50_000, external_id=f"sale-{number}")

    assert len(rewards.orders_of(session, alice)) == 2
    assert [state for *_, state in got(session, alice)].count("not_given") == 1


def test_joining_may_bring_a_coupon(session, people):
    _, alice, boris = people("reward: hello, on: join, to: friend, coupon: cappuccino")

    assert len(rewards.orders_of(session, boris)) == 1


def test_a_purchase_that_comes_back_whole_takes_its_coupon_with_it(session, people):
    till, alice, boris = people(CUP)
    till.sell(boris, 50_000)
    till.give_back()

    [order] = rewards.orders_of(session, boris)
    assert order.state == "cancelled"
    assert got(session, boris) == [("cup", None, 0, "taken_back")]
    assert "Any cappuccino was withdrawn" in [title for title, _ in told(session, boris)]


def test_a_coupon_that_was_used_stays_used(session, people):
    till, alice, boris = people(CUP)
    till.sell(boris, 50_000)
    [order] = rewards.orders_of(session, boris)
    using.use(session, code=order.code, store_id=till.store_id)
    till.give_back()

    [order] = rewards.orders_of(session, boris)
    assert order.state == "used"


def test_a_friend_who_brought_no_points_and_returned_all_counts_for_no_milestone(session, people, clock):
    till, alice, boris = people("reward: two, on: milestone, friends: 2, to: advocate, points: 500")
    till.sell(boris, 50_000)
    till.give_back()
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)

    till.sell(dasha, 50_000, external_id="sale-of-dasha")

    assert got(session, alice) == []
