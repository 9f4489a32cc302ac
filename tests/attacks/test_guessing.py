"""Guessing: one-time codes and referral codes are tried until one fits."""

from tests.attacks.shop import Person, Shop

GUESSES = 8


def attack(shop: Shop, server: Shop) -> bool:
    """Whether whoever guesses on and on comes in with the right code at last."""
    victim = Person(shop)
    victim.asks_for_code()
    right = victim.code()
    guesses = [f"{(int(right) + n) % 10**7:07d}" for n in range(1, GUESSES + 1)]
    mallory = Person(server)
    for guess in [*guesses, right]:
        answer = mallory.asks("POST", "/sign-in/tokens", phone=victim.phone, code=guess)
    return answer.status_code == 200


def test_after_five_wrong_ones_the_right_code_is_void(shop: Shop) -> None:
    assert not attack(shop, shop)


def test_with_unlimited_tries_it_comes_in(shop: Shop) -> None:
    with shop.without("tries") as unguarded:
        assert attack(shop, unguarded)


def test_a_wrong_and_a_void_code_are_told_the_same(shop: Shop) -> None:
    victim = Person(shop)
    victim.asks_for_code()
    right = victim.code()
    wrong = f"{(int(right) + 1) % 10**7:07d}"
    answers = [victim.asks("POST", "/sign-in/tokens", phone=victim.phone, code=wrong).text for _ in range(6)]
    answers.append(victim.asks("POST", "/sign-in/tokens", phone=victim.phone, code=right).text)
    assert len(set(answers)) == 1
