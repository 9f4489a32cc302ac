"""What a rule answers at once, and what only a person can."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.disputes.rules import (
    ABOUT,
    RECEIPT_TOPICS,
    TOPICS,
    EntryFacts,
    ReceiptFacts,
    ReferralFacts,
    judge_entry,
    judge_receipt,
    judge_referral,
)

NOW = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
LATER = NOW + timedelta(days=14)
PENDING = EntryFacts(kind="accrual", points=75, state="pending", available_at=LATER)
MATCHING = ReceiptFacts(
    owner="nobody", same_day=True, same_total=True, total_named=True, claim_is_open=True, occurred_at=NOW
)


def referral(status, reason_kind=None, available_at=None):
    return ReferralFacts(
        status=status, reason_kind=reason_kind, reason_facts={"limit": 10}, available_at=available_at, points=200
    )


def receipt(**other):
    return ReceiptFacts(**{name: getattr(MATCHING, name) for name in MATCHING.__dataclass_fields__} | other)


@pytest.mark.parametrize("about", [None, "not_yet"])
def test_points_that_wait_are_explained_with_the_date(about):
    ruling = judge_entry(PENDING, about=about, insists=False)
    assert (ruling.topic, ruling.outcome, ruling.wording) == ("entry_pending", "explain", "dispute.window_open")
    assert ruling.facts == {"points": 75, "available_at": LATER.isoformat()}


@pytest.mark.parametrize("about", ["too_few", "not_mine", "taken_twice", "other"])
def test_that_it_waits_answers_nobody_who_says_that_something_else_is_wrong(about):
    assert judge_entry(PENDING, about=about, insists=False).outcome == "person"


def test_whoever_insists_finds_a_person_always():
    assert judge_entry(PENDING, about=None, insists=True).outcome == "person"
    assert judge_referral(referral("rejected", "referral_refused_cap"), about=None, insists=True).outcome == "person"
    assert judge_receipt(receipt(owner="asker"), insists=True).outcome == "person"


@pytest.mark.parametrize(
    ("facts", "topic"),
    [
        (referral("joined"), "referral_not_bought"),
        (referral("pending", available_at=LATER), "referral_pending"),
        (referral("rejected", "referral_refused_cap"), "referral_cap"),
        (referral("rejected", "referral_refused_below_minimum"), "referral_below_minimum"),
    ],
)
def test_the_programmes_own_terms_are_explained(facts, topic):
    ruling = judge_referral(facts, about=None, insists=False)
    assert (ruling.topic, ruling.outcome) == (topic, "explain")


@pytest.mark.parametrize(
    ("facts", "topic"),
    [
        (referral("qualified", "referral_held_ring_shares_device"), "referral_held"),
        (referral("rejected", "referral_refused_same_device"), "referral_refused"),
        (referral("reversed", "referral_reversed"), "referral_reversed"),
        (referral("rewarded"), "referral_rewarded"),
    ],
)
def test_a_suspicion_is_never_settled_by_a_rule(facts, topic):
    ruling = judge_referral(facts, about=None, insists=False)
    assert (ruling.topic, ruling.outcome) == (topic, "person")


def test_a_refusal_is_explained_by_its_own_reason():
    ruling = judge_referral(referral("rejected", "referral_refused_cap"), about=None, insists=False)
    assert (ruling.wording, ruling.facts) == ("referral_refused_cap", {"limit": 10})


def test_a_receipt_of_nobody_that_matches_is_attached():
    assert judge_receipt(receipt(), insists=False).outcome == "attach"


@pytest.mark.parametrize(
    ("facts", "topic"),
    [
        (receipt(same_total=False), "receipt_not_matching"),
        (receipt(same_day=False), "receipt_not_matching"),
        (receipt(same_total=False, total_named=False), "receipt_not_matching"),
        (receipt(owner="another"), "receipt_elsewhere"),
        (receipt(claim_is_open=False), "receipt_too_late"),
        (ReceiptFacts(owner="none"), "receipt_unknown"),
        (receipt(owner="asker", same_total=False), "receipt_not_matching"),
    ],
)
def test_a_receipt_that_does_not_match_in_everything_goes_to_a_person(facts, topic):
    ruling = judge_receipt(facts, insists=False)
    assert (ruling.topic, ruling.outcome) == (topic, "person")


def test_of_ones_own_receipt_number_and_day_are_enough():
    ruling = judge_receipt(receipt(owner="asker", same_total=False, total_named=False), insists=False)
    assert (ruling.topic, ruling.outcome) == ("receipt_yours", "explain")


def test_a_purchase_that_was_returned_whole_is_explained():
    assert judge_receipt(receipt(returned_whole=True), insists=False).wording == "dispute.receipt_returned"


def test_every_topic_is_declared():
    entries = {judge_entry(PENDING, about=about, insists=True).topic for about in (None, *ABOUT)}
    assert entries <= set(TOPICS)
    assert set(RECEIPT_TOPICS) <= set(TOPICS)


def test_the_inputs_are_kept():
    assert judge_entry(PENDING, about="not_yet", insists=False).inputs == {
        "kind": "accrual",
        "points": 75,
        "state": "pending",
        "available_at": LATER.isoformat(),
        "about": "not_yet",
        "insists": False,
    }
