"""Rewards that wait for a person: what is given when it is decided, and what is not."""

import pytest

from backend.referrals import queries, service
from backend.shared.clock import business_now
from backend.shared.jobs import run_due_jobs
from tests.factories.referrals import joins, told, uses_device
from tests.referrals.plan_shop import got, in_the_books, invited, open_shop

pytestmark = pytest.mark.usefixtures("clock")
HELLO = "reward: hello, on: join, to: friend, points: 50"
SHARE = "reward: share, on: every_purchase, to: advocate, rate_basis_points: 100"
FIRST_FRIEND = "reward: first_friend, on: milestone, friends: 1, to: advocate, points: 500"


@pytest.fixture
def held(session, client, clock):
    """Alice invites Boris, whose phone was used for more cards than a household has; his first purchase is made."""

    def open_(*rewards, **terms):
        till = open_shop(session, client, *rewards, **({"advocate_points": 200, "friend_points": 200} | terms))
        alice = joins(session, "Alice")
        clock.advance(minutes=1)
        boris = joins(session, "Boris")
        referral_id = invited(session, advocate=alice, friend=boris)
        for member_id in (boris, joins(session), joins(session)):
            uses_device(session, member_id, "one-phone-of-many")
        till.sell(boris, 50_000)
        return till, alice, boris, referral_id

    return open_


def referral_of(session, friend_id):
    session.expire_all()
    return queries.referral_of_friend(session, friend_id)


def test_while_it_is_held_nothing_is_in_the_books(session, held):
    _, alice, boris, _ = held(SHARE, FIRST_FRIEND)

    assert referral_of(session, boris).status == "qualified"
    assert in_the_books(session, alice) == in_the_books(session, boris) == 0
    assert {state for *_, state in got(session, alice)} == {"withheld"}


def test_when_it_is_released_both_get_what_they_would_have_got(session, held, clock):
    _, alice, boris, referral_id = held()
    clock.advance(days=3)

    assert service.pay_held(session, referral_id, at=business_now())

    assert (in_the_books(session, alice), in_the_books(session, boris)) == (200, 200)
    assert referral_of(session, boris).status == "pending"
    assert told(session, alice)[-1] == (
        "200\u00a0points for Boris",
        "We have looked at it. The points are yours on 6 December.",
    )


def test_after_the_return_window_the_points_are_there_at_once(session, held, clock):
    _, alice, boris, referral_id = held()
    clock.advance(days=20)

    service.pay_held(session, referral_id, at=business_now())

    assert referral_of(session, boris).status == "rewarded"
    assert told(session, boris)[-1] == ("200\u00a0points by invitation", "We have looked at it, they are yours.")


def test_released_points_make_it_rewarded_in_time(session, held, clock):
    _, alice, boris, referral_id = held()
    service.pay_held(session, referral_id, at=business_now())

    clock.advance(days=15)
    run_due_jobs()

    assert referral_of(session, boris).status == "rewarded"


def test_a_decision_is_paid_once(session, held):
    _, alice, _, referral_id = held()

    assert service.pay_held(session, referral_id, at=business_now())
    assert not service.pay_held(session, referral_id, at=business_now())
    assert in_the_books(session, alice) == 200


def test_purchases_made_meanwhile_count_too(session, held, clock):
    till, alice, boris, referral_id = held(SHARE, FIRST_FRIEND)
    till.sell(boris, 80_000, external_id="sale-2")

    service.pay_held(session, referral_id, at=business_now())
    till.sell(boris, 10_000, external_id="sale-3")

    assert in_the_books(session, alice) == 200 + 500 + 5 + 8 + 1


def test_what_came_back_meanwhile_is_not_given(session, held):
    till, alice, boris, referral_id = held(SHARE)
    till.give_back(amount=25_000)

    service.pay_held(session, referral_id, at=business_now())
    assert in_the_books(session, alice) == 100 + 2

    till.give_back(external_id="return-2")
    assert in_the_books(session, alice) == 0
    assert referral_of(session, boris).status == "reversed"


def test_a_purchase_that_came_back_whole_ends_it(session, held):
    till, alice, boris, referral_id = held()
    till.give_back()

    assert service.pay_held(session, referral_id, at=business_now())

    assert referral_of(session, boris).status == "reversed"
    assert in_the_books(session, alice) == 0


def test_what_joining_brought_stays_where_the_purchase_came_back_whole(session, held):
    till, _, boris, referral_id = held(HELLO, SHARE)
    till.give_back()

    service.pay_held(session, referral_id, at=business_now())

    assert in_the_books(session, boris) == 50
    assert got(session, boris) == [("hello", 50, 0, "given")]


def test_what_joining_brought_is_given_again_though_the_purchase_came_back_whole(session, held):
    till, alice, boris, referral_id = held(HELLO, SHARE)
    service.refuse_rewards(session, referral_id, at=business_now())
    till.give_back()

    service.pay_held(session, referral_id, at=business_now())

    assert (in_the_books(session, alice), in_the_books(session, boris)) == (0, 50)
    assert referral_of(session, boris).status == "reversed"


def test_what_was_not_due_after_all_waits_for_nobody(session, held):
    till, alice, boris, referral_id = held(
        "reward: ten_friends, on: milestone, friends: 10, to: advocate, points: 500",
        "reward: regular, on: spend, from_minor: 60000, to: advocate, points: 30",
        SHARE,
    )
    till.sell(boris, 50_000, external_id="sale-2")
    till.sell(boris, 50_000, external_id="sale-3")
    till.give_back(of="sale-2")

    service.pay_held(session, referral_id, at=business_now())
    assert {(reward, state) for reward, *_, state in got(session, alice)} == {("referral", "given"), ("share", "given")}

    till.sell(boris, 50_000, external_id="sale-4")
    assert in_the_books(session, alice) == 200 + 30 + 3 * 5


def test_points_of_joining_in_a_book_that_is_not_open_are_still_given(session, held):
    _, _, boris, referral_id = held(HELLO)

    service.take_joining_back(session, {}, [referral_id], at=business_now())

    assert in_the_books(session, boris) == 50
    assert ("hello", 50, 0, "given") in got(session, boris)


def test_a_refusal_takes_back_what_joining_brought(session, held):
    _, alice, boris, referral_id = held(HELLO)
    assert in_the_books(session, boris) == 50

    service.refuse_rewards(session, referral_id, at=business_now())

    assert in_the_books(session, boris) == 0
    assert {state for *_, state in got(session, boris)} == {"refused"}


def test_a_refusal_that_is_overturned_gives_all_of_it(session, held):
    _, alice, boris, referral_id = held(HELLO)
    service.refuse_rewards(session, referral_id, at=business_now())

    service.pay_held(session, referral_id, at=business_now())

    assert (in_the_books(session, alice), in_the_books(session, boris)) == (200, 250)


def test_a_purchase_below_the_minimum_is_paid_where_a_dispute_is_upheld(session, client, clock):
    till = open_shop(session, client, SHARE, advocate_points=200, friend_points=200)
    alice = joins(session, "Alice")
    clock.advance(minutes=1)
    boris = joins(session, "Boris")
    referral_id = invited(session, advocate=alice, friend=boris)
    till.sell(boris, 49_900)
    assert in_the_books(session, alice) == 0

    assert service.pay_held(session, referral_id, at=business_now())

    assert (in_the_books(session, alice), in_the_books(session, boris)) == (204, 200)
    assert referral_of(session, boris).status == "pending"


def test_a_milestone_that_another_friend_has_made_full_meanwhile_comes_once(session, held, clock):
    till, alice, boris, referral_id = held(FIRST_FRIEND)
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)
    till.sell(dasha, 50_000, external_id="sale-of-dasha")

    service.pay_held(session, referral_id, at=business_now())

    assert in_the_books(session, alice) == 200 + 500 + 200


def test_a_budget_of_the_receipts_month_pays_for_it(session, held, clock):
    budget = "budgets:\n  - {budget: inviting, rules: [referral], points: 300, period: month}"
    _, alice, boris, referral_id = held(more=budget)
    clock.advance(days=20)

    service.pay_held(session, referral_id, at=business_now())

    assert in_the_books(session, alice) + in_the_books(session, boris) == 300


def test_what_came_back_meanwhile_goes_back_to_its_budget(session, held, clock):
    budget = "budgets:\n  - {budget: inviting, rules: [referral], points: 200, period: all}"
    till, alice, _, referral_id = held(advocate_points=200, friend_points=0, more=budget)
    till.give_back(amount=25_000)
    service.pay_held(session, referral_id, at=business_now())
    assert in_the_books(session, alice) == 100
    clock.advance(minutes=1)
    dasha = joins(session, "Dasha")
    invited(session, advocate=alice, friend=dasha)

    till.sell(dasha, 50_000, external_id="sale-of-dasha")

    assert in_the_books(session, alice) == 100 + 100
