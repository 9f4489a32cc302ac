"""One-time codes: sent to one address, tried a few times, used once."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import text

from backend.members.addresses import parse_email
from backend.members.errors import CodeJustSent, CodesOfDaySpent, CodesPaused, TooManyGuesses, WrongCode
from backend.members.sign_in_codes import CodeAccepted, issue_code, note_failure, spend_code, try_code
from backend.members.sign_in_limits import SignInLimits
from backend.shared.errors import Invalid
from tests.factories.members import ALICE_PHONE, BORIS_PHONE, NETWORK, phone_address


@pytest.fixture
def limits(app, monkeypatch):
    """Sets some of the limits."""

    def narrow(**figures):
        monkeypatch.setitem(app.config, "SIGN_IN_LIMITS", replace(SignInLimits(), **figures))

    return narrow


def ask(session, phone=ALICE_PHONE, network=NETWORK):
    return issue_code(session, address=phone_address(phone), network_address=network, home_region="RU").code


def tries(session, code, phone=ALICE_PHONE, network=NETWORK):
    return try_code(session, address=phone_address(phone), code=code, network_address=network)


def other_than(code):
    return f"{(int(code) + 1) % 10_000_000:07d}"


def test_a_code_has_seven_digits(session, clock):
    assert re.fullmatch(r"\d{7}", ask(session))


def test_the_right_code_is_accepted(session, clock):
    assert isinstance(tries(session, ask(session)), CodeAccepted)


def test_a_code_may_be_typed_in_groups(session, clock):
    code = ask(session)
    assert isinstance(tries(session, f" {code[:3]} {code[3:5]}-{code[5:]}"), CodeAccepted)


def test_a_code_is_used_once(session, clock):
    code = ask(session)
    spend_code(session, tries(session, code))
    assert isinstance(tries(session, code), WrongCode)


def test_trying_the_right_code_does_not_use_it_up(session, clock):
    code = ask(session)
    tries(session, code)
    assert isinstance(tries(session, code), CodeAccepted)


def test_a_code_is_good_for_ten_minutes(session, clock):
    code = ask(session)
    clock.advance(minutes=9, seconds=59)
    assert isinstance(tries(session, code), CodeAccepted)
    clock.advance(seconds=1)
    assert isinstance(tries(session, code), WrongCode)


def test_the_demo_clock_does_not_age_a_code(session, clock):
    code = ask(session)
    clock.advance(days=30, business_only=True)
    assert isinstance(tries(session, code), CodeAccepted)


def test_five_wrong_tries_void_a_code(session, clock):
    code = ask(session)
    for _ in range(5):
        assert isinstance(tries(session, other_than(code)), WrongCode)
    assert isinstance(tries(session, code), WrongCode)


def test_four_wrong_tries_do_not(session, clock):
    code = ask(session)
    for _ in range(4):
        tries(session, other_than(code))
    assert isinstance(tries(session, code), CodeAccepted)


def test_a_code_of_one_phone_is_none_of_another(session, clock):
    ask(session, BORIS_PHONE)
    assert isinstance(tries(session, ask(session), BORIS_PHONE), WrongCode)


def test_a_new_code_voids_the_one_before(session, clock):
    code = ask(session)
    clock.advance(seconds=60)
    newer = ask(session)
    assert isinstance(tries(session, code), WrongCode)
    assert isinstance(tries(session, newer), CodeAccepted)


@pytest.mark.parametrize("junk", ["", "1", "\x00" * 7, "٣" * 7, "ａｂｃ", "\ud800" * 7, "1234567890" * 3])
def test_junk_is_a_wrong_code_like_any_other(session, clock, junk):
    ask(session)
    assert isinstance(tries(session, junk), WrongCode)


def test_neither_code_nor_phone_can_be_read_from_the_table(session, clock):
    code = ask(session)
    row = session.execute(text("SELECT sign_in_codes::text FROM sign_in_codes")).scalar_one()
    assert code not in row
    assert code.encode().hex() not in row
    assert ALICE_PHONE[-7:] not in row


def test_one_code_a_minute(session, clock):
    ask(session)
    clock.advance(seconds=18)
    with pytest.raises(CodeJustSent) as refused:
        ask(session)
    assert refused.value.facts == {"retry_after_seconds": 42}


def test_a_used_code_lets_the_next_one_come_at_once(session, clock):
    spend_code(session, tries(session, ask(session)))
    assert ask(session)


def test_five_unused_codes_a_day(session, clock):
    for _ in range(5):
        ask(session)
        clock.advance(minutes=2)
    with pytest.raises(CodesOfDaySpent) as refused:
        ask(session)
    assert refused.value.facts["retry_after_seconds"] == 24 * 60 * 60 - 10 * 60
    clock.advance(days=1)
    assert ask(session)


def test_used_codes_do_not_count_as_pumping(session, clock):
    for _ in range(12):
        spend_code(session, tries(session, ask(session)))
    assert ask(session)


def test_even_used_codes_have_a_ceiling(session, clock, limits):
    limits(codes_per_address_day=3)
    for _ in range(3):
        spend_code(session, tries(session, ask(session)))
    with pytest.raises(CodesOfDaySpent):
        ask(session)


def test_the_limits_of_one_phone_are_not_those_of_another(session, clock):
    ask(session)
    assert ask(session, BORIS_PHONE)


def test_a_phone_written_in_another_way_has_the_same_limits(session, clock):
    ask(session)
    with pytest.raises(CodeJustSent):
        ask(session, "8 (912) 345-67-89")


def test_no_codes_to_countries_that_are_not_on_the_list(session, clock):
    with pytest.raises(Invalid) as refused:
        ask(session, "+252 61 2345678")
    assert list(refused.value.errors) == ["phone"]


def test_the_shops_own_country_is_always_on_the_list(session, clock, limits):
    limits(regions=())
    assert ask(session)


def test_unused_codes_to_one_range_of_numbers_pause_that_range(session, clock, limits):
    limits(unused_codes_per_prefix_hour=3)
    for number in range(3):
        ask(session, f"+791200000{number:02d}")
    with pytest.raises(CodesPaused):
        ask(session)
    assert ask(session, BORIS_PHONE)
    clock.advance(hours=1)
    assert ask(session)


def test_a_country_whose_codes_are_not_used_is_paused(session, clock, limits):
    limits(country_codes_looked_at=3, regions=("BY",))
    for number in range(3):
        ask(session, f"+3752912345{number:02d}")
    clock.advance(minutes=10)
    with pytest.raises(CodesPaused):
        ask(session, "+375291234599")
    assert ask(session)


def test_a_country_whose_codes_come_back_goes_on(session, clock, limits):
    limits(country_codes_looked_at=3, regions=("BY",))
    for number in range(3):
        phone = f"+3752912345{number:02d}"
        spend_code(session, tries(session, ask(session, phone), phone))
    clock.advance(minutes=10)
    assert ask(session, "+375291234599")


def test_the_days_text_messages_have_a_breaker(session, clock, limits):
    limits(text_messages_per_day=1)
    ask(session)
    with pytest.raises(CodesPaused):
        ask(session, BORIS_PHONE)
    address = parse_email("anna@example.org")
    assert issue_code(session, address=address, network_address=NETWORK, home_region="RU")


def test_one_network_has_a_wide_limit(session, clock, limits):
    limits(codes_per_network_hour=2)
    ask(session, BORIS_PHONE)
    ask(session, "+79031234567")
    with pytest.raises(CodesPaused):
        ask(session)
    assert ask(session, network="198.51.100.9")


def test_neighbours_in_one_ipv6_network_count_as_one(session, clock, limits):
    limits(codes_per_network_hour=1)
    ask(session, BORIS_PHONE, network="2001:db8:1:1::1")
    with pytest.raises(CodesPaused):
        ask(session, network="2001:db8:1:1:ffff::2")
    assert ask(session, network="2001:db8:1:2::1")


def test_guesses_from_one_network_run_into_a_limit(session, clock, limits):
    limits(wrong_guesses_per_network_hour=2)
    code = ask(session)
    tries(session, other_than(code))
    tries(session, "0000000", BORIS_PHONE)
    with pytest.raises(TooManyGuesses):
        tries(session, code)
    assert isinstance(tries(session, code, network="198.51.100.9"), CodeAccepted)


def test_guesses_at_referral_codes_run_into_a_limit_of_the_person(session, clock, limits):
    limits(wrong_referral_codes_per_address_hour=2)
    code = ask(session)
    for _ in range(2):
        note_failure(session, kind="referral_code", address=phone_address(ALICE_PHONE), network_address=NETWORK)
    with pytest.raises(TooManyGuesses):
        tries(session, code, network="198.51.100.9")


def test_nobody_can_be_shut_out_by_wrong_codes_for_longer_than_the_code_lives(session, clock):
    for _ in range(30):
        tries(session, "0000000", network="198.51.100.9")
    assert isinstance(tries(session, ask(session)), CodeAccepted)
