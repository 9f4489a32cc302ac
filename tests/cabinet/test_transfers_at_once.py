"""The bank: many give to each other at once, nobody deadlocks, and no total ever changes. Real commits and threads."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger.audit import audit
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.conftest import ObedientClock
from tests.factories.members import headers_of
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, guest, sale

THREADS = 16
AT_ONCE = DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 0")
TERMS = "transfers: {allowed: true, maximum_points_per_day: 100}\n"
UNLIMITED = "transfers: {allowed: true}\n"
TOTAL = "SELECT coalesce(sum(available + debt), 0)::bigint FROM ledger_balances"


class Bank:
    """Members with points who give to each other, each from a phone of their own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.members: dict[str, UUID] = {}
        self.headers: dict[str, dict[str, str]] = {}

    def open(self, terms: str, *, members: int, points: int) -> None:
        def open_shop(session: Session) -> dict[str, str]:
            a_shop(session)
            programmes.load(session, AT_ONCE + terms, in_force_from=business_now())
            return bearer(a_till_key(session, a_store(session).id))

        till = self.run(open_shop)
        for number in range(members):
            phone = f"+7912000000{number}"
            self.members[phone] = self.run(partial(guest, phone=phone))
            self.headers[phone] = self.run(partial(headers_of, member_id=self.members[phone]))
            for receipt in range(2):
                self.app.test_client().post(
                    "/api/v1/till/receipts",
                    json=sale(self.members[phone], points * 2_000, external_id=f"{number}-{receipt}"),
                    headers=till,
                )

    def run(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return run_transaction(work)

    def give(self, sender: str, to: str, points: int, key: str) -> Any:
        return self.app.test_client().post(
            "/api/v1/me/transfers",
            json={"to": to, "points": points},
            headers=self.headers[sender] | {"Idempotency-Key": key},
        )

    def at_once(self, orders: Sequence[tuple[str, str, int, str]]) -> list[Any]:
        start = threading.Barrier(min(len(orders), THREADS))

        def give(order: tuple[str, str, int, str]) -> Any:
            start.wait(20)
            return self.give(*order)

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(give, orders))

    def total(self) -> int:
        return int(self.run(lambda session: session.execute(text(TOTAL)).scalar_one()))

    def available(self, phone: str) -> int:
        return int(self.run(lambda session: ledger.balance(session, self.members[phone]).available))

    def check_books(self) -> None:
        assert self.run(lambda session: audit(session).findings) == []


@pytest.fixture
def bank(committed_app: Flask, clock: ObedientClock) -> Bank:
    return Bank(committed_app)


def test_two_give_to_each_other_at_once_and_every_look_finds_the_same_total(bank: Bank) -> None:
    bank.open(UNLIMITED, members=2, points=50)
    alice, boris = bank.members
    orders = [
        (*((alice, boris) if number % 2 else (boris, alice)), 1 + number % 7, f"key-{number}") for number in range(160)
    ]
    totals, done = set(), threading.Event()

    def watch() -> None:
        while not done.is_set():
            totals.add(bank.total())

    watcher = threading.Thread(target=watch)
    watcher.start()
    answers = bank.at_once(orders)
    done.set()
    watcher.join()
    assert {answer.status_code for answer in answers} == {201}
    assert totals == {200}
    bank.check_books()


def test_a_ring_of_members_gives_at_random_and_nothing_is_lost(bank: Bank) -> None:
    bank.open(UNLIMITED, members=5, points=10)
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    orders = []
    for number in range(160):
        sender, to = chance.sample(list(bank.members), 2)
        orders.append((sender, to, chance.randint(1, 15), f"key-{number}"))
    answers = bank.at_once(orders)
    problems = {answer.json.get("type") for answer in answers if answer.status_code != 201}
    assert problems <= {"not-enough-points"}, f"seed {seed}"
    given = [order for order, answer in zip(orders, answers, strict=True) if answer.status_code == 201]
    for phone in bank.members:
        came = sum(points for _, to, points, _ in given if to == phone)
        went = sum(points for sender, _, points, _ in given if sender == phone)
        assert bank.available(phone) == 20 + came - went, f"seed {seed}"
    assert bank.total() == 100
    bank.check_books()


def test_one_key_at_once_gives_once(bank: Bank) -> None:
    bank.open(UNLIMITED, members=2, points=50)
    alice, boris = bank.members
    answers = bank.at_once([(alice, boris, 30, "the-key")] * THREADS)
    assert sorted(answer.status_code for answer in answers) == [200] * (THREADS - 1) + [201]
    assert len({answer.text for answer in answers}) == 1
    assert (bank.available(alice), bank.available(boris)) == (70, 130)


def test_the_days_limit_holds_whoever_gives_at_once(bank: Bank) -> None:
    bank.open(TERMS, members=2, points=200)
    alice, boris = bank.members
    answers = bank.at_once([(alice, boris, 30, f"key-{number}") for number in range(THREADS)])
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 3 + [422] * (THREADS - 3)
    assert bank.available(boris) == 400 + 90
    bank.check_books()


def test_the_same_points_are_given_once_whoever_is_faster(bank: Bank) -> None:
    bank.open(UNLIMITED, members=3, points=20)
    alice, boris, dasha = bank.members
    answers = bank.at_once([(alice, (boris, dasha)[number % 2], 40, f"key-{number}") for number in range(THREADS)])
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (THREADS - 1)
    assert (bank.available(alice), bank.total()) == (0, 120)
    bank.check_books()


def test_looking_for_people_at_once_looks_for_five(bank: Bank) -> None:
    bank.open(UNLIMITED, members=2, points=50)
    alice, _boris = bank.members
    answers = bank.at_once([(alice, f"+79990000{number:03d}", 1, f"key-{number}") for number in range(THREADS)])
    assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * (THREADS - 5)
