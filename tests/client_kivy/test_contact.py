"""What a person types to sign in."""

import pytest

from client_kivy.state.contact import grouped_phone, plausible_email, plausible_phone, referral_code_of


@pytest.mark.parametrize("typed", ["+7 912 000-00-01", "8 (912) 000 00 01", "9120000001", "+44 20 7946 0958"])
def test_phones_are_taken_as_people_write_them(typed: str) -> None:
    assert plausible_phone(typed)


@pytest.mark.parametrize("typed", ["", "12345", "alice@example.org", "1234567890123456"])
def test_what_cannot_be_a_phone_is_told_before_it_is_sent(typed: str) -> None:
    assert not plausible_phone(typed)


def test_addresses() -> None:
    assert plausible_email(" alice@example.org ")
    assert not any(map(plausible_email, ["", "alice", "alice@", "@example.org", "a b@example.org"]))


def test_a_number_is_shown_as_it_is_spoken() -> None:
    assert grouped_phone("8(912)000-00-01") == "+7 912 000 00 01"
    assert grouped_phone("+44 20 7946 0958") == "+44 20 7946 0958"


@pytest.mark.parametrize(
    "typed", ["K7M3BXP9T", " K7M3BXP9T ", "https://grain.example/r/K7M3BXP9T", "http://grain.example/r/K7M3BXP9T?c=qr"]
)
def test_a_friends_code_is_found_in_a_link_too(typed: str) -> None:
    assert referral_code_of(typed) == "K7M3BXP9T"
