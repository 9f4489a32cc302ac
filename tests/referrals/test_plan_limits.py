"""Where the plan of inviting ends: budgets, refused frauds, stores, and who stands at the till."""

import pytest

from backend.programmes import service as programmes
from backend.referrals import queries
from backend.referrals import service as referrals
from backend.shared.clock import business_now
from tests.factories.referrals import CAST_PHONES, joins, told, uses_device
from tests.referrals.plan_shop import got, in_the_books, invited, open_shop, plan

pytestmark = pytest.mark.usefixtures("clock")
HELLO = "reward: hello, on: join, to: friend, points: 50"
SHARE = "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100"


@pytest.fixture
def people(session, client, clock):
    def open_(*rewards, **terms):
        till = open_shop(session, client, *rewards, **terms)
        alice = joins(session, "Alice")
        clock.advance(minutes=1)
        boris = joins(session, "Boris")
        return till, alice, boris

    return open_


def test_a_budget_of_its_own_bounds_a_reward(session, people):
    budget = "budgets:\n  - {budget: shares, rules: [share], points: 8, period: month}"
    till, alice, boris = people(SHARE, advocate_points=200, more=budget)
    invited(session, advocate=alice, friend=boris)

    for number in range(3):
        till.sell(boris, 50_000, external_id=f"sale-{number}")

    assert in_the_books(session, alice) == 208


def test_the_budget_of_referral_pays_for_every_reward(session, people):
    budget = "budgets:\n  - {budget: inviting, rules: [referral], points: 203, period: month}"
    till, alice, boris = people(SHARE, advocate_points=200, more=budget)
    invited(session, advocate=alice, friend=boris)

    till.sell(boris, 50_000)

    assert in_the_books(session, alice) == 203


def test_both_are_told_of_the_points_that_the_budget_let_through(session, people):
    budget = "budgets:\n  - {budget: inviting, rules: [referral], points: 250, period: month}"
    till, alice, boris = people(advocate_points=200, friend_points=200, more=budget)
    invited(session, advocate=alice, friend=boris)

    till.sell(boris, 50_000)

    session.expire_all()
    referral = queries.referral_of_friend(session, boris)
    assert (referral.status, referral.advocate_points, referral.friend_points) == ("pending", 200, 50)
    assert "50\u00a0points by invitation" in [title for title, _ in told(session, boris)]


def test_a_budget_that_is_empty_promises_nobody_anything(session, people):
    budget = "budgets:\n  - {budget: inviting, rules: [referral], points: 200, period: month}"
    till, alice, boris = people(advocate_points=200, more=budget)
    dasha = joins(session, "Dasha")
    for number, friend in enumerate((boris, dasha)):
        invited(session, advocate=alice, friend=friend)
        till.sell(friend, 50_000, external_id=f"sale-{number}")

    session.expire_all()
    referral = queries.referral_of_friend(session, dasha)
    assert (referral.status, referral.advocate_points) == ("rewarded", 0)
    assert [title for title, _ in told(session, alice)].count("200\u00a0points for Dasha") == 0


def test_a_refused_friend_takes_no_place_under_a_cap(session, people):
    capped = f"{SHARE}, cap: {{points: 6, window_days: 30}}"
    till, alice, boris = people(capped, advocate_points=200)
    invited(session, advocate=alice, friend=boris)
    for member_id in (alice, boris):
        uses_device(session, member_id, "one-phone")
    till.sell(boris, 50_000)
    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)

    till.sell(dasha, 50_000, external_id="sale-2")

    assert {state for *_, state in got(session, alice)} == {"refused", "given"}
    assert in_the_books(session, alice) == 205


def test_what_comes_back_goes_back_to_its_budget(session, people):
    budget = "budgets:\n  - {budget: shares, rules: [share], points: 8, period: month}"
    till, alice, boris = people(SHARE, more=budget)
    invited(session, advocate=alice, friend=boris)
    till.sell(boris, 50_000)
    till.sell(boris, 50_000, external_id="sale-2")
    till.give_back(of="sale-2")

    till.sell(boris, 50_000, external_id="sale-3")

    assert in_the_books(session, alice) == 8


def test_joining_takes_from_its_budget_too(session, people):
    budget = "budgets:\n  - {budget: hellos, rules: [hello], points: 30, period: all}"
    _, alice, boris = people(HELLO, more=budget)

    invited(session, advocate=alice, friend=boris)

    assert got(session, boris) == [("hello", 30, 0, "given")]


def test_whoever_is_refused_as_a_fraud_keeps_nothing_of_joining(session, people):
    till, alice, boris = people(HELLO, advocate_points=200)
    invited(session, advocate=alice, friend=boris)
    assert in_the_books(session, boris) == 50
    uses_device(session, alice, "one-phone")
    uses_device(session, boris, "one-phone")

    till.sell(boris, 50_000)

    session.expire_all()
    assert queries.referral_of_friend(session, boris).status == "rejected"
    assert (in_the_books(session, boris), in_the_books(session, alice)) == (0, 0)


def test_so_it_is_where_joining_brings_nothing_any_more(session, people, clock):
    till, alice, boris = people(HELLO, advocate_points=200)
    invited(session, advocate=alice, friend=boris)
    for member_id in (alice, boris):
        uses_device(session, member_id, "one-phone")
    clock.advance(days=1)
    programmes.load(session, plan(advocate_points=200), in_force_from=business_now())

    till.sell(boris, 50_000)

    assert in_the_books(session, boris) == 0


def test_what_a_fraud_had_for_joining_goes_back_to_its_budget(session, people):
    budget = "budgets:\n  - {budget: hellos, rules: [hello], points: 50, period: month}"
    till, alice, boris = people(HELLO, advocate_points=200, more=budget)
    invited(session, advocate=alice, friend=boris)
    for member_id in (alice, boris):
        uses_device(session, member_id, "one-phone")
    till.sell(boris, 50_000)

    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)

    assert got(session, dasha) == [("hello", 50, 0, "given")]


def test_a_first_purchase_that_is_too_small_leaves_what_joining_brought(session, people):
    till, alice, boris = people(HELLO, advocate_points=200)
    invited(session, advocate=alice, friend=boris)

    till.sell(boris, 49_900)

    assert in_the_books(session, boris) == 50


def test_an_advocate_named_at_the_till_is_rewarded_with_all_above(session, people, clock):
    till, alice, boris = people(
        HELLO, SHARE, "reward: grand, on: qualifying, to: second_advocate, points: 20", friend_points=100
    )
    invited(session, advocate=alice, friend=boris)
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    code = referrals.own_code(session, member_id=boris, at=business_now())

    answer = till.sell(dasha, 50_000, referral_code=code)

    assert (in_the_books(session, dasha), in_the_books(session, boris) - 50, in_the_books(session, alice)) == (
        150,
        5,
        20,
    )
    told = [message["text"] if isinstance(message, dict) else message for message in answer.get_json()["messages"]]
    assert any("50" in text for text in told)


def test_a_condition_of_joining_looks_at_the_store_of_the_till(session, client, people):
    till, alice, _ = people(
        'reward: hello, on: join, to: friend, points: 50, when: store.code == "pokrovka"',
        'reward: other, on: join, to: friend, points: 70, when: store.code == "nowhere"',
    )
    code = referrals.own_code(session, member_id=alice, at=business_now())

    body = {"phone": CAST_PHONES["Ivan"], "referral_code": code}
    guest = till.post("/members", body).get_json()["member"]["id"]

    assert [reward for reward, *_ in got(session, guest)] == ["hello"]
