"""A leaked code: Mallory's code stands on a site of coupons, and a crowd joins by it."""

from tests.attacks.shop import Person, Shop

FRIENDS_OF_A_PERSON = 5


def attack(shop: Shop) -> bool:
    """Whether whoever comes after the crowd has begun brings a reward."""
    mallory = Person(shop).joins()
    code = mallory.referral_code
    crowd = [Person(shop).joins(by=code) for _ in range(FRIENDS_OF_A_PERSON + 1)]
    shop.sells(crowd[-1].member_id, 600)
    return mallory.friends()[0] == "pending"


def test_whoever_comes_with_the_crowd_is_held(shop: Shop) -> None:
    assert not attack(shop)


def test_where_the_rule_only_watches_the_crowd_is_paid_for(shop: Shop) -> None:
    with shop.terms("joins_per_code"):
        assert attack(shop)
