"""Account takeover: Mallory has Alice's SIM card for an hour, signs in as her, and goes shopping."""

from tests.attacks.shop import Person, Shop, a_number, a_phone

ELSEWHERE = "127.0.0.9"


def alice_of(shop: Shop) -> Person:
    return Person(shop).joins(on=a_number("phone"), name="Alice").earns(100)


def on_another_phone(shop: Shop) -> bool:
    """Whether a phone on which somebody signed in just now spends."""
    alice, thiefs_phone = alice_of(shop), a_number("phone")
    alice.signs_in(codes_before=1)
    return shop.reserves(alice.code_of_the_app(thiefs_phone), 50).status_code == 201


def in_a_browser(shop: Shop) -> bool:
    """Whether a browser from elsewhere spends with the code of the web cabinet."""
    alice = alice_of(shop)
    alice.signs_in(codes_before=1, address=ELSEWHERE)
    return shop.reserves(alice.card_code(), 50).status_code == 201


def with_another_number(shop: Shop) -> bool:
    """Whether points can be spent once the card is on the thief's own number."""
    alice, thief = alice_of(shop), Person(shop)
    thief.phone = thiefs_number = a_phone()
    thief._contact = {"phone": thiefs_number}
    assert thief.asks_for_code().status_code == 202
    assert alice.asks("PUT", "/me/phone", phone=thiefs_number, code=thief.code()).status_code == 200
    return shop.reserves(alice.card_code(), 50).status_code == 201


def test_another_phone_waits_for_a_day(shop: Shop) -> None:
    assert not on_another_phone(shop)


def test_where_the_rule_only_watches_it_spends(shop: Shop) -> None:
    with shop.terms("new_device_pause"):
        assert on_another_phone(shop)


def test_a_browser_from_elsewhere_waits_too(shop: Shop) -> None:
    assert not in_a_browser(shop)


def test_where_the_rule_only_watches_the_browser_spends(shop: Shop) -> None:
    with shop.terms("new_device_pause"):
        assert in_a_browser(shop)


def test_another_number_waits_too_and_the_old_one_is_told(shop: Shop) -> None:
    assert not with_another_number(shop)


def test_where_the_rule_only_watches_the_other_number_spends(shop: Shop) -> None:
    with shop.terms("new_device_pause"):
        assert with_another_number(shop)


def test_the_old_number_hears_of_the_new_one(shop: Shop) -> None:
    alice = alice_of(shop)
    number = a_phone()
    thief = Person(shop)
    thief.phone, thief._contact = number, {"phone": number}
    thief.asks_for_code()
    alice.asks("PUT", "/me/phone", phone=number, code=thief.code())
    assert shop.wait_for_message(alice.phone, "другой номер")["channel"] == "sms"
