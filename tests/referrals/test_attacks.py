"""Attacks on the reward for inviting: each meets its rule, and succeeds where the rule only watches."""

import pytest

from backend.members import service as members
from backend.members.enrolment import add_contact
from backend.members.queries import member_keys
from backend.referrals import queries
from backend.screening.queries import rulings_of
from tests.factories.referrals import bound, buys, demo_terms, in_shadow, joins, uses_device
from tests.referrals.test_outcomes import alice_and_boris, status

pytestmark = pytest.mark.usefixtures("clock")


def one_phone(session):
    """Alice signs in as a new guest on her own phone."""
    alice, boris, _ = alice_and_boris(session)
    uses_device(session, alice, "alices-phone")
    uses_device(session, boris, "alices-phone")
    return boris


def one_mailbox(session):
    """Alice joins again by another spelling of her mailbox."""
    alice, second = joins(session, email="alice.k@gmail.com"), joins(session, email="alicek+grain@gmail.com")
    bound(session, advocate_id=alice, friend_id=second)
    return second


def a_mailbox_for_minutes(session):
    """A friend who exists for ten minutes."""
    alice, fake = joins(session, "Alice"), joins(session, email="x1@mailinator.com")
    bound(session, advocate_id=alice, friend_id=fake)
    return fake


def three_on_one_phone(session):
    """The third card opened on one phone within a month; the other two have nothing to do with the invitation."""
    _, boris, _ = alice_and_boris(session)
    for person in (joins(session), joins(session), boris):
        uses_device(session, person, "a-farm")
    return boris


def a_ring(session):
    """Two friends of one advocate on one phone."""
    alice, boris, _ = alice_and_boris(session)
    dasha = joins(session, "Dasha")
    bound(session, advocate_id=alice, friend_id=dasha)
    uses_device(session, boris, "one-phone")
    uses_device(session, dasha, "one-phone")
    return dasha


ATTACKS = [
    (one_phone, "self_referral", "rejected", "referral_refused_same_device"),
    (one_mailbox, "self_referral", "rejected", "referral_refused_same_contact"),
    (a_mailbox_for_minutes, "disposable_email", "rejected", "referral_refused_disposable_email"),
    (three_on_one_phone, "accounts_per_device", "qualified", "referral_held_accounts_per_device"),
    (a_ring, "ring_shares_device", "qualified", "referral_held_ring_shares_device"),
]


@pytest.mark.parametrize(("attack", "rule", "outcome", "reason"), ATTACKS)
def test_an_attack_meets_its_rule(session, attack, rule, outcome, reason):
    friend = attack(session)

    buys(session, friend)

    assert status(session, friend) == (outcome, reason)


@pytest.mark.parametrize(("attack", "rule", "outcome", "reason"), ATTACKS)
def test_the_attack_succeeds_where_its_rule_only_watches(session, attack, rule, outcome, reason):
    friend = attack(session)
    # One phone with the advocate is a ring of two as well.
    also = "ring_shares_device" if attack is one_phone else rule
    terms = in_shadow(rule)
    terms = demo_terms(screening={**terms.screening, also: terms.screening[rule]})

    buys(session, friend, terms=terms)

    assert status(session, friend) == ("pending", None)


def test_a_household_of_two_on_one_phone_passes(session):
    _, boris, _ = alice_and_boris(session)
    uses_device(session, joins(session), "the-tablet-at-home")
    uses_device(session, boris, "the-tablet-at-home")

    assert buys(session, boris).verdict.outcome == "reward"


def test_cards_that_were_opened_on_the_phone_long_ago_do_not_count(session, clock):
    for _ in range(2):
        uses_device(session, joins(session), "sold-second-hand")
    clock.advance(days=31)
    _, boris, _ = alice_and_boris(session)
    uses_device(session, boris, "sold-second-hand")

    assert buys(session, boris).verdict.outcome == "reward"


def test_a_friend_who_has_a_phone_too_may_have_any_mailbox(session):
    alice, boris, _ = alice_and_boris(session)
    key = member_keys(session, [boris])[boris]
    add_contact(session, member_id=boris, key=key, address=members.parse_email("x1@mailinator.com"), verified=True)

    assert buys(session, boris).verdict.outcome == "reward"
    assert alice


def test_every_ruling_is_kept_with_its_inputs_in_shadow_too(session):
    boris = one_phone(session)
    terms = in_shadow("ring_shares_device")

    buys(session, boris, terms=terms)

    referral = queries.referral_of_friend(session, boris)
    rulings = {
        ruling.rule: ruling for ruling in rulings_of(session, subject_kind="referral", subject_ids=[referral.id])
    }
    assert set(rulings) == set(terms.screening)
    decided = rulings["self_referral"]
    assert (decided.mode, decided.outcome, decided.version) == ("active", "reject", 2)
    assert decided.inputs == {
        "same_contact": False,
        "same_device": True,
        "handed_down_device": False,
        "same_payment": False,
    }
    assert (rulings["ring_shares_device"].mode, rulings["ring_shares_device"].outcome) == ("shadow", "allow")
    assert rulings["joins_per_code"].inputs == {"joins_in_window": 1, "friends": 5, "window_hours": 24}
    assert rulings["joins_per_code"].reason_kind == ""
