"""Many tills reach for the same points at the same moment: one gets them. Real commits, real threads."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from backend.ledger import queries as ledger
from backend.till.group_commit import GroupCommit
from backend.till.reserving import LEASE
from tests.conftest import ObedientClock
from tests.till.many_tills import Shop

TILLS = 16


@pytest.fixture(params=[False, True], ids=["each alone", "committed together"])
def shop(request: pytest.FixtureRequest, committed_app: Flask, clock: ObedientClock) -> Shop:
    if request.param:
        committed_app.extensions["molva_group_commit"] = GroupCommit(committed_app)
    return Shop(committed_app)


def test_the_same_points_are_set_aside_by_one_of_many_tills(shop: Shop) -> None:
    codes = [shop.code() for _ in range(TILLS)]
    wishes = [
        {"external_id": f"sale-{number}", "code": code, "points": 400, "amount": 90_000}
        for number, code in enumerate(codes)
    ]
    answers = shop.post_at_once([("/reservations", wish) for wish in wishes])
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (TILLS - 1)
    assert {answer.json["type"] for answer in answers if answer.status_code == 422} == {"too-many-points"}
    assert shop.balance() == ledger.Balance(available=100, reserved=400)
    shop.check_books()


def test_one_code_at_many_tills_sets_aside_once(shop: Shop) -> None:
    code = shop.code()
    wishes = [
        {"external_id": f"sale-{number}", "code": code, "points": 10, "amount": 90_000} for number in range(TILLS)
    ]
    answers = shop.post_at_once([("/reservations", wish) for wish in wishes])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (TILLS - 1)
    assert shop.balance().reserved == 10
    shop.check_books()


def test_one_reservation_told_many_times_is_made_once_and_all_hear_the_same(shop: Shop) -> None:
    wish = {"external_id": "sale-1", "code": shop.code(), "points": 300, "amount": 90_000}
    answers = shop.post_at_once([("/reservations", wish)] * TILLS)
    assert sorted(answer.status_code for answer in answers) == [200] * (TILLS - 1) + [201]
    assert len({answer.text for answer in answers}) == 1
    assert shop.balance().reserved == 300
    shop.check_books()


def test_a_reservation_confirmed_many_times_at_once_is_spent_once(shop: Shop) -> None:
    path = f"/reservations/{shop.reservation()}/confirm"
    answers = shop.post_at_once([(path, {})] * TILLS)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert shop.balance() == ledger.Balance(available=200)
    shop.check_books()


def test_confirmed_cancelled_and_timed_out_at_once_ends_in_one_of_them(shop: Shop, clock: ObedientClock) -> None:
    path = f"/reservations/{shop.reservation()}"
    # One instant in which the lease still lasts for whoever looks first, and is over for whoever comes later.
    clock.advance(seconds=LEASE.total_seconds() - 0.001)
    deeds: list[Callable[[], Any]] = [lambda: shop.post(f"{path}/confirm", {})] * 5
    deeds += [lambda: shop.post(f"{path}/cancel", {})] * 5
    deeds += [shop.time_out] * 5
    deeds += [lambda: clock.advance(seconds=0.002)]
    outcomes = shop.at_once(deeds)
    confirmed = {answer.status_code for answer in outcomes[:5]}
    cancelled = {answer.status_code for answer in outcomes[5:10]}
    timed_out = sum(outcomes[10:15])
    balance = shop.balance()
    assert balance.reserved == 0
    if balance.available == 200:
        assert 200 in confirmed
        assert cancelled == {409}
        assert timed_out == 0
    else:
        assert balance.available == 500
        assert confirmed == {409}
        assert cancelled == {200}
        assert timed_out <= 1
    shop.check_books()
