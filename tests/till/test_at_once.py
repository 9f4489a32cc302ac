"""Many tills at once: what is told twice counts once, and nobody deadlocks. Real commits, real threads."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.members import service as members
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.referrals.terms import terms_of
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.till.group_commit import GroupCommit
from tests.conftest import ObedientClock
from tests.factories.ledger import findings
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, sale

TILLS = 12


class Shop:
    """A shop with real commits and several tills."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.headers = self.run(self._open)

    def _open(self, session: Session) -> dict[str, str]:
        a_shop(session)
        store = a_store(session)
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        return bearer(a_till_key(session, store.id))

    def run(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return run_transaction(work)

    def guest(self, phone: str) -> UUID:
        member_id: UUID = self.run(lambda session: members.enrol_by_phone(session, phone=phone, locale="en").member_id)
        return member_id

    def at_once(self, bodies: Sequence[dict[str, Any]]) -> list[Any]:
        """Posts all receipts at the same moment, each from a till of its own; the answers in order."""
        start = threading.Barrier(min(len(bodies), TILLS))

        def post(body: dict[str, Any]) -> Any:
            start.wait(10)
            return self.app.test_client().post("/api/v1/till/receipts", json=body, headers=self.headers)

        with ThreadPoolExecutor(TILLS) as pool:
            return list(pool.map(post, bodies))

    def balance(self, member_id: UUID) -> ledger.Balance:
        found: ledger.Balance = self.run(lambda session: ledger.balance(session, member_id))
        return found

    def count(self, table: str) -> int:
        return int(self.run(lambda session: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()))

    def check_books(self) -> None:
        def look(session: Session) -> None:
            assert findings(session) == []

        self.run(look)


@pytest.fixture(params=[False, True], ids=["each alone", "committed together"])
def shop(request: pytest.FixtureRequest, committed_app: Flask, clock: ObedientClock) -> Shop:
    if request.param:
        committed_app.extensions["molva_group_commit"] = GroupCommit(committed_app)
    return Shop(committed_app)


def test_one_receipt_from_many_tills_counts_once_and_all_hear_the_same(shop: Shop) -> None:
    alice = shop.guest("+79120000001")
    answers = shop.at_once([sale(alice, 70_000)] * TILLS)
    assert sorted(answer.status_code for answer in answers) == [200] * (TILLS - 1) + [201]
    assert len({answer.text for answer in answers}) == 1
    assert shop.balance(alice).pending == 35
    shop.check_books()


def test_one_number_with_many_contents_is_taken_once(shop: Shop) -> None:
    guests = [shop.guest(f"+79120001{number:03}") for number in range(TILLS)]
    answers = shop.at_once([sale(guest, 70_000) for guest in guests])
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (TILLS - 1)
    assert shop.count("receipts") == 1
    assert sum(shop.balance(guest).pending for guest in guests) == 35
    shop.check_books()


def test_shuffled_duplicates_of_many_guests_leave_every_book_exact(shop: Shop) -> None:
    guests = [shop.guest(f"+79120002{number:03}") for number in range(4)]
    told = [
        sale(guest, 10_000 * (number + 1), external_id=f"s-{position}-{number}")
        for position, guest in enumerate(guests)
        for number in range(6)
    ]
    shuffled = told * 3
    random.Random(7).shuffle(shuffled)
    answers = shop.at_once(shuffled)
    assert {answer.status_code for answer in answers} == {200, 201}
    assert shop.count("receipts") == len(told)
    assert [shop.balance(guest).pending for guest in guests] == [5 + 10 + 15 + 20 + 25 + 30] * 4
    shop.check_books()


def test_two_first_receipts_of_a_friend_bring_one_reward(shop: Shop) -> None:
    alice, boris = shop.guest("+79120000001"), shop.guest("+79120000002")

    def invite(session: Session) -> None:
        code = referrals.own_code(session, member_id=alice, at=business_now())
        programme = programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        terms = terms_of(programme)
        assert terms is not None
        assert referrals.bind(session, friend_id=boris, code=code, channel="own", at=business_now(), terms=terms)

    shop.run(invite)
    answers = shop.at_once([sale(boris, 70_000, external_id=f"first-{number}") for number in range(TILLS)])
    assert {answer.status_code for answer in answers} == {201}
    assert shop.balance(alice).pending == 200
    assert shop.balance(boris).pending == 200 + 35 * TILLS
    shop.check_books()


def test_a_book_that_is_wrong_is_frozen_when_a_receipt_meets_it_and_stops_nobody(shop: Shop) -> None:
    guests = [shop.guest(f"+79120001{number:03}") for number in range(4)]
    wrong = guests[:2]

    def corrupt(session: Session) -> None:
        session.execute(text("ALTER TABLE ledger_balances DISABLE TRIGGER lots_equal_balance"))
        session.execute(text("UPDATE ledger_balances SET available = 900 WHERE member_id = ANY(:ids)"), {"ids": wrong})
        session.execute(text("ALTER TABLE ledger_balances ENABLE TRIGGER lots_equal_balance"))

    shop.run(corrupt)
    answers = shop.at_once([sale(guest, 70_000, external_id=f"one-{guest}") for guest in guests])
    late = [sale(guest, 70_000, external_id=f"late-{guest}", offline=True) for guest in guests]
    batch = shop.app.test_client().post("/api/v1/till/receipts/batch", json={"receipts": late}, headers=shop.headers)

    assert [answer.status_code for answer in answers] == [201] * 4
    assert [item["status"] for item in batch.json["items"]] == ["recorded"] * 4
    assert [shop.balance(guest).pending for guest in guests] == [70] * 4
    frozen = text("SELECT member_id FROM ledger_balances WHERE frozen_at IS NOT NULL")
    assert set(shop.run(lambda session: session.scalars(frozen).all())) == set(wrong)


def test_one_receipt_that_is_refused_does_not_fail_its_neighbours(shop: Shop) -> None:
    alice = shop.guest("+79120000001")
    good = [sale(alice, 70_000, external_id=f"good-{number}") for number in range(TILLS - 2)]
    bad = [sale(alice, 70_000, external_id=f"bad-{number}", currency="GBP") for number in range(2)]
    answers = shop.at_once([*good, *bad])
    assert [answer.status_code for answer in answers] == [201] * len(good) + [422] * len(bad)
    assert shop.balance(alice).pending == 35 * len(good)
