"""What changes an account as a thief would: a further device, a browser from elsewhere, another phone."""

import pytest

from backend.members import account_changes, cards
from backend.members.devices import register_device
from backend.members.errors import PhoneTaken, WrongCode
from backend.members.phone_change import change_phone
from backend.members.queries import contact_addresses
from backend.members.tokens import open_family, recognise
from backend.shared.clock import system_now
from tests.factories.members import ALICE_PHONE, BORIS_PHONE, NETWORK, alice, boris, code_for

ELSEWHERE = "198.51.100.9"
NEW_PHONE = "+79165550102"


def uses(session, member, install_id, **facts):
    register_device(
        session,
        member_id=member.id,
        install_id=install_id,
        platform="android",
        push_token=None,
        app_version=None,
        **facts,
    )


def signs_in(session, member, network=NETWORK):
    tokens = open_family(session, member_id=member.id, network_address=network)
    return recognise(session, access_token=tokens.access_token).family_id


def change_of(session, member, clock):
    return account_changes.changes(session, [member.id], since=clock.now.replace(year=2000)).get(member.id)


def test_the_first_device_changes_nothing(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1")
    cards.issue_card_key(session, member_id=joined.id, install_id="phone-1")
    assert change_of(session, joined, clock) is None


def test_a_further_device_is_a_change_of_the_moment_at_which_it_came(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1")
    clock.advance(days=40, business_only=True)
    clock.advance(hours=5)
    uses(session, joined, "phone-2")
    change = change_of(session, joined, clock)
    assert change.kind == "device"
    assert change.at == system_now()


def test_a_device_that_was_there_before_is_no_change(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1")
    uses(session, joined, "phone-2")
    before = change_of(session, joined, clock)
    clock.advance(hours=30)
    uses(session, joined, "phone-1")
    uses(session, joined, "phone-2")
    assert change_of(session, joined, clock) == before


def test_devices_that_were_brought_along_are_nobodys_before(session, clock):
    joined = alice(session)
    uses(session, joined, "demo-phone", by_sign_in=False)
    uses(session, joined, "phone-1")
    assert change_of(session, joined, clock) is None


def test_a_card_key_for_a_further_device_is_a_change_too(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1")
    cards.issue_card_key(session, member_id=joined.id, install_id="thiefs-phone")
    assert change_of(session, joined, clock).kind == "device"


def test_a_browser_from_elsewhere_that_shows_the_card_is_a_further_device(session, clock):
    joined = alice(session)
    phone = signs_in(session, joined)
    uses(session, joined, "phone-1", family_id=phone)
    browser = signs_in(session, joined, ELSEWHERE)
    cards.show_card(session, member_id=joined.id, family_id=browser)
    assert change_of(session, joined, clock).kind == "browser"


def test_a_browser_is_looked_at_once(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1", family_id=signs_in(session, joined))
    browser = signs_in(session, joined, ELSEWHERE)
    cards.show_card(session, member_id=joined.id, family_id=browser)
    first = change_of(session, joined, clock)
    clock.advance(hours=1)
    cards.show_card(session, member_id=joined.id, family_id=browser)
    assert change_of(session, joined, clock) == first


def test_a_sign_in_that_nobody_has_looked_at_makes_no_network_known(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1", family_id=signs_in(session, joined))
    signs_in(session, joined, ELSEWHERE)
    cards.show_card(session, member_id=joined.id, family_id=signs_in(session, joined, ELSEWHERE))
    assert change_of(session, joined, clock).kind == "browser"


@pytest.mark.parametrize("case", ["at home", "no app", "on the phone itself"])
def test_a_browser_that_says_nothing_new_is_none(session, clock, case):
    joined = alice(session)
    if case != "no app":
        uses(session, joined, "phone-1", family_id=signs_in(session, joined))
    browser = signs_in(session, joined, NETWORK if case == "at home" else ELSEWHERE)
    if case == "on the phone itself":
        cards.issue_card_key(session, member_id=joined.id, install_id="phone-1", family_id=browser)
    cards.show_card(session, member_id=joined.id, family_id=browser)
    assert change_of(session, joined, clock) is None


def moves_to(session, member, phone, code=None):
    return change_phone(
        session, member_id=member.id, phone=phone, code=code or code_for(session, phone), network_address=NETWORK
    )


def test_a_phone_that_is_proven_takes_the_place_of_the_old_one(session, clock):
    joined = alice(session)
    assert moves_to(session, joined, NEW_PHONE).phone_masked.endswith("01-02")
    assert contact_addresses(session, [joined.id], "phone") == {joined.id: NEW_PHONE}
    assert change_of(session, joined, clock).kind == "phone"


def test_a_phone_without_the_right_code_stays_where_it_is(session, clock):
    joined = alice(session)
    code_for(session, NEW_PHONE)
    assert isinstance(moves_to(session, joined, NEW_PHONE, "0000000"), WrongCode)
    assert contact_addresses(session, [joined.id], "phone") == {joined.id: ALICE_PHONE}
    assert change_of(session, joined, clock) is None


def test_another_members_phone_cannot_be_taken(session, clock):
    joined = alice(session)
    boris(session)
    with pytest.raises(PhoneTaken):
        moves_to(session, joined, BORIS_PHONE)


def test_the_phone_one_has_already_is_no_change(session, clock):
    joined = alice(session)
    moves_to(session, joined, ALICE_PHONE)
    assert change_of(session, joined, clock) is None


def test_a_change_that_somebody_vouches_for_counts_no_more(session, clock):
    joined = alice(session)
    uses(session, joined, "phone-1")
    uses(session, joined, "phone-2")
    assert len(account_changes.allow_changes(session, member_id=joined.id, by="test", reason="Was here")) == 1
    assert change_of(session, joined, clock) is None
    assert account_changes.allow_changes(session, member_id=joined.id, by="test", reason="Again") == []
