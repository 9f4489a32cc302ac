"""Tills at once, with real commits: a referral is decided once, and the last place under the cap is taken once."""

import threading

import pytest

from backend.members import service as members
from backend.shared.db import run_transaction
from tests.factories.referrals import bound, joins
from tests.factories.till import DEMO_PROGRAMME, open_till

TILLS = 4


@pytest.fixture
def shop(committed_app):
    """A programme whose cap is one friend, and a till that several threads use."""
    programme = DEMO_PROGRAMME.replace("cap: {friends: 10", "cap: {friends: 1")
    with committed_app.app_context():
        return run_transaction(lambda session: open_till(session, committed_app.test_client(), programme=programme))


def sell_at_once(app, till, buyers):
    """Each buyer's receipt of 500 roubles from a thread of its own, all in the same moment."""
    together, statuses = threading.Barrier(len(buyers)), []

    def sell(number, buyer):
        own = type(till)(app.test_client(), till.headers, till.store_id)
        together.wait()
        statuses.append(own.sell(buyer, 50_000, external_id=f"sale-{number}").status_code)

    threads = [threading.Thread(target=sell, args=pair) for pair in enumerate(buyers)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert statuses == [201] * len(buyers)


def friends_of(app, member_id):
    with app.app_context():
        token = run_transaction(lambda session: members.open_family(session, member_id=member_id).access_token)
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    rows = client.get("/api/v1/me/referrals", headers=headers).get_json()["items"]
    return sorted(row["status"] for row in rows), client.get("/api/v1/me/balance", headers=headers).get_json()[
        "pending"
    ]


def invited(app, count):
    def work(session):
        alice = joins(session, "Alice")
        friends = [joins(session) for _ in range(count)]
        for friend in friends:
            bound(session, advocate_id=alice, friend_id=friend)
        return alice, friends

    with app.app_context():
        return run_transaction(work)


def test_of_friends_who_buy_in_one_moment_one_takes_the_last_place_under_the_cap(committed_app, shop):
    alice, friends = invited(committed_app, TILLS)

    sell_at_once(committed_app, shop, friends)

    assert friends_of(committed_app, alice) == (["pending"] + ["rejected"] * (TILLS - 1), 200)


def test_of_a_friends_receipts_in_one_moment_one_decides(committed_app, shop):
    alice, (boris,) = invited(committed_app, 1)

    sell_at_once(committed_app, shop, [boris] * TILLS)

    assert friends_of(committed_app, alice) == (["pending"], 200)
