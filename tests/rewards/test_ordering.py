"""Ordering: what it takes, who may, how many there are, and what the history says."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from backend.ledger import queries as ledger
from backend.ledger import service as books
from backend.ledger.errors import NotEnoughPoints, SpendingFrozen
from backend.programmes.engine.facts import MemberFacts
from backend.rewards import queries, stock
from backend.rewards.coupon_code import is_coupons
from backend.rewards.errors import (
    KeyUsedForAnotherOrder,
    MemberLimitReached,
    NotForThisMember,
    RewardOver,
    RewardPaused,
    SoldOut,
    SoldOutToday,
    UnknownReward,
)
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from tests.factories.rewards import ordered
from tests.factories.till import with_points

pytestmark = pytest.mark.usefixtures("books")


def offered(session, name):
    return queries.find(session, name, at=business_now())


def left(session, name):
    one = offered(session, name)
    return queries.stocks(session, [one], at=business_now())[one.key].left


def balance(session, member_id):
    return ledger.balance(session, member_id).available


# What it takes


def test_an_order_costs_its_points_and_is_a_coupon_at_once(session, alice):
    coupon = ordered(session, alice, "cappuccino")
    assert (coupon.state, coupon.price_points, coupon.title["en"]) == ("issued", 300, "Any cappuccino")
    assert is_coupons(coupon.code)
    assert balance(session, alice) == 700


def test_points_that_burn_first_are_spent_first(session, alice):
    soon = with_points(session, alice, 200, days=3)
    ordered(session, alice, "cappuccino")
    remaining = session.scalar(
        text("SELECT points_remaining FROM ledger_lots WHERE transaction_id = :lot"), {"lot": soon}
    )
    assert remaining == 0


def test_too_few_points_are_refused_with_how_many_there_are_and_nothing_is_counted(session, boris):
    ordered(session, boris, "five_hundred_off")
    ordered(session, boris, "cappuccino")
    with pytest.raises(NotEnoughPoints) as refused:
        ordered(session, boris, "cappuccino")
    assert refused.value.facts == {"maximum": 200}
    assert queries.held_by(session, boris) == {("grain", "five_hundred_off"): 1, ("grain", "cappuccino"): 1}


def test_nothing_is_ordered_from_a_frozen_book(session, alice):
    books.freeze(session, [alice], reason="looked at")
    with pytest.raises(SpendingFrozen):
        ordered(session, alice, "cappuccino")


def test_the_same_key_orders_once_and_another_reward_under_it_is_refused(session, alice):
    first = ordered(session, alice, "cappuccino", key="k-1")
    assert ordered(session, alice, "cappuccino", key="k-1") == first
    assert balance(session, alice) == 700
    with pytest.raises(KeyUsedForAnotherOrder):
        ordered(session, alice, "bun", key="k-1")


def test_the_history_names_the_reward_and_why_the_points_went(session, alice):
    ordered(session, alice, "cappuccino")
    reader = Reader("ru", "Europe/Moscow")
    row = ledger.entries(session, alice, reader=reader)[0]
    assert (row.kind, row.points, row.title, row.status) == ("spend", -300, "Любой капучино", "posted")
    why = ledger.explanation(session, alice, row.id, reader=reader)
    assert (why.rule, why.rule_version, [step.figure for step in why.steps]) == ("cappuccino", 1, ["−300"])


# How long it is good


def test_a_coupon_of_thirty_days_is_good_through_the_whole_thirtieth_day(session, alice, clock):
    clock.set(datetime(2026, 11, 22, 20, 59, tzinfo=UTC))  # a minute to midnight in Moscow
    assert ordered(session, alice, "cappuccino").valid_until == date(2026, 12, 22)
    clock.advance(minutes=2)
    assert ordered(session, alice, "cappuccino").valid_until == date(2026, 12, 23)


def test_a_reward_cannot_be_ordered_after_its_last_day(session, alice, clock):
    clock.set(datetime(2026, 12, 4, 20, 59, tzinfo=UTC))
    ordered(session, alice, "class")
    clock.advance(minutes=2)
    with pytest.raises(RewardOver):
        ordered(session, alice, "class")


# Who may


def test_a_condition_says_who_may_order(session, alice):
    with pytest.raises(NotForThisMember):
        ordered(session, alice, "gold_cup")
    assert ordered(session, alice, "gold_cup", facts=MemberFacts(tier="gold")).state == "issued"


def test_a_reward_that_no_programme_offers_is_not_there(session, alice):
    with pytest.raises(UnknownReward):
        ordered(session, alice, "yacht")


def test_a_paused_reward_waits_until_it_goes_on(session, alice):
    stock.pause(session, offered(session, "cappuccino"), who="marat")
    with pytest.raises(RewardPaused):
        ordered(session, alice, "cappuccino")
    stock.resume(session, offered(session, "cappuccino"), who="marat")
    assert ordered(session, alice, "cappuccino").state == "issued"


# How many there are


def test_the_last_piece_is_ordered_once(session, alice, boris):
    assert left(session, "last_mug") == 1
    ordered(session, alice, "last_mug")
    assert left(session, "last_mug") == 0
    with pytest.raises(SoldOut):
        ordered(session, boris, "last_mug")


def test_a_days_stock_is_there_again_at_midnight_of_the_shop(session, alice, boris, clock):
    ordered(session, alice, "bun")
    ordered(session, alice, "bun")
    with pytest.raises(SoldOutToday):
        ordered(session, boris, "bun")
    clock.set(datetime(2026, 11, 22, 21, 0, tzinfo=UTC))
    assert left(session, "bun") == 2
    assert ordered(session, boris, "bun").state == "issued"


def test_one_person_gets_no_more_than_the_programme_says(session, alice, clock):
    for _ in range(3):
        clock.advance(days=1)
        ordered(session, alice, "bun")
    clock.advance(days=1)
    with pytest.raises(MemberLimitReached) as refused:
        ordered(session, alice, "bun")
    assert refused.value.facts == {"maximum": 3}


# A partner's codes


def test_loaded_codes_are_given_one_to_each_and_then_there_are_none(session, alice, boris):
    stock.load_codes(session, offered(session, "cinema"), ["RODINA-1", "RODINA-2", "RODINA-1"], who="marat")
    assert left(session, "cinema") == 2
    assert {ordered(session, alice, "cinema").code, ordered(session, boris, "cinema").code} == {"RODINA-1", "RODINA-2"}
    with pytest.raises(SoldOut):
        ordered(session, alice, "cinema")


def test_a_code_is_loaded_once_however_often_it_comes(session, alice):
    cinema = offered(session, "cinema")
    stock.load_codes(session, cinema, ["RODINA-1"], who="marat")
    ordered(session, alice, "cinema")
    assert stock.load_codes(session, cinema, ["RODINA-1", " RODINA-3 "], who="marat") == stock.Loaded(
        loaded=1, repeated=1
    )


def test_codes_lie_encrypted(session, alice):
    stock.load_codes(session, offered(session, "cinema"), ["RODINA-1"], who="marat")
    made = ordered(session, alice, "cappuccino")
    rows = session.execute(text("SELECT code_ciphertext, code_hmac FROM reward_orders")).all()
    rows += session.execute(text("SELECT code_ciphertext, code_hmac FROM reward_codes")).all()
    assert len(rows) == 2
    for sealed, code_hmac in rows:
        for code in (b"RODINA-1", made.code.encode()):
            assert code not in bytes(sealed) + bytes(code_hmac)
