"""Clocks jump, are put back, skip an hour and have leap days: nothing is released, burnt or let go early or twice."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger.audit import check_books
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.jobs import run_due_jobs
from backend.shops import service as shops
from backend.till.reserving import LEASE
from tests.conftest import ObedientClock
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import OpenTill, fresh_code, guest

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
PROGRAMME = """
programme: grain
title: {{en: Grain, ru: Зерно}}
currency: RUB
point_value_minor: 100
earning:
  - {{rule: base, rate_basis_points: 500}}
availability: {{pending_days: {pending_days}}}
expiry: {expiry}
"""
HUNDRED_POINTS = 200_000


class Shop:
    """A shop in some zone, Alice who buys there, and what has become of each of her purchases."""

    def __init__(self, session: Session, client: FlaskClient, clock: ObedientClock) -> None:
        self.session, self.client, self.clock = session, client, clock

    def open(self, *, zone: str, at: datetime, expiry: str = "{days: 1}", pending_days: int = 1) -> "Shop":
        self.clock.set(at)
        shops.open_shop(self.session, name={"ru": "Зерно", "en": "Grain"}, zone=zone, locale="ru", tile="coffee-bean")
        store = a_store(self.session)
        document = PROGRAMME.format(pending_days=pending_days, expiry=expiry)
        programmes.load(self.session, document, in_force_from=at - 9 * DAY)
        self.till = OpenTill(self.client, bearer(a_till_key(self.session, store.id)), store.id)
        self.alice = guest(self.session)
        self.session.commit()
        self.sold = 0
        return self

    def sell(self) -> None:
        self.sold += 1
        answer = self.till.sell(self.alice, HUNDRED_POINTS, external_id=f"sale-{self.sold}")
        assert answer.status_code == 201, answer.text

    def work(self) -> None:
        """What the worker does now."""
        assert run_due_jobs().failed == ()
        self.session.expire_all()

    def balance(self) -> ledger.Balance:
        return ledger.balance(self.session, self.alice)

    def points(self, account: str) -> int:
        statement = "SELECT coalesce(sum(points), 0) FROM ledger_entries WHERE account = :account"
        return int(self.session.execute(text(statement), {"account": account}).scalar_one())

    def kinds(self) -> Counter[str]:
        return Counter(self.session.scalars(text("SELECT kind FROM ledger_transactions")))

    def lots(self) -> list[Any]:
        return list(
            self.session.execute(
                text(
                    "SELECT receipts.occurred_at, lots.state, lots.points_remaining "
                    "FROM ledger_lots AS lots JOIN ledger_transactions AS earned ON earned.id = lots.transaction_id "
                    "JOIN receipts ON receipts.id = earned.receipt_id"
                )
            )
        )


@pytest.fixture
def shop(session: Session, client: FlaskClient, clock: ObedientClock) -> Iterator[Shop]:
    opened = Shop(session, client, clock)
    yield opened
    assert check_books(session, [opened.alice]) == []


TURNS = {
    "clocks go forward in Berlin": ("Europe/Berlin", "2027-03-28T01:00+00:00"),
    "clocks go back in Berlin": ("Europe/Berlin", "2026-10-25T01:00+00:00"),
    "midnight is skipped in Santiago": ("America/Santiago", "2026-09-06T04:00+00:00"),
    "half an hour in Lord Howe": ("Australia/Lord_Howe", "2026-10-03T15:30+00:00"),
    "the leap day in Moscow": ("Europe/Moscow", "2028-02-28T21:00+00:00"),
    "the end of the leap day in Moscow": ("Europe/Moscow", "2028-02-29T21:00+00:00"),
    "new year in Moscow": ("Europe/Moscow", "2026-12-31T21:00+00:00"),
}


@pytest.mark.parametrize("turn", TURNS)
def test_a_jumping_clock_releases_and_burns_nothing_early_and_nothing_twice(shop: Shop, seed: int, turn: str) -> None:
    walk(shop, random.Random(seed), *TURNS[turn], steps=12)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", TURNS)
def test_a_jumping_clock_at_length(shop: Shop, seed: int, turn: str) -> None:
    walk(shop, random.Random(seed), *TURNS[turn], steps=1_500)


def walk(shop: Shop, chance: random.Random, zone: str, turn: str, *, steps: int) -> None:
    """Sales around the turn; then the clock jumps to and fro around every moment at which something is due, while the
    worker works. What is due by the latest time that anybody has seen has happened; nothing else has.
    """
    turns_at = datetime.fromisoformat(turn)
    shop.open(zone=zone, at=turns_at - HOUR)
    for _ in range(4):
        shop.clock.set(turns_at + timedelta(seconds=chance.uniform(-3_600, 3_600)))
        shop.sell()
    latest, ends_at = turns_at - HOUR, turns_at + HOUR + 2 * DAY
    for step in range(steps):
        # Around the sales, then around their release, then around their end.
        now = turns_at + step * 3 // steps * DAY + timedelta(seconds=chance.uniform(-3_600, 3_600))
        shop.clock.set(now)
        latest = max(latest, now)
        shop.work()
        for sold_at, state, left in shop.lots():
            assert state == ("available" if latest >= sold_at + DAY else "pending"), (sold_at, latest)
            assert (left == 0) == (latest >= sold_at + 2 * DAY), (sold_at, latest)
    shop.clock.set(ends_at + HOUR)
    shop.work()
    assert shop.kinds() == {"accrual": 4, "release": 4, "expiry": 4}
    assert (shop.points("expired"), shop.balance()) == (400, ledger.Balance())


BURNS = {
    # zone, sold and available at once, expiry, the last moment at which it is there
    "a month from the leap day": ("Europe/Moscow", "2028-02-29T12:00+03:00", "{months: 1}", "2028-03-29T12:00+03:00"),
    "a year from the leap day": ("Europe/Moscow", "2028-02-29T12:00+03:00", "{months: 12}", "2029-02-28T12:00+03:00"),
    "a month onto the leap day": ("Europe/Moscow", "2028-01-31T12:00+03:00", "{months: 1}", "2028-02-29T12:00+03:00"),
    "365 days over a leap day": ("Europe/Moscow", "2027-06-01T12:00+03:00", "{days: 365}", "2028-05-31T12:00+03:00"),
    "days are of 24 hours": ("Europe/Berlin", "2027-03-27T12:00+01:00", "{days: 1}", "2027-03-28T13:00+02:00"),
    "months keep the local time": ("Europe/Berlin", "2027-03-01T12:00+01:00", "{months: 1}", "2027-04-01T12:00+02:00"),
    "a skipped time comes later": ("Europe/Berlin", "2027-02-28T02:30+01:00", "{months: 1}", "2027-03-28T03:30+02:00"),
    "the month's end is local": (
        "America/New_York",
        "2026-10-31T23:30-04:00",
        "{days: 1, round_to: month}",
        "2026-11-30T23:59:59.999999-05:00",
    ),
    "the quarter's end in a leap year": (
        "Europe/Berlin",
        "2028-02-28T12:00+01:00",
        "{days: 2, round_to: quarter}",
        "2028-03-31T23:59:59.999999+02:00",
    ),
    "the year's end": (
        "Asia/Tokyo",
        "2027-12-31T23:59:59+09:00",
        "{days: 1, round_to: year}",
        "2028-12-31T23:59:59.999999+09:00",
    ),
}


@pytest.mark.parametrize("case", BURNS)
def test_points_are_there_to_their_last_moment_by_the_shops_calendar(shop: Shop, case: str) -> None:
    zone, sold_at, expiry, burns_at = BURNS[case]
    last = datetime.fromisoformat(burns_at)
    shop.open(zone=zone, at=datetime.fromisoformat(sold_at), expiry=expiry, pending_days=0).sell()
    shop.clock.set(last - timedelta(microseconds=1))
    shop.work()
    assert shop.balance() == ledger.Balance(available=100)
    shop.clock.set(last)
    shop.work()
    assert (shop.balance(), shop.points("expired")) == (ledger.Balance(), 100)


def test_a_clock_that_jumps_over_years_releases_before_it_burns(shop: Shop, clock: ObedientClock) -> None:
    shop.open(zone="Europe/Moscow", at=business_now())
    shop.sell()
    clock.advance(days=800, business_only=True)
    shop.work()
    assert shop.kinds() == {"accrual": 1, "release": 1, "expiry": 1}
    clock.advance(days=-800, business_only=True)
    shop.work()
    assert (shop.balance(), shop.points("expired")) == (ledger.Balance(), 100)


def test_a_clock_that_is_put_back_neither_lets_a_reservation_go_twice_nor_early(
    shop: Shop, session: Session, clock: ObedientClock
) -> None:
    began = business_now()
    shop.open(zone="Europe/Moscow", at=began, pending_days=0, expiry="{days: 365}").sell()
    code = fresh_code(session, shop.alice)
    held = shop.till.reserve(code, 60, 6_000).json["id"]
    for minutes in (9, -60, 5, -1, 9):
        clock.set(began + timedelta(minutes=minutes))
        shop.work()
        assert shop.balance() == ledger.Balance(available=40, reserved=60)
    for moment in (began + LEASE, began - HOUR, began + LEASE + HOUR, began):
        clock.set(moment)
        shop.work()
        assert shop.balance() == ledger.Balance(available=100)
    assert shop.kinds() == {"accrual": 1, "reserve": 1, "cancel": 1}
    answer = shop.till.post(f"/reservations/{held}/confirm", {})
    assert (answer.status_code, answer.json["type"]) == (409, "reservation-timed-out")


def test_a_code_that_was_spent_stays_spent_when_the_clock_is_put_back(
    shop: Shop, session: Session, clock: ObedientClock
) -> None:
    began = business_now()
    shop.open(zone="Europe/Moscow", at=began, pending_days=0, expiry="{days: 365}").sell()
    code = fresh_code(session, shop.alice)
    held = shop.till.reserve(code, 10, 1_000, external_id="first").json["id"]
    assert shop.till.post(f"/reservations/{held}/confirm", {}).status_code == 200
    for seconds in (29, -29, 0):
        clock.set(began + timedelta(seconds=seconds))
        again = shop.till.reserve(code, 10, 1_000, external_id=f"again{seconds}")
        assert again.json["type"] == "code-already-used"
    assert shop.balance() == ledger.Balance(available=90)
