"""The plan of inviting with tills at once, and real commits: what comes once comes once, and caps hold."""

import threading

import pytest

from backend.referrals import service
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.factories.referrals import joins
from tests.factories.till import open_till
from tests.referrals.plan_shop import got, in_the_books, invited
from tests.referrals.plan_shop import plan as document
from tests.referrals.test_at_once import sell_at_once

TILLS = 4
PLAN = document(
    "reward: three, on: milestone, friends: 3, to: advocate, points: 500",
    "reward: share, on: every_purchase, to: advocate, points: 5, cap: {points: 12, window_days: 30}",
    advocate_points=200,
)


@pytest.fixture
def till(committed_app):
    with committed_app.app_context():
        return run_transaction(lambda session: open_till(session, committed_app.test_client(), programme=PLAN))


def a_circle(app):
    """Alice and her friends, who have not bought anything."""

    def work(session):
        alice = joins(session, "Alice")
        friends = [joins(session) for _ in range(TILLS)]
        return alice, friends, [invited(session, advocate=alice, friend=friend) for friend in friends]

    with app.app_context():
        return run_transaction(work)


def rewards_of(app, member_id):
    with app.app_context():
        return run_transaction(lambda session: (sorted(got(session, member_id)), in_the_books(session, member_id)))


def test_a_milestone_comes_once_and_the_cap_holds(committed_app, till):
    alice, friends, _ = a_circle(committed_app)

    sell_at_once(committed_app, till, friends)

    rewards, points = rewards_of(committed_app, alice)
    assert [one for one in rewards if one[0] == "three"] == [("three", 500, 0, "given")]
    assert sorted(one[1] for one in rewards if one[0] == "share") == [2, 5, 5]
    assert points == TILLS * 200 + 500 + 12


def test_a_decision_made_twice_at_once_pays_once(committed_app, till):
    alice, friends, referral_ids = a_circle(committed_app)
    with committed_app.app_context():
        till.sell(friends[0], 49_900, external_id="too-small")
    together, paid = threading.Barrier(2), []

    def decide():
        with committed_app.app_context():
            together.wait()
            pay = run_transaction(lambda session: service.pay_held(session, referral_ids[0], at=business_now()))
            paid.append(pay)

    threads = [threading.Thread(target=decide) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(paid) == [False, True]
    assert rewards_of(committed_app, alice)[1] == 205
