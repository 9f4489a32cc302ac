"""A refund after the reward: the friend's purchase is taken back once its points are there."""

from tests.attacks.shop import Person, Shop

AT_ONCE = {"availability": "availability: {pending_days: 0}", "expiry": "expiry: {days: 365}\nreturns: {debt: forgive}"}


def attack(shop: Shop) -> bool:
    """Whether Mallory has spent the reward before the purchase that brought it comes back, and owes nothing."""
    mallory = Person(shop).joins()
    friend = Person(shop).joins(by=mallory.referral_code)
    sold = shop.sells(friend.member_id, 600)
    spent = shop.reserves(mallory.card_code(), 200)
    if spent.status_code == 201:
        assert shop.at_till(f"/reservations/{spent.json()['id']}/confirm", {}).status_code == 200
    shop.takes_back(sold["external_id"])
    shop.days_pass(15)
    return spent.status_code == 201 and mallory.has("debt") == 0


def test_the_reward_waits_for_the_return_window_and_goes_with_the_purchase(shop: Shop) -> None:
    assert not attack(shop)


def test_where_points_wait_for_nothing_and_debts_are_forgiven_it_pays(shop: Shop) -> None:
    with shop.terms(**AT_ONCE):
        assert attack(shop)
