"""The judgement on a friend's purchase, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.referrals.facts import OpenReferral, QualificationFacts
from backend.referrals.qualification import TILL_CLOCK_TOLERANCE, Candidate, decide, judge
from backend.shared.ids import new_id
from tests.factories.referrals import an_open_referral, blameless, demo_terms, in_shadow

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_candidate(referral: OpenReferral, amount_minor: int = 50_000) -> Candidate:
    return Candidate(referral=referral, receipt_id=new_id(), receipt_amount_minor=amount_minor, at=NOON)


def test_a_first_purchase_of_the_minimum_earns_the_reward():
    verdict = judge(blameless(), terms=demo_terms(), receipt_amount_minor=50_000)

    assert verdict.outcome == "reward"
    assert verdict.reason_kind == ""


def test_a_first_purchase_below_the_minimum_refuses_it_and_names_the_minimum():
    verdict = judge(blameless(), terms=demo_terms(), receipt_amount_minor=49_999)

    assert verdict.outcome == "reject"
    assert verdict.reason_kind == "referral_refused_below_minimum"
    assert verdict.reason_facts == {"minimum": {"amount_minor": 50_000, "currency": "RUB"}}


def test_where_the_first_qualifying_receipt_counts_a_smaller_one_is_passed_over():
    terms = demo_terms(qualifying_receipt="first_qualifying")

    assert judge(blameless(), terms=terms, receipt_amount_minor=49_999).outcome == "not_yet"
    assert judge(blameless(), terms=terms, receipt_amount_minor=50_000).outcome == "reward"


@pytest.mark.parametrize("terms", [demo_terms(), demo_terms(qualifying_receipt="first_qualifying")])
@pytest.mark.parametrize("amount_minor", [49_999, 50_000])
def test_whoever_bought_before_joining_is_no_new_guest(terms, amount_minor):
    verdict = judge(blameless(bought_before_joining=True), terms=terms, receipt_amount_minor=amount_minor)

    assert (verdict.outcome, verdict.reason_kind) == ("reject", "referral_refused_bought_before")


@pytest.mark.parametrize(("earlier", "outcome"), [(timedelta(0), "reward"), (timedelta(seconds=1), "reject")])
def test_a_till_may_date_a_purchase_a_little_before_the_friend_joined(earlier, outcome):
    boris = an_open_referral()
    at = boris.joined_at - TILL_CLOCK_TOLERANCE - earlier
    candidate = Candidate(referral=boris, receipt_id=new_id(), receipt_amount_minor=50_000, at=at)

    (decision,) = decide([candidate], {boris.id: blameless()}, terms=demo_terms())

    assert decision.verdict.outcome == outcome


ATTACKS = [
    ("self_referral", {"same_contact": True}, "reject", "referral_refused_same_contact"),
    ("self_referral", {"same_device": True}, "reject", "referral_refused_same_device"),
    (
        "self_referral",
        {"same_device": True, "handed_down_device": True},
        "hold",
        "referral_held_handed_down_device",
    ),
    ("self_referral", {"same_payment": True}, "hold", "referral_held_same_payment"),
    ("self_referral", {"same_payment": True, "same_device": True}, "reject", "referral_refused_same_device"),
    ("advocate_predates", {"advocate_joined_later": True}, "reject", "referral_refused_advocate_predates"),
    ("staff_is_advocate", {"cashier_is_advocate": True}, "hold", "referral_held_staff_is_advocate"),
    ("disposable_email", {"only_disposable_email": True}, "reject", "referral_refused_disposable_email"),
    ("accounts_per_device", {"accounts_on_device": 3}, "hold", "referral_held_accounts_per_device"),
    ("ring_shares_device", {"ring_people": 3}, "hold", "referral_held_ring_shares_device"),
    ("joins_per_code", {"joins_in_window": 6}, "hold", "referral_held_joins_per_code"),
]


@pytest.mark.parametrize(("rule", "facts", "outcome", "reason"), ATTACKS)
def test_an_attack_meets_its_rule(rule, facts, outcome, reason):
    verdict = judge(blameless(**facts), terms=demo_terms(), receipt_amount_minor=50_000)

    assert (verdict.outcome, verdict.reason_kind, verdict.rule) == (outcome, reason, rule)


@pytest.mark.parametrize(("rule", "facts", "outcome", "reason"), ATTACKS)
def test_the_attack_succeeds_where_its_rule_only_watches_and_the_ruling_says_what_it_saw(rule, facts, outcome, reason):
    verdict = judge(blameless(**facts), terms=in_shadow(rule), receipt_amount_minor=50_000)

    assert verdict.outcome == "reward"
    (said,) = [ruling for ruling in verdict.rulings if ruling.rule == rule]
    assert (said.mode, said.outcome, said.reason_kind) == ("shadow", outcome, reason)


@pytest.mark.parametrize("facts", [{"accounts_on_device": 2}, {"joins_in_window": 5}, {"same_address": True}])
def test_a_household_and_a_good_week_pass(facts):
    assert judge(blameless(**facts), terms=demo_terms(), receipt_amount_minor=50_000).outcome == "reward"


def test_the_eleventh_friend_of_the_window_is_over_the_cap():
    assert (
        judge(blameless(rewards_in_cap_window=9), terms=demo_terms(), receipt_amount_minor=50_000).outcome == "reward"
    )

    verdict = judge(blameless(rewards_in_cap_window=10), terms=demo_terms(), receipt_amount_minor=50_000)
    assert (verdict.outcome, verdict.reason_kind) == ("reject", "referral_refused_cap")
    assert verdict.reason_facts == {"limit": 10, "window_days": 30}


def test_the_cap_is_judged_before_a_hold():
    crowd = blameless(rewards_in_cap_window=10, joins_in_window=11)

    assert judge(crowd, terms=demo_terms(), receipt_amount_minor=50_000).reason_kind == "referral_refused_cap"


def test_a_refusal_goes_before_a_hold():
    both = blameless(same_device=True, accounts_on_device=3)

    assert judge(both, terms=demo_terms(), receipt_amount_minor=50_000).outcome == "reject"


def test_without_a_cap_nobody_is_over_it():
    many = blameless(rewards_in_cap_window=1_000)

    assert judge(many, terms=demo_terms(cap_friends=None), receipt_amount_minor=50_000).outcome == "reward"


def test_two_friends_in_one_batch_cannot_both_take_the_last_place_under_the_cap():
    alice = new_id()
    boris, dasha = an_open_referral(advocate_id=alice), an_open_referral(advocate_id=alice)
    facts = {one.id: blameless(rewards_in_cap_window=9) for one in (boris, dasha)}

    decisions = decide([a_candidate(boris), a_candidate(dasha)], facts, terms=demo_terms())

    assert [decision.verdict.outcome for decision in decisions] == ["reward", "reject"]


def test_of_two_receipts_in_one_batch_the_first_decides():
    boris = an_open_referral()
    small, large = a_candidate(boris, 10_000), a_candidate(boris, 90_000)
    facts: dict = {boris.id: blameless()}

    (decision,) = decide([small, large], facts, terms=demo_terms())
    assert (decision.candidate, decision.verdict.outcome) == (small, "reject")

    (decision,) = decide([small, large], facts, terms=demo_terms(qualifying_receipt="first_qualifying"))
    assert (decision.candidate, decision.verdict.outcome) == (large, "reward")


def test_a_referral_without_facts_is_no_longer_open_and_passed_over():
    nobody: dict[object, QualificationFacts] = {}

    assert decide([a_candidate(an_open_referral())], nobody, terms=demo_terms()) == []
