"""PostgreSQL is stopped at once under load, as by a power cut: what tills were told stays, nothing is there twice."""

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest
import requests
from sqlalchemy import event

from backend.app import create_app
from backend.shared import embedded_postgres, migrations, postgres_files
from backend.shared.clock import business_now
from backend.shared.db import db
from tests.conftest import make_settings
from tests.processes import is_alive, wait_for
from tests.proofs.shop import ServedShop

TILLS = 8
POINTS = 20
Answer = tuple[str, dict[str, Any], dict[str, Any]]
Made = TypeVar("Made")


class DurableShop(ServedShop):
    """A shop on a database that keeps what it has committed, and that can be stopped."""

    def __init__(self, var: Path) -> None:
        self.postgres = embedded_postgres.ensure_running(var)
        app = create_app(make_settings(self.postgres.url, var))
        self._connections: list[psycopg.Connection[Any]] = []
        with app.app_context():
            event.listen(db.engine, "connect", lambda connection, _record: self._connections.append(connection))
            migrations.upgrade(db.engine)
        super().__init__(app, var)

    def close(self) -> None:
        """Ends everything. A connection that was in use while its pool was disposed of goes back to no pool."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for connection in self._connections:
            connection.close()
        self.postgres.release()
        embedded_postgres.delete(self.var)

    def stop_the_database_at_once(self) -> None:
        """What `pg_ctl stop -m immediate` does, and the start again that recovers."""
        files = postgres_files.existing(self.var)
        assert files is not None
        postmaster = int((files.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGQUIT)
        wait_for(lambda: not is_alive(postmaster) and not self.postgres.is_running())
        ended, self.postgres = self.postgres, embedded_postgres.ensure_running(self.var)
        ended.release()
        with self.app.app_context():
            db.engine.dispose()


@pytest.fixture
def durable_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableShop]:
    var = tmp_path_factory.mktemp("durable") / "var"
    var.parent.chmod(0o755)
    var.mkdir()
    opened = DurableShop(var)
    with opened.served():
        yield opened
    opened.close()


class Till(threading.Thread):
    """Sells to its own guest, sets points aside, spends them or lets them go, takes goods back; asks until answered."""

    def __init__(self, shop: DurableShop, guest: UUID, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.shop, self.guest, self.chance = shop, guest, chance
        self.ends = threading.Event()
        self.told: list[Answer] = []
        self.failure: BaseException | None = None
        self.lost = 0

    def run(self) -> None:
        try:
            while not self.ends.is_set():
                self.serve()
        except BaseException as error:
            self.failure = error

    def serve(self) -> None:
        """One guest's visit: earns, pays with what it earned, and brings half of the goods back."""
        sale = self.shop.sale(self.guest, POINTS)
        self.ask("/receipts", sale)
        body = self.shop.reservation(self.despite_stops(lambda: self.shop.code(self.guest)), POINTS // 2)
        held = self.ask("/reservations", body)
        if held is not None:
            self.ask(f"/reservations/{held['id']}/{self.chance.choice(('confirm', 'cancel'))}", {})
        back = {"external_id": self.shop.number("return"), "occurred_at": business_now().isoformat()}
        self.ask(f"/receipts/{sale['external_id']}/returns", back | {"amount": sale["total"] // 2})

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Asks until it is told something; None where a code grew old while nobody answered."""
        while True:
            try:
                answer = self.shop.ask(path, body)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code in {200, 201}:
                self.told.append((path, body, answer.json()))
                return dict(answer.json())
            if answer is not None and path == "/reservations" and answer.status_code in {403, 422}:
                return None
            assert answer is None or answer.status_code in {409, 500, 502, 503}, (path, answer.text)
            self.lost += 1
            time.sleep(0.1)

    @staticmethod
    def despite_stops(make: Any) -> Any:
        while True:
            with contextlib.suppress(Exception):
                return make()
            time.sleep(0.1)


def test_a_database_stopped_at_once_under_load_keeps_what_tills_were_told(durable_shop: DurableShop, seed: int) -> None:
    stop_under_load(durable_shop, random.Random(seed), stops=1)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_database_stopped_again_and_again_keeps_what_tills_were_told(durable_shop: DurableShop, seed: int) -> None:
    stop_under_load(durable_shop, random.Random(seed), stops=15)


def stop_under_load(shop: DurableShop, chance: random.Random, *, stops: int) -> None:
    tills = [Till(shop, shop.guest(), random.Random(chance.random())) for _ in range(TILLS)]
    for till in tills:
        till.start()
    for _ in range(stops):
        time.sleep(chance.uniform(1, 3))
        shop.stop_the_database_at_once()
    time.sleep(2)
    for till in tills:
        till.ends.set()
    for till in tills:
        till.join(120)
    assert [till.failure for till in tills if till.failure or till.is_alive()] == []
    assert sum(till.lost for till in tills) > 0, "nothing was in flight"

    told = [answer for till in tills for answer in till.told]
    for kind, statement in {
        "sale-": "SELECT count(*) FROM receipts",
        "return-": "SELECT count(*) FROM receipt_returns",
    }.items():
        asked = {body["external_id"] for _, body, _ in told if body.get("external_id", "").startswith(kind)}
        assert shop.count(statement) == len(asked)
    ends = [answer for answer in told if answer[0].endswith(("confirm", "cancel"))]
    for path, _, answer in ends:
        status = "confirmed" if path.endswith("confirm") else "cancelled"
        statement = "SELECT count(*) FROM reservations WHERE id = :id AND status = :status"
        assert shop.count(statement, id=answer["id"], status=status) == 1
    for path, body, answer in chance.sample(told, min(60, len(told))):
        again = shop.ask(path, body)
        assert (again.status_code, the_id_of(again.json())) == (200, the_id_of(answer)), again.text
    shop.check_books()


def the_id_of(answer: dict[str, Any]) -> str:
    return str(answer.get("receipt_id") or answer.get("return_id") or answer["id"])
