"""A cashier's own card: shown for guests who show none, to earn on what they buy."""

from tests.attacks.shop import Person, Shop


def in_an_hour(shop: Shop) -> bool:
    """Whether the card earns on three guests in a row at one till."""
    vera = Person(shop).joins()
    for _ in range(3):
        shop.sells(vera.member_id, 2_000, cashier="Nobody's name")
    shop.days_pass(15)
    return vera.has() == 300


def over_a_day(shop: Shop) -> bool:
    """Whether the card earns on four guests of a day, at the tills of two cashiers."""
    vera = Person(shop).joins()
    for cashier in ("One", "Two", "One", "Two"):
        shop.sells(vera.member_id, 2_000, cashier=cashier)
    shop.days_pass(15)
    return vera.has() == 400


def on_her_shift(shop: Shop) -> bool:
    """Whether her own card, which she has told the shop of, earns on what she rings up herself."""
    vera = Person(shop).joins()
    linked = f"UPDATE staff_members SET member_id = '{vera.member_id}' WHERE name = 'Vera'"
    shop.asks(linked)
    shop.sells(vera.member_id, 2_000, cashier="Vera")
    shop.days_pass(15)
    return vera.has() == 100


def test_the_third_of_an_hour_waits_for_a_person(shop: Shop) -> None:
    assert not in_an_hour(shop)


def test_where_the_rule_of_the_hour_only_watches_she_earns(shop: Shop) -> None:
    with shop.terms("receipts_per_card_till_hour"):
        assert in_an_hour(shop)


def test_the_fourth_of_a_day_waits_for_a_person(shop: Shop) -> None:
    assert not over_a_day(shop)


def test_where_the_rule_of_the_day_only_watches_she_earns(shop: Shop) -> None:
    with shop.terms("receipts_per_card_day"):
        assert over_a_day(shop)


def test_her_own_shift_brings_nothing(shop: Shop) -> None:
    assert not on_her_shift(shop)


def test_where_the_rule_of_shifts_only_watches_it_does(shop: Shop) -> None:
    with shop.terms("own_shift"):
        assert on_her_shift(shop)
