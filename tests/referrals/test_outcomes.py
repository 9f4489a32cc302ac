"""What becomes of a referral: every state, with its reason, and what either side is told."""

from datetime import timedelta
from uuid import uuid4

import pytest

from backend.ledger.events import AccrualReversed, AccrualsReleased, ReleasedAccrual
from backend.members.events import MemberErased
from backend.referrals import queries, service
from backend.referrals.errors import UnknownReferralCode
from backend.shared.clock import business_now
from tests.factories.referrals import bound, buys, demo_terms, in_shadow, joins, told


@pytest.fixture(autouse=True)
def _today(clock):
    """22 November 2026."""


def status(session, friend_id):
    session.expire_all()
    referral = queries.referral_of_friend(session, friend_id)
    return referral.status, referral.reason_kind


def alice_and_boris(session):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    return alice, boris, bound(session, advocate_id=alice, friend_id=boris)


def release(session, referral, *members):
    items = tuple(
        ReleasedAccrual(
            transaction_id=uuid4(),
            member_id=member_id,
            points=200,
            receipt_id=referral.qualifying_receipt_id,
            referral_id=referral.id,
            released_at=business_now(),
        )
        for member_id in members
    )
    service.on_accruals_released(session, AccrualsReleased(items))


def test_what_is_released_together_is_rewarded_each_at_its_own_moment(session, clock):
    alice, released, moments = joins(session, "Alice"), [], {}
    for days in (3, 1):
        friend = joins(session)
        referral = bound(session, advocate_id=alice, friend_id=friend)
        buys(session, friend)
        moments[referral.id] = business_now() - timedelta(days=days)
        released.append(
            ReleasedAccrual(
                transaction_id=uuid4(),
                member_id=alice,
                points=200,
                receipt_id=referral.qualifying_receipt_id,
                referral_id=referral.id,
                released_at=moments[referral.id],
            )
        )
    service.on_accruals_released(session, AccrualsReleased(tuple(released)))
    session.expire_all()
    found = queries.referrals_by_ids(session, list(moments))
    assert {id_: (one.status, one.status_at) for id_, one in found.items()} == {
        id_: ("rewarded", at) for id_, at in moments.items()
    }


def take_back(session, referral, member_id, points):
    service.on_accrual_reversed(
        session,
        AccrualReversed(
            transaction_id=uuid4(),
            member_id=member_id,
            referral_id=referral.id,
            points=points,
            points_accrued=200,
            facts={},
        ),
    )


def test_a_qualifying_purchase_makes_it_pending_and_both_learn_the_day(session):
    alice, boris, referral = alice_and_boris(session)

    decision = buys(session, boris)

    assert decision.verdict.outcome == "reward"
    assert status(session, boris) == ("pending", None)
    assert (referral.advocate_points, referral.friend_points) == (200, 200)
    assert referral.qualifying_receipt_id == decision.candidate.receipt_id
    assert told(session, alice)[-1] == (
        "200\u00a0points for Boris",
        "The first purchase is made. The points are yours on 6 December.",
    )
    assert told(session, boris)[-1] == (
        "200\u00a0points by invitation",
        "The first purchase is made. The points are yours on 6 December.",
    )


def test_a_purchase_below_the_minimum_refuses_it_with_the_reason(session):
    alice, boris, _ = alice_and_boris(session)

    buys(session, boris, amount_minor=49_900)

    assert status(session, boris) == ("rejected", "referral_refused_below_minimum")
    reason = "The first purchase was below ₽500. Not so? Tell us at the till."
    assert told(session, alice)[-1] == ("No reward for Boris", reason)
    assert told(session, boris)[-1] == ("No points for the invitation", reason)


def test_after_a_refusal_no_later_purchase_earns_the_reward(session):
    _, boris, _ = alice_and_boris(session)
    buys(session, boris, amount_minor=49_900)

    assert buys(session, boris, amount_minor=90_000) is None
    assert status(session, boris)[0] == "rejected"


def test_where_the_first_qualifying_receipt_counts_a_small_one_leaves_it_open(session):
    _, boris, _ = alice_and_boris(session)
    terms = demo_terms(qualifying_receipt="first_qualifying")

    assert buys(session, boris, amount_minor=49_900, terms=terms) is None
    assert status(session, boris) == ("joined", None)
    assert buys(session, boris, terms=terms).verdict.outcome == "reward"


def test_points_that_are_available_at_once_make_it_rewarded_at_once(session):
    alice, boris, _ = alice_and_boris(session)

    buys(session, boris, terms=demo_terms(pending_days=0))

    assert status(session, boris)[0] == "rewarded"
    assert told(session, alice)[-1] == ("200\u00a0points for Boris", "The first purchase is made, they are yours.")


def test_when_the_points_become_available_it_is_rewarded_and_both_are_told(session):
    alice, boris, referral = alice_and_boris(session)
    buys(session, boris)

    release(session, referral, alice, boris)

    assert status(session, boris)[0] == "rewarded"
    assert told(session, alice)[-1] == (
        "200\u00a0points for Boris",
        "The return window is over, they are yours.",
    )
    assert told(session, boris)[-1] == (
        "200\u00a0points by invitation",
        "The return window is over, they are yours.",
    )


def test_a_release_that_has_nothing_to_do_with_referrals_changes_nothing(session):
    alice, boris, referral = alice_and_boris(session)
    buys(session, boris)
    item = ReleasedAccrual(
        transaction_id=uuid4(),
        member_id=boris,
        points=25,
        receipt_id=uuid4(),
        referral_id=None,
        released_at=business_now(),
    )

    service.on_accruals_released(session, AccrualsReleased((item,)))

    assert status(session, boris)[0] == "pending"


@pytest.mark.parametrize("released", [False, True])
def test_when_all_is_taken_back_on_both_sides_it_is_reversed(session, released):
    alice, boris, referral = alice_and_boris(session)
    buys(session, boris)
    if released:
        release(session, referral, alice, boris)

    take_back(session, referral, alice, 200)
    assert status(session, boris)[0] == ("rewarded" if released else "pending")
    take_back(session, referral, boris, 200)

    assert status(session, boris) == ("reversed", "referral_reversed")
    assert told(session, alice)[-1] == (
        "−200\u00a0points for Boris",
        "They came from a first purchase that was returned.",
    )


def test_two_returns_of_halves_are_told_apart_and_together_reverse_it(session):
    alice, boris, referral = alice_and_boris(session)
    buys(session, boris)

    for _ in range(2):
        take_back(session, referral, alice, 100)
        take_back(session, referral, boris, 100)

    assert status(session, boris)[0] == "reversed"
    titles = [title for title, _ in told(session, alice)]
    assert titles.count("−100\u00a0points for Boris") == 2


def test_a_reversed_referral_is_not_rewarded_by_a_late_release(session):
    alice, boris, referral = alice_and_boris(session)
    buys(session, boris)
    take_back(session, referral, alice, 200)
    take_back(session, referral, boris, 200)

    release(session, referral, alice)

    assert status(session, boris)[0] == "reversed"


def test_the_cap_is_judged_on_what_the_window_holds_and_a_return_makes_room(session, clock):
    alice = joins(session, "Alice")
    terms = demo_terms(cap_friends=2)
    friends = [joins(session) for _ in range(5)]
    referrals = [bound(session, advocate_id=alice, friend_id=friend) for friend in friends]
    buys(session, friends[0], terms=terms)
    buys(session, friends[1], terms=terms)

    buys(session, friends[2], terms=terms)
    assert status(session, friends[2]) == ("rejected", "referral_refused_cap")
    assert "The limit is 2 rewarded friends in 30 days" in told(session, alice)[-1][1]

    take_back(session, referrals[0], alice, 200)
    take_back(session, referrals[0], friends[0], 200)
    assert buys(session, friends[3], terms=terms).verdict.outcome == "reward"

    clock.advance(days=30, seconds=1)
    assert buys(session, friends[4], terms=terms).verdict.outcome == "reward"


def test_somebody_held_takes_a_place_under_the_cap(session):
    alice = joins(session, "Alice")
    friends = [joins(session) for _ in range(12)]
    for friend in friends:
        bound(session, advocate_id=alice, friend_id=friend)

    for friend in friends:
        buys(session, friend)

    statuses = [status(session, friend)[0] for friend in friends]
    assert statuses == ["pending"] * 5 + ["qualified"] * 5 + ["rejected"] * 2


def test_a_leaked_code_holds_the_sixth_friend_of_a_day_and_says_why(session):
    alice = joins(session, "Alice")
    friends = [joins(session) for _ in range(6)]
    for friend in friends:
        bound(session, advocate_id=alice, friend_id=friend)

    assert buys(session, friends[4]).verdict.outcome == "reward"
    assert buys(session, friends[5]).verdict.outcome == "hold"
    assert status(session, friends[5]) == ("qualified", "referral_held_joins_per_code")
    assert told(session, alice)[-1] == (
        "The reward for a new guest waits",
        "More than 5 friends joined by one code in 24 hours. We look at it before the points are given.",
    )


def test_a_leaked_code_is_replaced_and_leads_on_for_a_day_to_where_friends_are_held(session, clock):
    alice = joins(session, "Alice")
    leaked = service.own_code(session, member_id=alice, at=business_now())
    for _ in range(6):
        bound(session, advocate_id=alice, friend_id=joins(session))
    fresh = service.own_code(session, member_id=alice, at=business_now())
    assert fresh != leaked

    seventh, eighth = joins(session), joins(session)
    for friend, code in ((seventh, leaked), (eighth, fresh)):
        service.bind(session, friend_id=friend, code=code, channel="link", at=business_now(), terms=demo_terms())
    assert [buys(session, friend).verdict.outcome for friend in (seventh, eighth)] == ["hold", "hold"]
    assert service.own_code(session, member_id=alice, at=business_now()) == fresh

    clock.advance(hours=24)
    with pytest.raises(UnknownReferralCode):
        service.check_code(session, leaked, at=business_now())


def test_a_leaked_code_pays_where_its_rule_only_watches(session):
    alice = joins(session, "Alice")
    friends = [joins(session) for _ in range(6)]
    for friend in friends:
        bound(session, advocate_id=alice, friend_id=friend, terms=in_shadow("joins_per_code"))

    assert buys(session, friends[5], terms=in_shadow("joins_per_code")).verdict.outcome == "reward"
    assert "Many came by your link" not in dict(told(session, alice))


def test_friends_who_come_over_days_are_no_crowd(session, clock):
    alice = joins(session, "Alice")
    for _ in range(5):
        bound(session, advocate_id=alice, friend_id=joins(session))
    clock.advance(hours=24, seconds=1)
    late = joins(session)
    bound(session, advocate_id=alice, friend_id=late)

    assert buys(session, late).verdict.outcome == "reward"


def test_a_referral_that_another_batch_has_decided_is_not_judged_again(session):
    _, boris, _ = alice_and_boris(session)
    seen_before = queries.open_for_friends(session, [boris])
    buys(session, boris)

    assert service.gather(session, seen_before.values(), at=business_now(), terms=demo_terms()) == {}


def test_only_buyers_with_an_open_referral_are_found(session):
    _, boris, referral = alice_and_boris(session)
    dasha = joins(session, "Dasha")

    found = queries.open_for_friends(session, [boris, dasha])

    assert {friend: one.id for friend, one in found.items()} == {boris: referral.id}


def test_the_code_of_somebody_who_was_erased_ends(session):
    alice, boris, _ = alice_and_boris(session)
    code = queries.code_of(session, alice)

    service.on_member_erased(session, MemberErased(member_id=alice))

    with pytest.raises(UnknownReferralCode):
        service.check_code(session, code, at=business_now())
    assert status(session, boris)[0] == "joined"
