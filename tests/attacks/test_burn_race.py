"""A race for the same points: many tills at once, each with a valid code of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.attacks.shop import Person, Shop

TILLS, ROUNDS = 16, 12


def attack(alice: Person, till: Shop, *, rounds: int) -> bool:
    """Whether the same points pay at two tills, in one of so many races: one is won by chance."""
    for _ in range(rounds):
        codes, start = [alice.card_code() for _ in range(TILLS)], Barrier(TILLS)

        def spend(code: str, start: Barrier = start) -> str | None:
            start.wait(30)
            answer = till.reserves(code, 100)
            return str(answer.json()["id"]) if answer.status_code == 201 else None

        with ThreadPoolExecutor(TILLS) as pool:
            won = [one for one in pool.map(spend, codes) if one]
        if len(won) > 1:
            return True
        assert till.at_till(f"/reservations/{won[0]}/cancel", {}).status_code == 200
    return False


def test_the_points_pay_once(shop: Shop) -> None:
    assert not attack(Person(shop).joins().earns(100), shop, rounds=3)


def test_without_locks_and_numbers_of_the_book_they_pay_twice(shop: Shop) -> None:
    """Either of the two alone still holds: the number of a transaction in its book is unique."""
    ((name,),) = shop.asks(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'ledger_transactions'::regclass AND conname LIKE '%number'"
    )
    alice = Person(shop).joins().earns(100)
    shop.asks(f"ALTER TABLE ledger_transactions DROP CONSTRAINT {name}")
    try:
        # Requests that reach one process are committed together, one after the other: it takes several.
        with shop.without("locks", workers=3) as unguarded:
            assert attack(alice, unguarded, rounds=ROUNDS)
    finally:
        shop.burns_book_of(alice.member_id)
        shop.asks(f"ALTER TABLE ledger_transactions ADD CONSTRAINT {name} UNIQUE (member_id, number)")
