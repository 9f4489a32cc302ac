"""What the reports count: the funnel as a cohort, its cost, growth, and what brought members spend."""

from datetime import date

import pytest

from backend.referrals import analytics, service
from backend.referrals.analytics import Question
from backend.referrals.codes import Origin
from backend.shared.clock import business_now
from tests.factories.referral_history import brings, gives, opens, spends
from tests.factories.referrals import bound, buys, demo_terms, joins
from tests.factories.shops import a_shop, a_store
from tests.factories.till import open_till

NOVEMBER = Question(first_day=date(2026, 11, 1), last_day=date(2026, 11, 30), zone="Europe/Moscow")


@pytest.fixture(autouse=True)
def shop(session, clock):
    a_shop(session)
    a_store(session)


def of(session, by="channel", question=NOVEMBER):
    return {one.key: one for one in analytics.funnels(session, question, by=by)}


def test_a_funnel_counts_each_step_by_channel(session):
    alice = joins(session, "Alice")
    opens(session, alice, people=5)
    opens(session, alice, people=2, channel="print")
    brings(session, alice)
    brings(session, alice, amount_minor=50_000)
    brings(session, alice, amount_minor=10_000)

    found = of(session)

    assert (found["qr"].visits, found["qr"].joined, found["qr"].qualified, found["qr"].rewarded) == (5, 3, 1, 0)
    assert (found["print"].visits, found["print"].joined) == (2, 0)


def test_a_friend_counts_in_the_month_of_joining_whenever_it_buys(session, clock):
    clock.set(clock.now.replace(month=10, day=5))
    alice = joins(session, "Alice")
    clock.advance(days=1)
    boris = brings(session, alice)
    clock.set(clock.now.replace(month=11, day=22))
    assert buys(session, boris).verdict.outcome == "reward"

    assert of(session) == {}
    october = Question(first_day=date(2026, 10, 1), last_day=date(2026, 10, 31), zone="Europe/Moscow")
    assert of(session, question=october)["qr"].acquired == 1


def test_days_are_those_of_the_shop(session, clock):
    alice = joins(session, "Alice")
    clock.set(clock.now.replace(day=30, hour=20, minute=59))
    brings(session, alice)
    clock.advance(minutes=2)
    brings(session, alice)

    assert of(session)["qr"].joined == 1
    assert sorted(of(session, by="month")) == ["2026-11"]


def test_the_cost_is_what_both_sides_keep(session, client):
    """Through the till: of two friends who bought, one brings half of it back."""
    till = open_till(session, client)
    alice = joins(session, "Alice")
    for number in (1, 2):
        friend = joins(session)
        bound(session, advocate_id=alice, friend_id=friend)
        assert till.sell(friend, 60_000, external_id=f"sale-{number}").status_code == 201
    assert till.give_back(of="sale-1", amount=30_000).status_code < 300

    found = of(session)["qr"]

    assert (found.acquired, found.advocate_points, found.friend_points) == (2, 300, 300)
    assert found.cost_minor(100) == 60_000
    assert found.cost_per_customer_minor(100) == 30_000


def test_a_friend_who_returned_everything_is_no_customer_and_costs_nothing(session, client):
    till = open_till(session, client)
    alice, friend = joins(session, "Alice"), joins(session)
    bound(session, advocate_id=alice, friend_id=friend)
    till.sell(friend, 60_000)
    till.give_back()

    found = of(session)["qr"]

    assert (found.qualified, found.acquired, found.points) == (1, 0, 0)
    assert found.cost_per_customer_minor(100) is None


def test_what_waits_for_a_person_costs_nothing(session):
    friend = brings(session, joins(session, "Alice"), amount_minor=50_000)
    gives(session, friend, reward="third", state="withheld")

    assert of(session)["qr"].points == 400


def test_a_place_is_where_the_advocate_bought_last(session):
    alice, dasha = joins(session, "Alice"), joins(session, "Dasha")
    north = a_store(session, "nevsky", region="North")
    spends(session, alice, 10_000, store_id=north.id)
    opens(session, alice, people=3)
    brings(session, alice)
    brings(session, dasha)

    found = of(session, by="place")

    assert (found["North"].visits, found["North"].joined, found[""].joined) == (3, 1, 1)
    narrowed = Question(
        first_day=NOVEMBER.first_day, last_day=NOVEMBER.last_day, zone=NOVEMBER.zone, place="North", channel="qr"
    )
    assert [one.joined for one in analytics.funnels(session, narrowed, by="channel")] == [1]


def test_a_store_without_a_region_goes_by_its_code(session):
    alice = joins(session, "Alice")
    spends(session, alice, 10_000)
    brings(session, alice)

    assert of(session, by="place")["pokrovka"].joined == 1


def test_a_campaign_keeps_its_visits_and_the_friends_who_came_by_it(session):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    autumn = Origin(utm_campaign="autumn")
    opens(session, alice, people=4, origin=autumn)
    opens(session, alice, people=1)
    code = service.own_code(session, member_id=alice, at=business_now())
    service.bind(
        session, friend_id=boris, code=code, channel="qr", at=business_now(), terms=demo_terms(), origin=autumn
    )

    found = of(session, by="campaign")

    assert (found["autumn"].visits, found["autumn"].joined) == (4, 1)
    assert (found[""].visits, found[""].joined) == (1, 0)


def test_k_is_invitations_for_each_active_member_times_the_share_that_joined(session):
    alice = joins(session, "Alice")
    spends(session, alice, 10_000)
    spends(session, alice, 10_000)
    opens(session, alice, people=4)
    brings(session, alice, amount_minor=50_000)
    brings(session, alice, channel="till")

    [november] = analytics.growth(session, NOVEMBER)

    assert (november.active, november.invitations, november.joined, november.advocates) == (2, 5, 2, 1)
    assert november.per_member == 2.5
    assert november.conversion == 0.4
    assert november.k == pytest.approx(november.per_member * november.conversion) == 1.0


def test_a_link_that_led_to_joining_was_opened_even_if_no_visit_was_counted(session):
    alice = joins(session, "Alice")
    brings(session, alice)

    [november] = analytics.growth(session, NOVEMBER)

    assert (november.invitations, november.conversion, november.k) == (1, 1.0, None)


def test_top_advocates_are_those_whose_friends_stay(session):
    alice, dasha = joins(session, "Alice"), joins(session, "Dasha")
    for _ in range(3):
        brings(session, alice)
    brings(session, dasha, amount_minor=50_000)
    brings(session, dasha, amount_minor=10_000)

    first, second = analytics.advocates(session, NOVEMBER, limit=5)

    assert (first.member_id, first.joined, first.earned, first.without_reward, first.points) == (dasha, 2, 1, 1, 200)
    assert (second.member_id, second.joined, second.earned) == (alice, 3, 0)


def test_states_are_counted_with_their_reasons(session):
    alice = joins(session, "Alice")
    brings(session, alice)
    for _ in range(2):
        brings(session, alice, amount_minor=10_000)

    counted = {(one.status, one.reason_kind): one.friends for one in analytics.states(session, NOVEMBER)}

    assert counted == {("joined", None): 1, ("rejected", "referral_refused_below_minimum"): 2}


def test_who_moved_last_comes_first_and_pages_follow_each_other(session, clock):
    alice = joins(session, "Alice")
    early = brings(session, alice)
    clock.advance(minutes=1)
    late = brings(session, alice)
    clock.advance(minutes=1)
    last = brings(session, alice, amount_minor=50_000)

    first = analytics.friends(session, NOVEMBER, limit=2)
    second = analytics.friends(session, NOVEMBER, before=first[1].id, limit=2)

    assert [row.friend_id for row in first] == [last, late, early]
    assert [row.friend_id for row in second] == [early]
    assert [row.friend_id for row in analytics.friends(session, NOVEMBER, status="pending", limit=2)] == [last]
    every = analytics.every_friend(session, NOVEMBER, limit=2)
    rest = analytics.every_friend(session, NOVEMBER, after=every[-1].id, limit=2)
    assert [row.friend_id for row in (*every, *rest)] == [early, late, last]


def test_months_of_a_period_are_whole_ones():
    question = Question(first_day=date(2026, 10, 31), last_day=date(2027, 1, 1), zone="Europe/Moscow")

    assert [month.name for month in question.months] == ["2026-10", "2026-11", "2026-12", "2027-01"]
