"""Many workers move points around; whoever looks, at whatever moment, finds as many as there were."""

import random
import threading
import time
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.ledger.book import Cause
from backend.ledger.errors import NotEnoughPoints
from backend.shared.clock import business_now, system_now
from backend.shared.ids import new_id
from tests.proofs.shop import ServedShop

GUESTS, POINTS_EACH = 8, 50
TOTAL = GUESTS * POINTS_EACH
# One statement, one moment: what balances, lots and entries say that there is.
TOTALS = """
SELECT (SELECT sum(pending + available + reserved + debt) FROM ledger_balances WHERE member_id = ANY(:guests)),
       (SELECT sum(points_remaining + points_reserved) FROM ledger_lots WHERE member_id = ANY(:guests)),
       (SELECT sum(points) FROM ledger_entries
        WHERE member_id = ANY(:guests) AND account IN ('pending', 'available', 'reserved', 'debt')),
       (SELECT sum(points) FROM ledger_entries WHERE member_id = ANY(:guests))
"""


def test_every_read_finds_the_same_total_while_24_workers_move_points(shop: ServedShop, seed: int) -> None:
    move_and_look(shop, seed, givers=8, tills=16, seconds=4)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("givers", "tills"), [(16, 0), (0, 16), (16, 16), (32, 32)])
def test_every_read_finds_the_same_total_at_length(shop: ServedShop, seed: int, givers: int, tills: int) -> None:
    move_and_look(shop, seed, givers=givers, tills=tills, seconds=60)


def move_and_look(shop: ServedShop, seed: int, *, givers: int, tills: int, seconds: float) -> None:
    """Givers transfer points between guests, tills set points aside and let them go; meanwhile totals are read."""
    guests = [shop.guest(POINTS_EACH) for _ in range(GUESTS)]
    kinds = [GiveSomething] * givers + [ReserveAndCancel] * tills
    workers = [kind(shop, guests, random.Random(seed * 1_000 + number)) for number, kind in enumerate(kinds)]
    for worker in workers:
        worker.start()
    reads, ends_at = 0, time.monotonic() + seconds
    try:
        while time.monotonic() < ends_at and all(worker.is_alive() for worker in workers):
            found = shop.run(lambda session: session.execute(text(TOTALS), {"guests": guests}).one())
            assert tuple(found) == (TOTAL, TOTAL, TOTAL, 0)
            reads += 1
    finally:
        for worker in workers:
            worker.ends.set()
        for worker in workers:
            worker.join(60)
    assert [worker.failure for worker in workers if worker.failure] == []
    assert reads > 10
    assert all(sum(worker.moved for worker in workers if isinstance(worker, kind)) for kind in set(kinds))
    assert sum(shop.balance(guest).available for guest in guests) == TOTAL


class Worker(threading.Thread):
    """Moves points of random guests until it is told to end."""

    def __init__(self, shop: ServedShop, guests: list[UUID], chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.shop, self.guests, self.chance = shop, guests, chance
        self.ends = threading.Event()
        self.moved = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            while not self.ends.is_set():
                self.moved += self.move(self.chance.randint(1, POINTS_EACH))
        except Exception as error:
            self.failure = error

    def move(self, points: int) -> bool:
        """Whether there were so many."""
        raise NotImplementedError


class GiveSomething(Worker):
    """A transfer between two books, both locked."""

    def move(self, points: int) -> bool:
        giver, taker = self.chance.sample(self.guests, 2)
        number, now = new_id(), business_now()

        def transfer(session: Session) -> None:
            books = service.open_books(session, [giver, taker], with_lots=True)
            for part, expires_at in books[giver].transfer_out(_cause(f"give:{number}", now), points=points):
                cause = _cause(f"take:{number}:{expires_at}", now)
                books[taker].accrue(cause, points=part, available_at=now, expires_at=expires_at, kind="transfer")
            service.write(session, books.values())

        try:
            self.shop.run(transfer)
        except NotEnoughPoints:
            return False
        return True


class ReserveAndCancel(Worker):
    """Points set aside by a till over HTTP and let go again."""

    def move(self, points: int) -> bool:
        code = self.shop.code(self.chance.choice(self.guests))
        held = self.shop.ask("/reservations", self.shop.reservation(code, points))
        if held.status_code == 422:
            assert held.json()["type"] == "too-many-points", held.text
            return False
        assert held.status_code == 201, held.text
        cancelled = self.shop.ask(f"/reservations/{held.json()['id']}/cancel", {})
        assert cancelled.status_code == 200, cancelled.text
        return True


def _cause(natural_key: str, at: datetime) -> Cause:
    return Cause(
        natural_key=natural_key,
        effective_at=at,
        recorded_at=system_now(),
        wording="ledger.release",
        programme="grain",
    )
