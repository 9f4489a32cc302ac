"""What inviting brings, as the app tells it: the plan in words, milestones, and what each friend has brought."""

import pytest

from tests.factories.referrals import joins
from tests.factories.till import DEMO_PROGRAMME, open_till
from tests.referrals.plan_shop import invited, open_shop
from tests.referrals.test_routes import signed_in

pytestmark = pytest.mark.usefixtures("clock")
SHARE = "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100"
OF_THE_SHARE = (
    "1% of the amount in points for you for every purchase of the friend. "
    "Days since joining: at most 365. At most 2,000 points in 365 days."
)
PLAN = (
    "reward: hello, on: join, to: friend, points: 50",
    f"{SHARE}, within_days: 365, cap: {{points: 2000, window_days: 365}}",
    "reward: large, on: purchase, number: 3, to: advocate, points: 100, when: receipt.total >= money(1000)",
    "reward: spender, on: spend, from_minor: 1000000, to: advocate, points: 300",
    "reward: three, title: {en: Three friends, ru: Трое друзей}, on: milestone, friends: 3, to: advocate, points: 500",
    "reward: first, on: milestone, friends: 1, to: advocate, points: 20",
    "reward: grand, on: qualifying, to: second_advocate, points: 20",
)


@pytest.fixture
def people(session, client, clock):
    till = open_shop(session, client, *PLAN, advocate_points=200, friend_points=150)
    alice = joins(session, "Alice")
    clock.advance(minutes=1)
    boris = joins(session, "Boris")
    invited(session, advocate=alice, friend=boris)
    return till, alice, boris


def asked(session, client, member_id, path="/api/v1/me/referral"):
    return client.get(path, headers=signed_in(session, member_id)).get_json()


def plan_of(session, client, member_id):
    return [one["text"].replace("\u00a0", " ") for one in asked(session, client, member_id)["plan"]]


def test_the_plan_is_told_reward_by_reward(session, client, people):
    _, alice, _ = people

    assert plan_of(session, client, alice) == [
        "200 points for you for the friend's first purchase of ₽500 or more.",
        "150 points for the friend for a first purchase of ₽500 or more.",
        "50 points for the friend for joining.",
        OF_THE_SHARE,
        "100 points for you for the friend's purchase no. 3. Only if the receipt is at least ₽1,000.",
        "300 points for you when the friend's purchases come to ₽10,000.",
        "500 points for you when your friends with a first purchase come to 3.",
        "20 points for you when your friends with a first purchase come to 1.",
        "20 points for you for the first purchase of a friend's friend.",
    ]


def test_the_plan_speaks_russian(session, client, people):
    _, alice, _ = people

    client.patch("/api/v1/me", json={"locale": "ru"}, headers=signed_in(session, alice))

    told = plan_of(session, client, alice)
    assert told[0] == "200 баллов вам за первую покупку друга от 500 ₽."
    assert all("for" not in text for text in told)


def test_milestones_say_how_far_it_is(session, client, people):
    till, alice, boris = people
    till.sell(boris, 50_000)

    assert asked(session, client, alice)["milestones"] == [
        {
            "reward": "first",
            "title": "Friends you brought: 1",
            "friends": 1,
            "reached": 1,
            "is_reached": True,
            "points": 20,
            "coupon": None,
        },
        {
            "reward": "three",
            "title": "Three friends",
            "friends": 3,
            "reached": 1,
            "is_reached": False,
            "points": 500,
            "coupon": None,
        },
    ]


def test_each_friend_shows_what_they_brought(session, client, people, clock):
    till, alice, boris = people
    till.sell(boris, 50_000)
    clock.advance(days=1)
    till.sell(boris, 50_000, external_id="sale-2")

    [row] = asked(session, client, alice, "/api/v1/me/referrals")["items"]
    assert sorted((one["text"], one["points"], one["status"]) for one in row["rewards"]) == [
        ("A friend's first purchase", 200, "pending"),
        ("A friend's purchase", 10, "pending"),
        ("Friends you brought: 1", 20, "pending"),
    ]


def test_what_became_available_is_given(session, client, people, clock):
    till, alice, boris = people
    till.sell(boris, 50_000)
    clock.advance(days=15)

    [row] = asked(session, client, alice, "/api/v1/me/referrals")["items"]
    assert {one["status"] for one in row["rewards"]} == {"given"}


def test_where_nothing_is_offered_there_is_no_plan(session, client):
    open_till(session, client, programme=DEMO_PROGRAMME.split("referral:")[0])
    alice = joins(session, "Alice")

    answer = asked(session, client, alice)
    assert (answer["plan"], answer["milestones"], answer["offer"]) == ([], [], None)
