"""A screenshot of the member's code: Mallory photographs Alice's phone and pays with her points later."""

from tests.attacks.shop import Person, Shop, a_number

LATER_SECONDS = 120


def attack(shop: Shop, till: Shop) -> bool:
    """Whether a code that the phone showed two minutes ago spends at this till."""
    phone = a_number("phone")
    alice = Person(shop).joins(on=phone, name="Alice").earns(100)
    return till.reserves(alice.code_of_the_app(phone, seconds_ago=LATER_SECONDS), 50).status_code == 201


def test_an_old_code_spends_nothing(shop: Shop) -> None:
    assert not attack(shop, shop)


def test_without_turning_codes_it_would(shop: Shop) -> None:
    with shop.without("fresh codes") as unguarded:
        assert attack(shop, unguarded)


def test_a_code_that_was_seen_spends_once(shop: Shop) -> None:
    phone = a_number("phone")
    alice = Person(shop).joins(on=phone, name="Alice").earns(100)
    code = alice.code_of_the_app(phone)
    assert shop.reserves(code, 50).status_code == 201
    assert shop.reserves(code, 50).json()["type"] == "code-already-used"
