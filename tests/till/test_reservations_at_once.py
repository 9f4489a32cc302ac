"""Many tills reach for the same points at the same moment: one gets them. Real commits, real threads."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.members import service as members
from backend.programmes import service as programmes
from backend.shared.clock import business_now, system_now
from backend.shared.db import run_transaction
from backend.till import resolving
from backend.till.group_commit import GroupCommit
from backend.till.reserving import LEASE
from tests.conftest import ObedientClock
from tests.factories.ledger import findings
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, fresh_code, with_points

TILLS = 16


class Shop:
    """A shop with real commits and several tills; Alice has points."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.headers, self.alice = self.run(self._open)

    def _open(self, session: Session) -> tuple[dict[str, str], UUID]:
        a_shop(session)
        store = a_store(session)
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        alice = members.enrol_by_phone(session, phone="+79120000001", locale="en").member_id
        with_points(session, alice, 500)
        return bearer(a_till_key(session, store.id)), alice

    def run(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return run_transaction(work)

    def code(self) -> str:
        return str(self.run(lambda session: fresh_code(session, self.alice)))

    def reservation(self, points: int = 300) -> str:
        body = {"external_id": "sale-0", "code": self.code(), "points": points, "amount": 90_000}
        return str(self.post("/reservations", body).json["id"])

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.app.test_client().post(f"/api/v1/till{path}", json=body, headers=self.headers)

    def at_once(self, deeds: Sequence[Callable[[], Any]]) -> list[Any]:
        """Does everything at the same moment; what came of each, in order."""
        start = threading.Barrier(len(deeds))

        def do(deed: Callable[[], Any]) -> Any:
            start.wait(20)
            return deed()

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(do, deeds))

    def post_at_once(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
        return self.at_once([lambda path=path, body=body: self.post(path, body) for path, body in requests])

    def balance(self) -> ledger.Balance:
        found: ledger.Balance = self.run(lambda session: ledger.balance(session, self.alice))
        return found

    def time_out(self) -> int:
        return int(self.run(lambda session: resolving.time_out_due(session, system_now())))

    def check_books(self) -> None:
        def look(session: Session) -> None:
            assert findings(session) == []

        self.run(look)


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
