"""A shop that is open over real HTTP: granian in processes of its own, a real PostgreSQL, tills with keys, guests."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger.audit import audit
from backend.members import card_code, cards
from backend.members import service as members
from backend.programmes import service as programmes
from backend.shared.clock import business_now, system_now
from backend.shared.db import run_transaction
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.processes import descendants, wait_for

ROOT = Path(__file__).resolve().parents[2]
WORKERS, THREADS = 2, 8
PATIENCE_SECONDS = 60
STOP_SECONDS = 10
PROGRAMME = """
programme: grain
title: {en: Grain, ru: Зерно}
currency: RUB
point_value_minor: 100
earning:
  - {rule: base, rate_basis_points: 500}
availability: {pending_days: 0}
expiry: {days: 365}
transfers: {allowed: true}
"""
MINOR_FOR_A_POINT = 2_000
"""Five per cent of it is one point."""


class ServedShop:
    """The shop as tills see it, and as its database has it."""

    def __init__(self, app: Flask, var: Path) -> None:
        self.app, self.var = app, var
        self.port = _free_port()
        self.headers = self.run(self._open)
        self._phones, self._numbers = count(9_120_000_001), count(1)
        self._server: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _open(session: Session) -> dict[str, str]:
        a_shop(session)
        store = a_store(session)
        programmes.load(session, PROGRAMME, in_force_from=business_now())
        return bearer(a_till_key(session, store.id))

    @contextlib.contextmanager
    def served(self) -> Iterator["ServedShop"]:
        """The web server as `molva run` starts it, for the time of a `with` block."""
        settings = self.app.config["MOLVA"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")},
            "PYTHONPATH": str(ROOT),
            "MOLVA_DATABASE_URL": settings.database_url,
            "MOLVA_SECRET_KEY": settings.secret_key,
            "MOLVA_VAR": str(self.var),
            "MOLVA_DEMO": "0",
            "PORT": str(self.port),
        }
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "tests.proofs.mortal_shop:application"),
            *("--host", "127.0.0.1", "--port", str(self.port), "--no-ws", "--backlog", "512"),
            *("--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--respawn-failed-workers"),
            *("--workers-kill-timeout", "5"),
        ]
        self._start = partial(subprocess.Popen, command, env=environment)
        self._serve()
        try:
            self.wait_until_whole()
            yield self
        finally:
            self._stop(self.server)

    def _serve(self) -> None:
        with self.log.open("a") as log:
            self._server = self._start(stdout=log, stderr=log)

    @property
    def server(self) -> "subprocess.Popen[bytes]":
        """The web server; another one where it gave up because its workers died one after the other, as `molva run`
        would have started.
        """
        assert self._server is not None
        if self._server.poll() is not None:
            self._serve()
        return self._server

    @staticmethod
    def _stop(server: "subprocess.Popen[bytes]") -> None:
        workers = descendants(server.pid)
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(STOP_SECONDS)
            return
        # Somebody has just been killed and is being replaced; what is served here nobody will miss.
        for pid in (server.pid, *workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.wait()

    @property
    def log(self) -> Path:
        return self.var / "web.log"

    @property
    def web_workers(self) -> list[int]:
        """The processes that answer."""
        return descendants(self.server.pid)

    def wait_until_whole(self) -> None:
        """Until it answers with all its workers again."""
        wait_for(lambda: len(self.web_workers) == WORKERS and self._answers())

    def _answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).ok
        return False

    def dies(self, step: str) -> None:
        """The process that comes to this step next kills itself there."""
        (self.var / "dies_at.new").write_text(step)
        (self.var / "dies_at.new").rename(self.var / "dies_at")

    @property
    def has_died(self) -> bool:
        return not (self.var / "dies_at").exists()

    def run(self, work: Callable[[Session], Any]) -> Any:
        """Does something in the shop's database and keeps it."""
        with self.app.app_context():
            return run_transaction(work)

    def ask(self, path: str, body: Mapping[str, Any], *, timeout: float = PATIENCE_SECONDS) -> requests.Response:
        """Posts to the till's API, on a connection of its own.

        Raises:
            requests.RequestException: the answer was lost.
        """
        address = f"http://127.0.0.1:{self.port}/api/v1/till{path}"
        return requests.post(address, json=body, headers=self.headers, timeout=timeout)

    def ask_until_answered(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        """Posts the same again until an answer comes, as a till does."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(requests.RequestException):
                answer = self.ask(path, body)
                if answer.status_code < 500:
                    return answer
            assert self.server
            assert time.monotonic() < ends_at, f"{path} is not answered:\n" + self.log.read_text()[-3_000:]
            time.sleep(0.1)

    def at_once(self, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[requests.Response]:
        """Posts everything at the same moment, each on its own connection and from its own thread; in order."""
        start = threading.Barrier(len(asked))

        def post(one: tuple[str, Mapping[str, Any]]) -> requests.Response:
            start.wait(PATIENCE_SECONDS)
            return self.ask(*one)

        with ThreadPoolExecutor(len(asked)) as pool:
            return list(pool.map(post, asked))

    def number(self, kind: str) -> str:
        """A number that no receipt, return or reservation has."""
        return f"{kind}-{next(self._numbers)}"

    def guest(self, points: int = 0) -> UUID:
        """A new member, with so many points to spend."""
        phone = f"+7{next(self._phones)}"
        member_id: UUID = self.run(lambda session: members.enrol_by_phone(session, phone=phone, locale="en").member_id)
        if points:
            answer = self.ask_until_answered("/receipts", self.sale(member_id, points))
            assert answer.json()["points_earned"] == points, answer.text
        return member_id

    def sale(self, member_id: UUID, points: int, **fields: Any) -> dict[str, Any]:
        """A receipt that earns so many points."""
        total = points * MINOR_FOR_A_POINT
        return {
            "external_id": self.number("sale"),
            "member_id": str(member_id),
            "occurred_at": business_now().isoformat(),
            "currency": "RUB",
            "total": total,
            "lines": [{"sku": "BEANS", "quantity": 1, "amount": total}],
        } | fields

    def reservation(self, code: str, points: int, **fields: Any) -> dict[str, Any]:
        """So many points for a receipt that they would pay whole."""
        return {
            "external_id": self.number("reservation"),
            "code": code,
            "points": points,
            "amount": points * 100,
        } | fields

    def codes(self, member_id: UUID, number: int) -> list[str]:
        """So many different codes of one member that may spend now.

        Of as many phones as a member may have, each with the codes of this half minute and of the next (phones' clocks
        differ); what is missing comes from the member's web page.
        """
        phones = min(number // 2, cards.LIVING_KEYS_MAXIMUM - 1)

        def make(session: Session) -> list[str]:
            step = card_code.step_at(system_now())
            keys = [
                cards.issue_card_key(session, member_id=member_id, install_id=f"phone-{phone}-{member_id}")
                for phone in range(phones)
            ]
            made = [card_code.encode(key.device_id, key.secret, step=step + ahead) for key in keys for ahead in (0, 1)]
            return made + [cards.show_card(session, member_id=member_id).code for _ in range(number - len(made))]

        codes: list[str] = self.run(make)
        assert len(set(codes)) == number
        return codes

    def code(self, member_id: UUID) -> str:
        """A code that may spend now."""
        return self.codes(member_id, 1)[0]

    def balance(self, member_id: UUID) -> ledger.Balance:
        found: ledger.Balance = self.run(lambda session: ledger.balance(session, member_id))
        return found

    def count(self, statement: str, **values: object) -> int:
        """The one number that a query gives."""
        return int(self.run(lambda session: session.execute(text(statement), values).scalar_one()))

    def check_books(self) -> None:
        """The auditor finds nothing in the whole shop."""
        assert self.run(audit).findings == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
