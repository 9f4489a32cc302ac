"""A race for the same points: many tills at once, each with a valid code of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.attacks.shop import Person, Shop

TILLS = 12


def attack(shop: Shop, till: Shop) -> bool:
    """Whether the same points pay at two tills."""
    alice = Person(shop).joins().earns(100)
    codes, start = [alice.card_code() for _ in range(TILLS)], Barrier(TILLS)

    def spend(code: str) -> bool:
        start.wait(30)
        return till.reserves(code, 100).status_code == 201

    with ThreadPoolExecutor(TILLS) as pool:
        return sum(pool.map(spend, codes)) > 1


def test_the_points_pay_once(shop: Shop) -> None:
    assert not attack(shop, shop)


def test_without_locks_and_numbers_of_the_book_they_pay_twice(shop: Shop) -> None:
    """Either of the two alone still holds: the number of a transaction in its book is unique."""
    (name,) = shop.asks(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'ledger_transactions'::regclass AND conname LIKE '%number'"
    )[0]
    before = {row[0] for row in shop.asks("SELECT id FROM ledger_transactions")}
    shop.asks(f"ALTER TABLE ledger_transactions DROP CONSTRAINT {name}")
    try:
        with shop.without("locks") as unguarded:
            # A race is won by chance.
            assert any(attack(shop, unguarded) for _ in range(5))
    finally:
        shop.forget_since(before)
        shop.asks(f"ALTER TABLE ledger_transactions ADD CONSTRAINT {name} UNIQUE (member_id, number)")
