"""What two people are seen to share, and what of it is seen to be a family's."""

from dataclasses import replace

import pytest

from backend.members.marks import note_joining, note_payments
from backend.programmes.document import read_programme
from backend.referrals import queries
from backend.referrals.marks import gather_marks
from backend.referrals.terms import terms_of
from backend.screening.known_rules import ACCOUNTS_PER_DEVICE
from backend.shared.clock import business_now
from tests.factories.referrals import bound, demo_terms, joins, uses_device
from tests.factories.till import DEMO_PROGRAMME

CARD = "tok_4f9d1c0a7be2"


@pytest.fixture
def alice(session, clock):
    return joins(session, "Alice")


@pytest.fixture
def boris(session, alice, clock):
    clock.advance(minutes=1)
    friend = joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=friend)
    return friend


def marks(session, friend, terms=None):
    (referral,) = queries.open_for_friends(session, [friend]).values()
    return gather_marks(session, [referral], at=business_now(), terms=terms or demo_terms())[referral.id]


def pays(session, *members, card=CARD):
    note_payments(session, [(member_id, card, business_now()) for member_id in members])


def test_strangers_share_nothing(session, alice, boris):
    pays(session, alice, card="a" * 16)
    pays(session, boris, card="b" * 16)
    uses_device(session, alice, "alices-phone")
    uses_device(session, boris, "boris-phone")
    seen = marks(session, boris)
    assert (seen.same_contact, seen.same_device, seen.same_payment, seen.same_address) == (False,) * 4
    assert (seen.ring_people, seen.advocate_joined_later) == (0, False)


def test_one_payment_card_is_seen_however_often_it_pays(session, alice, boris):
    pays(session, alice, boris)
    pays(session, boris)
    assert marks(session, boris).same_payment
    assert not marks(session, boris).same_device


def test_one_phone_used_by_both_is_not_handed_down(session, alice, boris, clock):
    for member_id in (alice, boris, alice):
        clock.advance(minutes=1)
        uses_device(session, member_id, "one-phone")
    seen = marks(session, boris)
    assert (seen.same_device, seen.handed_down_device) == (True, False)


def test_a_phone_that_went_on_to_the_friend_is_handed_down(session, alice, boris, clock):
    uses_device(session, alice, "old-phone")
    clock.advance(days=3)
    uses_device(session, alice, "new-phone")
    clock.advance(days=1)
    uses_device(session, boris, "old-phone")
    seen = marks(session, boris)
    assert (seen.same_device, seen.handed_down_device) == (True, True)


def test_whoever_has_no_other_phone_has_handed_none_down(session, alice, boris, clock):
    uses_device(session, alice, "one-phone")
    clock.advance(days=1)
    uses_device(session, boris, "one-phone")
    assert not marks(session, boris).handed_down_device


def test_a_ring_may_share_a_payment_card_instead_of_a_phone(session, alice, boris):
    dasha = joins(session, "Dasha")
    bound(session, advocate_id=alice, friend_id=dasha)
    pays(session, boris, dasha)
    assert marks(session, boris).ring_people == 3


def test_a_ring_is_followed_from_one_to_the_next(session, alice, boris):
    """Boris and Dasha share a phone, Dasha and Ivan a card: all three and Alice are one ring."""
    dasha, ivan = joins(session, "Dasha"), joins(session, "Ivan")
    for friend in (dasha, ivan):
        bound(session, advocate_id=alice, friend_id=friend)
    uses_device(session, boris, "one-phone")
    uses_device(session, dasha, "one-phone")
    pays(session, dasha, ivan)
    assert marks(session, boris).ring_people == 4


def test_a_flat_mate_who_came_by_nobody_is_no_ring(session, alice, boris):
    uses_device(session, boris, "one-tablet")
    uses_device(session, joins(session), "one-tablet")
    assert marks(session, boris).ring_people == 0


def test_a_tablet_on_a_counter_joins_nobody(session, alice, boris):
    uses_device(session, boris, "counter")
    for _ in range(51):
        friend = joins(session)
        bound(session, advocate_id=alice, friend_id=friend)
        uses_device(session, friend, "counter")
    assert marks(session, boris).ring_people == 0


@pytest.mark.parametrize(
    ("address", "agent", "same"),
    [
        ("203.0.113.200", "Phone 1", True),
        ("203.0.114.7", "Phone 1", False),
        ("203.0.113.200", "Phone 2", False),
        (None, "Phone 1", False),
    ],
)
def test_joining_from_one_network_with_one_browser_is_noted(session, alice, boris, address, agent, same):
    note_joining(session, member_id=alice, network_address="203.0.113.7", agent="Phone 1")
    note_joining(session, member_id=boris, network_address=address, agent=agent)
    assert marks(session, boris).same_address is same


def test_how_somebody_joined_is_kept_as_a_hash_alone(session, alice):
    note_joining(session, member_id=alice, network_address="2001:db8::7", agent="Phone 1")
    (row,) = session.connection().exec_driver_sql("SELECT mark FROM joining_marks").fetchall()
    assert b"2001" not in row[0]
    assert b"Phone" not in row[0]


def test_a_limit_of_the_document_is_what_a_rule_judges_by():
    rule = "  - {rule: accounts_per_device, mode: active, limits: {accounts: 7, window_days: 3}}"
    programme = read_programme(f"{DEMO_PROGRAMME}{rule}\n")
    terms = terms_of(programme)
    assert terms.limit(ACCOUNTS_PER_DEVICE, "accounts") == 7
    assert terms.limit(ACCOUNTS_PER_DEVICE, "window_days") == 3
    assert replace(terms, screening={}).limit(ACCOUNTS_PER_DEVICE, "accounts") == 2
