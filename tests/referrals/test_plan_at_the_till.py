"""Rewards of a plan, as tills bring them: what each purchase of a friend brings to whom."""

from datetime import timedelta

import pytest

from backend.shared.clock import business_now
from tests.factories.referrals import CAST_PHONES, joins
from tests.factories.till import sale
from tests.referrals.plan_shop import got, in_the_books, invited, open_shop

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def people(session, client, clock):
    """Opens a shop with these rewards; Olga invited Alice, Alice invites Boris."""

    def open_(*rewards, **terms):
        till = open_shop(session, client, *rewards, **terms)
        olga = joins(session)
        clock.advance(minutes=1)
        alice = joins(session, "Alice")
        invited(session, advocate=olga, friend=alice)
        clock.advance(minutes=1)
        boris = joins(session, "Boris")
        invited(session, advocate=alice, friend=boris)
        return till, olga, alice, boris

    return open_


def test_joining_brings_points_at_once_pending_as_all_points_are(session, people):
    _, _, alice, boris = people("reward: hello, on: join, to: friend, points: 50")

    assert got(session, boris) == [("hello", 50, 0, "given")]
    assert in_the_books(session, boris) == 50


def test_the_third_purchase_brings_its_reward_and_no_other_does(session, people):
    till, _, alice, boris = people("reward: third, on: purchase, number: 3, to: advocate, points: 100")

    for number in range(1, 6):
        till.sell(boris, 50_000, external_id=f"sale-{number}")
        assert len(got(session, alice)) == (number >= 3)

    assert in_the_books(session, alice) == 100


def test_a_purchase_that_is_claimed_afterwards_counts_as_any_other(session, people):
    till, _, alice, boris = people("reward: second, on: purchase, number: 2, to: advocate, points: 100")
    till.sell(boris, 50_000)
    kept = sale(boris, 50_000, external_id="sale-2")
    del kept["member_id"]
    till.post("/receipts", kept)
    assert in_the_books(session, alice) == 0

    till.post("/receipts/sale-2/claim", {"code": CAST_PHONES["Boris"]})

    assert in_the_books(session, alice) == 100


def test_each_purchase_brings_a_share_until_the_cap_is_reached(session, people, clock):
    share = "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100"
    till, _, alice, boris = people(f"{share}, cap: {{points: 12, window_days: 30}}")

    for number in range(4):
        till.sell(boris, 50_000, external_id=f"sale-{number}")
    assert [points for _, points, _, _ in got(session, alice)] == [5, 5, 2]

    clock.advance(days=31)
    till.sell(boris, 50_000, external_id="sale-later")
    assert in_the_books(session, alice) == 17


def test_a_share_ends_when_its_time_since_joining_is_over(session, people, clock):
    till, _, alice, boris = people(
        "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100, within_days: 30"
    )
    till.sell(boris, 50_000)

    clock.advance(days=31)
    till.sell(boris, 50_000, external_id="sale-2")

    assert in_the_books(session, alice) == 5


def test_a_purchase_from_before_joining_that_comes_late_brings_nothing_and_is_not_counted(session, people, clock):
    till, _, alice, boris = people(
        "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100",
        "reward: second, on: purchase, number: 2, to: advocate, points: 100",
        "reward: spender, on: spend, from_minor: 120000, to: advocate, points: 300",
    )
    before = (business_now() - timedelta(hours=2)).isoformat()
    till.sell(boris, 50_000)
    offline = sale(boris, 90_000, external_id="offline-1", occurred_at=before, offline=True)
    again = sale(boris, 90_000, external_id="offline-2", occurred_at=before, offline=True)
    now = sale(boris, 50_000, external_id="sale-2")

    till.post("/receipts", offline)
    assert [(reward, points) for reward, points, _, _ in got(session, alice)] == [("share", 5)]

    till.post("/receipts/batch", {"receipts": [again, now]})
    assert sorted((reward, points) for reward, points, _, _ in got(session, alice)) == [
        ("second", 100),
        ("share", 5),
        ("share", 5),
    ]


def test_spending_so_much_since_joining_brings_its_reward_once(session, people):
    till, _, alice, boris = people("reward: spender, on: spend, from_minor: 120000, to: advocate, points: 300")

    for number in range(1, 5):
        till.sell(boris, 50_000, external_id=f"sale-{number}")
        assert len(got(session, alice)) == (number >= 3)


def test_what_was_returned_was_not_spent(session, people):
    till, _, alice, boris = people("reward: spender, on: spend, from_minor: 120000, to: advocate, points: 300")
    till.sell(boris, 50_000)
    till.sell(boris, 50_000, external_id="sale-2")
    till.give_back(of="sale-2")

    till.sell(boris, 50_000, external_id="sale-3")
    assert got(session, alice) == []

    till.sell(boris, 50_000, external_id="sale-4")
    assert in_the_books(session, alice) == 300


def test_the_third_qualified_friend_is_a_milestone(session, people, clock):
    till, _, alice, boris = people("reward: three, on: milestone, friends: 3, to: advocate, points: 500")
    till.sell(boris, 50_000)

    for number in range(3):
        clock.advance(minutes=1)
        friend = joins(session)
        invited(session, advocate=alice, friend=friend)
        till.sell(friend, 50_000, external_id=f"sale-of-{number}")
        assert len(got(session, alice)) == (number >= 1)


def test_whoever_invited_the_advocate_gets_theirs_and_nobody_above(session, people, clock):
    till, olga, alice, boris = people("reward: grand, on: qualifying, to: second_advocate, points: 20")
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    invited(session, advocate=boris, friend=dasha)

    till.sell(boris, 50_000)
    till.sell(dasha, 50_000, external_id="sale-of-dasha")

    assert (in_the_books(session, olga), in_the_books(session, alice), in_the_books(session, boris)) == (20, 20, 0)


def test_a_condition_looks_at_the_receipt(session, people):
    till, _, alice, boris = people(
        "reward: large, on: every_purchase, to: advocate, points: 7, when: receipt.total >= money(1000)"
    )
    till.sell(boris, 50_000)
    till.sell(boris, 100_000, external_id="sale-2")

    assert got(session, alice) == [("large", 7, 0, "given")]


def test_before_the_friend_is_qualified_no_purchase_brings_anything(session, people):
    till, _, alice, boris = people(
        "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100",
        qualifying_receipt="first_qualifying",
    )
    till.sell(boris, 40_000)
    assert got(session, alice) == []

    till.sell(boris, 50_000, external_id="sale-2")
    till.sell(boris, 40_000, external_id="sale-3")
    assert in_the_books(session, alice) == 9


def test_a_return_takes_back_what_its_own_receipt_brought(session, people):
    till, _, alice, boris = people(
        "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100",
        "reward: second, on: purchase, number: 2, to: advocate, points: 100",
        "reward: three, on: milestone, friends: 1, to: advocate, points: 500",
    )
    till.sell(boris, 50_000)
    till.sell(boris, 50_000, external_id="sale-2")

    body = {"external_id": "return-1", "amount": 25_000, "occurred_at": business_now().isoformat()}
    till.post("/receipts/sale-2/returns", body)

    assert got(session, alice) == [
        ("second", 100, 50, "given"),
        ("share", 5, 0, "given"),
        ("share", 5, 3, "given"),
        ("three", 500, 0, "given"),
    ]
    assert in_the_books(session, alice) == 557


def test_what_was_taken_back_whole_may_be_reached_again(session, people):
    till, _, alice, boris = people("reward: spender, on: spend, from_minor: 120000, to: advocate, points: 300")
    till.sell(boris, 50_000)
    till.sell(boris, 80_000, external_id="sale-2")
    till.give_back(of="sale-2")
    assert in_the_books(session, alice) == 0

    till.sell(boris, 80_000, external_id="sale-3")

    assert got(session, alice) == [("spender", 300, 300, "taken_back"), ("spender", 300, 0, "given")]
