"""Self-referral: Mallory joins a second time, by her own code, with another number on the same phone."""

from tests.attacks.shop import Person, Shop, a_number


def attack(shop: Shop) -> bool:
    """Whether she is rewarded for recommending the shop to herself."""
    phone = a_number("phone")
    mallory = Person(shop).joins(on=phone)
    again = Person(shop).joins(by=mallory.referral_code, on=phone, name="Mallory's other self")
    shop.sells(again.member_id, 600)
    return mallory.friends() == ["pending"]


def test_she_gets_nothing(shop: Shop) -> None:
    assert not attack(shop)


def test_where_the_rules_only_watch_she_is_rewarded(shop: Shop) -> None:
    # A ring of two is what the second rule sees in her.
    with shop.terms("self_referral", "ring_shares_device"):
        assert attack(shop)
