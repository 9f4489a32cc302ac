"""The same points at many tills at once: they are spent once, and everybody else is told why not."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
import requests

from backend.ledger.queries import Balance
from tests.proofs.shop import ServedShop

TILLS = 200
POINTS = 100


def reserve_at_once(shop: ServedShop, codes: Sequence[str], points: int = POINTS) -> list[requests.Response]:
    return shop.at_once([("/reservations", shop.reservation(code, points)) for code in codes])


def kinds(answers: Sequence[requests.Response]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status_code, answer.json().get("type")) for answer in answers)


def test_of_200_reservations_of_the_same_points_with_a_valid_code_each_one_wins(shop: ServedShop) -> None:
    alice = shop.guest(POINTS)
    answers = reserve_at_once(shop, shop.codes(alice, TILLS))
    assert kinds(answers) == {(201, None): 1, (422, "too-many-points"): TILLS - 1}
    assert {answer.json()["title"] for answer in answers if not answer.ok} == {
        "At most 0 points can be spent on this receipt"
    }
    assert shop.balance(alice) == Balance(reserved=POINTS)

    [won] = [answer.json() for answer in answers if answer.ok]
    confirmed = shop.at_once([(f"/reservations/{won['id']}/confirm", {})] * 20)
    assert {(answer.status_code, answer.json()["points"]) for answer in confirmed} == {(200, POINTS)}
    assert shop.balance(alice) == Balance()
    assert redeemed(shop, alice) == POINTS


def test_points_for_three_are_spent_by_three(shop: ServedShop) -> None:
    alice = shop.guest(3 * POINTS + POINTS // 2)
    answers = reserve_at_once(shop, shop.codes(alice, 40))
    assert kinds(answers) == {(201, None): 3, (422, "too-many-points"): 37}
    assert shop.balance(alice) == Balance(available=POINTS // 2, reserved=3 * POINTS)


def test_one_code_at_many_tills_spends_once(shop: ServedShop) -> None:
    alice = shop.guest(40 * POINTS)
    answers = reserve_at_once(shop, [shop.code(alice)] * 40)
    assert kinds(answers) == {(201, None): 1, (409, "code-already-used"): 39}
    assert shop.balance(alice) == Balance(available=39 * POINTS, reserved=POINTS)


def test_a_reservation_that_is_confirmed_and_cancelled_at_once_ends_one_way(shop: ServedShop) -> None:
    alice = shop.guest(POINTS)
    held = shop.ask("/reservations", shop.reservation(shop.code(alice), POINTS)).json()["id"]
    answers = shop.at_once([(f"/reservations/{held}/{end}", {}) for end in ("confirm", "cancel") * 20])
    confirmed, cancelled = answers[::2], answers[1::2]
    if confirmed[0].ok:
        assert {answer.status_code for answer in confirmed} == {200}
        assert kinds(cancelled) == {(409, "reservation-confirmed"): 20}
        assert (shop.balance(alice), redeemed(shop, alice)) == (Balance(), POINTS)
    else:
        assert kinds(confirmed) == {(409, "reservation-cancelled"): 20}
        assert {answer.status_code for answer in cancelled} == {200}
        assert (shop.balance(alice), redeemed(shop, alice)) == (Balance(available=POINTS), 0)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_one_wins_every_time(shop: ServedShop) -> None:
    for _ in range(25):
        alice = shop.guest(POINTS)
        answers = reserve_at_once(shop, shop.codes(alice, TILLS))
        assert kinds(answers) == {(201, None): 1, (422, "too-many-points"): TILLS - 1}
        assert shop.balance(alice) == Balance(reserved=POINTS)


def redeemed(shop: ServedShop, member_id: UUID) -> int:
    return shop.count(
        "SELECT coalesce(sum(points), 0) FROM ledger_entries WHERE account = 'redeemed' AND member_id = :member_id",
        member_id=member_id,
    )
