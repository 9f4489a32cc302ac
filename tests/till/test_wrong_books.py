"""Whoever meets a wrong book takes it out of the way: its spending is frozen, everybody hears in plain words what
became of their request, and nothing is lost or half done. Real commits: some books are refused at the commit alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.ledger import queries as ledger
from backend.ledger import reconciliation, service
from backend.members import service as member_service
from backend.programmes import service as programmes
from backend.shared.db import db, run_transaction
from backend.shared.jobs import run_due_jobs
from tests.conftest import STARTING_MOMENT, Databases, ObedientClock, make_settings
from tests.factories.ledger import corrupt
from tests.factories.members import headers_of
from tests.factories.rewards import REWARDS, TIERS
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_staff_token, a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, fresh_code, sale, with_points

TRANSFERS = "transfers: {allowed: true, minimum_points: 10, maximum_points_per_day: 1000}"
PROGRAMME = DEMO_PROGRAMME + TRANSFERS + TIERS + REWARDS
API = "/api/v1"
Answer = Any
Deed = Callable[[], Answer]


@dataclass
class Shop:
    """A shop with real commits, its till, and its staff's program."""

    app: Flask
    till: dict[str, str] = field(default_factory=dict)
    staff: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return run_transaction(work)

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        return self.app.test_client().post(API + path, json=body, headers={"Accept-Language": "en"} | headers)

    def guest(self) -> "Guest":
        """Somebody with 500 points to spend."""
        phone = f"+7912000{next(self.numbers):04}"

        def join(session: Session) -> UUID:
            member_id = member_service.enrol_by_phone(session, phone=phone, locale="en").member_id
            with_points(session, member_id, 500)
            return member_id

        return Guest(self, self.run(join), phone)

    def external_id(self) -> str:
        return f"number-{next(self.numbers)}"


@dataclass
class Guest:
    """A guest whose book can be spoiled behind the ledger's back, and put right again."""

    shop: Shop
    id: UUID
    phone: str

    @property
    def headers(self) -> dict[str, str]:
        found: dict[str, str] = self.shop.run(lambda session: headers_of(session, self.id))
        return found | {"Idempotency-Key": self.shop.external_id()}

    def code(self) -> str:
        return str(self.shop.run(lambda session: fresh_code(session, self.id)))

    def spoil(self, change: str) -> None:
        statement = f"UPDATE ledger_balances SET {change} WHERE member_id = :member_id"
        self.shop.run(lambda session: corrupt(session, statement, member_id=self.id))

    def put_right(self, change: str) -> None:
        self.spoil(change)
        self.shop.run(lambda session: reconciliation.unfreeze(session, self.id, who="Olga", reason="row restored"))

    def balance(self) -> ledger.Balance:
        found: ledger.Balance = self.shop.run(lambda session: ledger.balance(session, self.id))
        return found

    def is_frozen(self) -> bool:
        query = text("SELECT frozen_at IS NOT NULL FROM ledger_balances WHERE member_id = :id")
        return bool(self.shop.run(lambda session: session.scalar(query, {"id": self.id})))


@pytest.fixture(scope="module")
def opened(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    url = databases.create()
    app = create_app(make_settings(url, tmp_path_factory.mktemp("var")))
    shop = Shop(app)

    def open_shop(session: Session) -> None:
        a_shop(session)
        store = a_store(session)
        programmes.load(session, PROGRAMME, in_force_from=STARTING_MOMENT - timedelta(days=1))
        shop.till = bearer(a_till_key(session, store.id))
        shop.staff = bearer(a_staff_token(session, "support"))

    shop.run(open_shop)
    yield shop
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


@pytest.fixture
def shop(opened: Shop, clock: ObedientClock) -> Shop:
    return opened


# What everybody may ask: each is prepared while the book is right, and done when it is wrong.


def a_return(shop: Shop, alice: Guest) -> Deed:
    sold = sale(alice.id, 70_000, external_id=shop.external_id())
    assert shop.post("/till/receipts", sold, shop.till).status_code == 201
    returned = {"external_id": shop.external_id(), "occurred_at": sold["occurred_at"]}
    return lambda: shop.post(f"/till/receipts/{sold['external_id']}/returns", returned, shop.till)


def a_claim_at_the_till(shop: Shop, alice: Guest) -> Deed:
    kept = _kept_receipt(shop, alice)
    return lambda: shop.post(f"/till/receipts/{kept['external_id']}/claim", {"code": alice.phone}, shop.till)


def a_claim_of_ones_own(shop: Shop, alice: Guest) -> Deed:
    kept, headers = _kept_receipt(shop, alice), alice.headers
    return lambda: shop.post("/me/receipts", {"external_id": kept["external_id"], "total": kept["total"]}, headers)


def a_transfer(shop: Shop, alice: Guest) -> Deed:
    boris, headers = shop.guest(), alice.headers
    return lambda: shop.post("/me/transfers", {"to": boris.phone, "points": 50}, headers)


def a_transfer_to(shop: Shop, alice: Guest) -> Deed:
    headers = shop.guest().headers
    return lambda: shop.post("/me/transfers", {"to": alice.phone, "points": 50}, headers)


def a_redemption(shop: Shop, alice: Guest) -> Deed:
    headers = alice.headers
    return lambda: shop.post("/me/redemptions", {"reward_id": "cappuccino"}, headers)


def a_cancelled_redemption(shop: Shop, alice: Guest) -> Deed:
    headers = alice.headers
    made = shop.post("/me/redemptions", {"reward_id": "cappuccino"}, headers)
    return lambda: shop.post(f"/me/redemptions/{made.json['id']}/cancel", {}, headers)


def an_adjustment(shop: Shop, alice: Guest, points: int = 5) -> Deed:
    body = {"points": points, "reason": "Cold coffee, case 4711", "kind": "complaint"}
    headers = shop.staff | {"Idempotency-Key": shop.external_id()}
    return lambda: shop.post(f"/staff/members/{alice.id}/adjustments", body, headers)


def a_reservation(shop: Shop, alice: Guest) -> Deed:
    body = {"external_id": shop.external_id(), "code": alice.code(), "points": 100, "amount": 70_000}
    return lambda: shop.post("/till/reservations", body, shop.till)


def a_cancelled_reservation(shop: Shop, alice: Guest) -> Deed:
    made = a_reservation(shop, alice)()
    return lambda: shop.post(f"/till/reservations/{made.json['id']}/cancel", {}, shop.till)


def a_confirmation(shop: Shop, alice: Guest) -> Deed:
    made = a_reservation(shop, alice)()
    return lambda: shop.post(f"/till/reservations/{made.json['id']}/confirm", {}, shop.till)


def a_receipt(shop: Shop, alice: Guest) -> Deed:
    sold = sale(alice.id, 70_000, external_id=shop.external_id())
    return lambda: shop.post("/till/receipts", sold, shop.till)


def _kept_receipt(shop: Shop, alice: Guest) -> dict[str, Any]:
    kept = sale(alice.id, 70_000, external_id=shop.external_id())
    del kept["member_id"]
    assert shop.post("/till/receipts", kept, shop.till).status_code == 201
    return kept


GOES_ON = {
    a_return: 201,
    a_claim_at_the_till: 200,
    a_claim_of_ones_own: 201,
    a_transfer_to: 201,
    a_cancelled_redemption: 200,
    an_adjustment: 201,
    a_cancelled_reservation: 200,
    a_confirmation: 200,
    a_receipt: 201,
}
SPENDS = {a_transfer: 201, a_redemption: 201, a_reservation: 201}


@pytest.mark.parametrize("asked", [*GOES_ON, *SPENDS], ids=lambda one: one.__name__)
def test_a_book_whose_lots_are_not_its_balance_is_frozen_by_whoever_meets_it(shop: Shop, asked: Any) -> None:
    alice = shop.guest()
    do = asked(shop, alice)
    alice.spoil("available = available + 7")
    answer = do()
    assert alice.is_frozen()
    if asked in GOES_ON:
        assert answer.status_code == GOES_ON[asked], answer.json
    else:
        assert (answer.status_code, answer.json["type"]) == (409, "spending-frozen")


@pytest.mark.parametrize("asked", [*GOES_ON, *SPENDS], ids=lambda one: one.__name__)
def test_what_a_wrong_book_cannot_take_is_refused_whole_and_done_once_the_book_is_right(shop: Shop, asked: Any) -> None:
    alice = shop.guest()
    do = asked(shop, alice)
    alice.spoil("transactions_count = transactions_count - 1")
    written = shop.run(_all_rows)
    for _ in range(2):
        refused = do()
        assert refused.status_code == 409, refused.json
        if asked not in SPENDS:
            assert refused.json["type"] == "book-wrong"
            assert refused.json["detail"]
    assert alice.is_frozen()
    assert shop.run(_all_rows) == written
    alice.put_right("transactions_count = transactions_count + 1")
    assert do().status_code == (GOES_ON | SPENDS)[asked]


def _all_rows(session: Session) -> dict[str, int]:
    tables = (
        "ledger_transactions",
        "ledger_lots",
        "receipts",
        "receipt_returns",
        "messages",
        "reward_orders",
        "reservations",
    )
    return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}


def test_what_is_missing_altogether_is_met_as_well(shop: Shop) -> None:
    alice = shop.guest()
    cancel = a_cancelled_reservation(shop, alice)
    movements = "DELETE FROM ledger_lot_movements WHERE member_id = :member_id"
    shop.run(lambda session: corrupt(session, movements, member_id=alice.id))
    refused = cancel()
    assert (refused.status_code, refused.json["type"]) == (409, "book-wrong")
    assert alice.is_frozen()
    assert alice.balance().reserved == 100


def test_a_mistake_that_is_no_books_fault_freezes_nobody_and_is_not_hidden(shop: Shop) -> None:
    alice = shop.guest()

    def with_a_mistake(session: Session) -> None:
        service.open_books(session, [alice.id])
        raise ValueError("a mistake in the code")

    with pytest.raises(ValueError, match="a mistake in the code"):
        shop.run(with_a_mistake)
    assert not alice.is_frozen()


def test_one_bad_receipt_of_a_batch_is_refused_and_its_neighbours_are_recorded(shop: Shop) -> None:
    alice, boris = shop.guest(), shop.guest()
    alice.spoil("transactions_count = 0")
    late = [sale(one.id, 70_000, external_id=shop.external_id(), offline=True) for one in (boris, alice, boris)]
    items = shop.post("/till/receipts/batch", {"receipts": late}, shop.till).json["items"]
    assert [item["status"] for item in items] == ["recorded", "refused", "recorded"]
    assert items[1]["problem"]["type"] == "book-wrong"


@pytest.mark.parametrize("change", ["transactions_count = 0", "pending = 0", "reserved = 0", "available = 0, debt = 0"])
def test_a_wrong_book_holds_up_no_job_for_the_others(shop: Shop, clock: ObedientClock, change: str) -> None:
    alice, boris = shop.guest(), shop.guest()
    for one in (alice, boris):
        assert a_receipt(shop, one)().status_code == 201
        assert a_reservation(shop, one)().status_code == 201
    alice.spoil(change)
    before = alice.balance()
    with shop.app.app_context():
        clock.advance(days=15)
        assert run_due_jobs().failed == ()
        assert boris.balance() == ledger.Balance(available=535)
        clock.advance(days=400)
        assert run_due_jobs().failed == ()
    assert boris.balance() == ledger.Balance()
    assert (alice.is_frozen(), boris.is_frozen()) == (True, False)
    assert alice.balance() == before
