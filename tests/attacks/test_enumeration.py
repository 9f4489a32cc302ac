"""Enumeration: finding out who is a member, by how the shop answers."""

import statistics
import time

import pytest

from tests.attacks.shop import Person, Shop, a_phone

ROUNDS = 60


def attack(shop: Shop, server: Shop) -> bool:
    """Whether a member's number is answered in another way than a stranger's."""
    member = Person(shop).joins()
    seen = []
    for phone in (member.phone, a_phone()):
        body = {"phone": phone, "code": "0000000"}
        stranger = Person(server)
        stranger._contact = {"phone": phone}
        answers = [stranger.asks_for_code(), stranger.asks("POST", "/sign-in/tokens", **body)]
        seen.append([(answer.status_code, answer.text, sorted(answer.headers)) for answer in answers])
    return seen[0] != seen[1]


def test_members_and_strangers_are_answered_alike(shop: Shop) -> None:
    assert not attack(shop, shop)


def test_a_server_that_answers_members_alone_gives_them_away(shop: Shop) -> None:
    with shop.without("sameness") as unguarded:
        assert attack(shop, unguarded)


@pytest.mark.long
def test_the_time_that_an_answer_takes_tells_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Members and strangers in turn, as often; the middle answers differ by less than answers to one of them do."""
    member = Person(shop).joins()
    took: dict[str, list[float]] = {"member": [], "stranger": []}
    for _ in range(ROUNDS):
        for who, phone in (("member", member.phone), ("stranger", a_phone())):
            asked = Person(shop)
            begun = time.perf_counter()
            asked.asks("POST", "/sign-in/tokens", phone=phone, code="0000000")
            took[who].append(time.perf_counter() - begun)
    medians = {who: statistics.median(seconds) for who, seconds in took.items()}
    spread = statistics.median([abs(one - medians["stranger"]) for one in took["stranger"]])
    with capsys.disabled():
        figures = ", ".join(f"{who} {1000 * seconds:.2f} ms" for who, seconds in medians.items())
        print(f"\nsign-in with a wrong code: {figures}, spread {1000 * spread:.2f} ms")  # noqa: T201
    assert abs(medians["member"] - medians["stranger"]) < max(0.002, 2 * spread)
