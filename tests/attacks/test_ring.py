"""A ring: Mallory invites Nick, Nick invites Olga's card, which he opens on his own phone."""

from tests.attacks.shop import Person, Shop, a_number


def attack(shop: Shop) -> bool:
    """Whether the cards of a ring that share a phone are rewarded for each other."""
    shared = a_number("phone")
    mallory = Person(shop).joins(on=a_number("phone"))
    nick = Person(shop).joins(by=mallory.referral_code, on=shared, name="Nick")
    olga = Person(shop).joins(by=mallory.referral_code, on=shared, name="Olga")
    shop.sells(nick.member_id, 600)
    shop.sells(olga.member_id, 600)
    return mallory.friends() == ["pending", "pending"]


def test_the_ring_is_held(shop: Shop) -> None:
    assert not attack(shop)


def test_where_the_rule_only_watches_the_ring_is_paid(shop: Shop) -> None:
    with shop.terms("ring_shares_device"):
        assert attack(shop)


def test_nobody_closes_a_circle(shop: Shop) -> None:
    """Whoever has invited others stands under nobody: by no setting, for a referral is bound once, at joining."""
    mallory = Person(shop).joins()
    nick = Person(shop).joins(by=mallory.referral_code)
    mallory.signs_in(codes_before=1, referral_code=nick.referral_code)
    assert nick.friends() == []
