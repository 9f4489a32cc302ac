"""Fake accounts: friends with mailboxes made for minutes, and friends who all live in one phone."""

from tests.attacks.shop import Person, Shop, a_number


def with_a_mailbox_for_minutes(shop: Shop) -> bool:
    """Whether a friend who can only be reached at such a mailbox brings a reward."""
    mallory = Person(shop).joins(on=a_number("phone"))
    friend = Person(shop, email=f"{a_number('friend')}@mailinator.com")
    friend.joins(by=mallory.referral_code, on=a_number("phone"))
    shop.sells(friend.member_id, 600)
    return mallory.friends() == ["pending"]


def of_one_phone(shop: Shop) -> bool:
    """Whether the third account of one phone brings a reward."""
    mallory, phone = Person(shop).joins(on=a_number("phone")), a_number("phone")
    friends = [Person(shop).joins(by=mallory.referral_code, on=phone) for _ in range(3)]
    shop.sells(friends[-1].member_id, 600)
    return mallory.friends()[0] == "pending"


def below_the_minimum(shop: Shop) -> bool:
    """Whether a friend who hardly buys anything brings a reward."""
    mallory = Person(shop).joins()
    friend = Person(shop).joins(by=mallory.referral_code)
    shop.sells(friend.member_id, 100)
    return mallory.friends() == ["pending"]


def test_a_mailbox_for_minutes_brings_nothing(shop: Shop) -> None:
    assert not with_a_mailbox_for_minutes(shop)


def test_where_the_rule_only_watches_it_brings_a_reward(shop: Shop) -> None:
    with shop.terms("disposable_email"):
        assert with_a_mailbox_for_minutes(shop)


def test_the_third_account_of_a_phone_is_held(shop: Shop) -> None:
    assert not of_one_phone(shop)


def test_where_the_rules_only_watch_it_is_rewarded(shop: Shop) -> None:
    with shop.terms("accounts_per_device", "ring_shares_device"):
        assert of_one_phone(shop)


def test_a_coffee_is_not_enough(shop: Shop) -> None:
    assert not below_the_minimum(shop)


def test_with_a_lower_minimum_it_is(shop: Shop) -> None:
    minimum = {"  minimum_receipt_minor": "  minimum_receipt_minor: 10000"}
    with shop.terms(**minimum):
        assert below_the_minimum(shop)
