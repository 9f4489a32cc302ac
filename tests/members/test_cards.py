"""The card: keys of phones, codes of the server, and what a scanned text means."""

import pytest

from backend.members import card_code, cards
from backend.members.cards import Resolution, issue_card_key, resolve_codes, revoke_card_key, show_card
from backend.members.devices import remove_device
from backend.members.retention import FORGET_EXPIRED
from tests.factories.members import ALICE_PHONE, alice, boris


def code_of(key, moment, *, steps=0):
    return card_code.encode(key.device_id, key.secret, step=card_code.step_at(moment) + steps)


def resolved(session, code):
    return resolve_codes(session, [code])[0]


@pytest.fixture
def joined(session, clock):
    return alice(session)


@pytest.fixture
def key(session, joined):
    return issue_card_key(session, member_id=joined.id, install_id="phone-1")


def test_a_code_made_on_the_phone_is_its_members_and_fresh(session, joined, key, clock):
    code = code_of(key, clock.now)
    assert resolved(session, code) == Resolution(
        member_id=joined.id,
        kind="code",
        fresh=True,
        device_id=key.device_id,
        step=card_code.step_at(clock.now),
    )


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_neighbouring_step_is_fresh(session, key, clock, steps):
    assert resolved(session, code_of(key, clock.now, steps=steps)).fresh


@pytest.mark.parametrize("steps", [-2, -2880, 2])
def test_any_other_step_is_known_and_not_fresh(session, joined, key, clock, steps):
    resolution = resolved(session, code_of(key, clock.now, steps=steps))
    assert (resolution.member_id, resolution.fresh) == (joined.id, False)


def test_the_demo_clock_does_not_age_a_code(session, key, clock):
    code = code_of(key, clock.now)
    clock.advance(days=30, business_only=True)
    assert resolved(session, code).fresh


def test_the_same_installation_has_the_same_key_again(session, joined, key):
    again = issue_card_key(session, member_id=joined.id, install_id="phone-1")
    assert (again.device_id, again.secret) == (key.device_id, key.secret)


def test_each_installation_has_a_key_of_its_own(session, joined, key):
    other = issue_card_key(session, member_id=joined.id, install_id="phone-2")
    assert other.device_id != key.device_id
    assert other.secret != key.secret


def test_the_servers_time_comes_with_the_key(key, clock):
    assert key.server_time == clock.now


def test_a_code_forged_for_a_known_device_is_nobodys(session, key, clock):
    forged = card_code.encode(key.device_id, b"\0" * 32, step=card_code.step_at(clock.now))
    assert resolved(session, forged) is None


def test_a_code_of_an_unknown_device_is_nobodys(session, joined, clock):
    assert resolved(session, card_code.encode(bytes(8), bytes(32), step=card_code.step_at(clock.now))) is None


def test_the_server_makes_another_code_at_each_call_and_all_are_good(session, joined, clock):
    codes = [show_card(session, member_id=joined.id).code for _ in range(200)]
    resolutions = resolve_codes(session, codes)
    assert len(set(codes)) == 200
    assert all(resolution.member_id == joined.id and resolution.fresh for resolution in resolutions)
    assert len({(resolution.device_id, resolution.step) for resolution in resolutions}) == 200


def test_a_code_of_the_server_is_good_until_it_says(session, joined, clock):
    card = show_card(session, member_id=joined.id)
    assert card.number == joined.card_number
    clock.set(card.valid_until)
    clock.advance(microseconds=-1)
    assert resolved(session, card.code).fresh
    clock.advance(microseconds=1)
    assert not resolved(session, card.code).fresh


def test_a_phones_secret_signs_no_code_of_the_server(session, key, clock):
    step = card_code.step_at(clock.now)
    forged = card_code.encode(key.device_id, key.secret, step=step, version=card_code.VERSION_SERVER)
    assert resolved(session, forged) is None


def test_a_members_codes_are_never_anothers(session, joined, key, clock):
    friend = boris(session)
    other = issue_card_key(session, member_id=friend.id, install_id="phone-1")
    assert resolved(session, code_of(other, clock.now)).member_id == friend.id


def test_a_card_number_and_a_phone_are_known_and_never_fresh(session, joined):
    number = joined.card_number
    assert resolve_codes(session, [f"{number[:4]} {number[4:8]}-{number[8:]}", "8 (912) 345-67-89"]) == [
        Resolution(member_id=joined.id, kind="card"),
        Resolution(member_id=joined.id, kind="phone"),
    ]


def test_a_batch_is_answered_in_order_with_gaps_where_nobody_is_known(session, joined, key, clock):
    kinds = [
        resolution and resolution.kind
        for resolution in resolve_codes(
            session,
            ["?", code_of(key, clock.now), "", ALICE_PHONE, "\x00", joined.card_number, "+79990000000", "Я" * 40],
        )
    ]
    assert kinds == [None, "code", None, "phone", None, "card", None, None]


def test_nothing_scanned_is_no_work(session, joined):
    assert resolve_codes(session, []) == []


def test_a_revoked_key_may_earn_for_four_days_and_never_spend(session, joined, key, clock):
    code = code_of(key, clock.now)
    assert revoke_card_key(session, member_id=joined.id, install_id="phone-1")
    assert resolved(session, code) == Resolution(
        member_id=joined.id, kind="code", fresh=False, device_id=key.device_id, step=card_code.step_at(clock.now)
    )
    clock.advance(days=4)
    FORGET_EXPIRED.run(session, clock.now)
    assert resolved(session, code) is None


def test_removing_the_device_revokes_its_key(session, joined, key, clock):
    remove_device(session, member_id=joined.id, install_id="phone-1")
    assert not resolved(session, code_of(key, clock.now)).fresh


def test_after_revoking_the_installation_gets_another_key(session, joined, key):
    revoke_card_key(session, member_id=joined.id, install_id="phone-1")
    assert issue_card_key(session, member_id=joined.id, install_id="phone-1").device_id != key.device_id


def test_whoever_makes_up_installations_loses_the_oldest(session, joined, key, clock, monkeypatch):
    monkeypatch.setattr(cards, "LIVING_KEYS_MAXIMUM", 3)
    for number in range(2, 5):
        clock.advance(seconds=1)
        issue_card_key(session, member_id=joined.id, install_id=f"phone-{number}")
    assert not resolved(session, code_of(key, clock.now)).fresh
    newest = issue_card_key(session, member_id=joined.id, install_id="phone-4")
    assert resolved(session, code_of(newest, clock.now)).fresh


def test_a_key_does_not_show_itself_in_a_log(key):
    assert repr(key.secret) not in repr(key)
