"""A real shop's year, replayed by the command, killed in the middle and started again: always the same balances."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger.audit import audit
from backend.shared.db import run_transaction
from tests.conftest import SAMPLE_DATA
from tests.processes import wait_for

ROOT = Path(__file__).resolve().parents[2]
GALLERY = ROOT / "backend/programmes/gallery/online-retail.yaml"
REAL_SHOP = SAMPLE_DATA / "online_retail.csv.gz"
# All invoice numbers, and those of them that cancel.
INVOICES, CANCELLATIONS = 12_468, 1_946
BALANCES = """
SELECT external_id, pending, available, reserved, debt, transactions_count
FROM members JOIN ledger_balances ON member_id = id ORDER BY external_id
"""

pytestmark = [pytest.mark.sample, pytest.mark.long, pytest.mark.timeout(3600)]


class Replay:
    """An application on a database of its own, and the command that imports into it."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def start(self) -> "subprocess.Popen[str]":
        settings = self.app.config["MOLVA"]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")},
            "PYTHONPATH": str(ROOT),
            "MOLVA_DATABASE_URL": settings.database_url,
            "MOLVA_SECRET_KEY": settings.secret_key,
            "MOLVA_VAR": str(settings.var),
        }
        command = [sys.executable, "-m", "backend.cli", "receipts", "import", str(REAL_SHOP), "--json"]
        return subprocess.Popen(
            [*command, "--programme", str(GALLERY), "--processes", "2"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def through(self) -> dict[str, Any]:
        """What the command says at its end."""
        said, _ = self.start().communicate()
        return dict(json.loads(said))

    def killed_at(self, receipts: int) -> None:
        """Starts it, and kills it when so many receipts are there."""
        with self.start() as process:
            wait_for(lambda: self.run(_receipts) >= receipts or process.poll() is not None)
            assert process.poll() is None, "it was through before it could be killed"
            os.kill(process.pid, signal.SIGKILL)

    def run(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return run_transaction(work)

    def end(self) -> list[tuple[Any, ...]]:
        assert self.run(audit).findings == []
        return [tuple(row) for row in self.run(lambda session: session.execute(text(BALANCES)).all())]


def _receipts(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM receipts")).scalar_one())


@pytest.fixture(autouse=True)
def _the_real_shop_is_here() -> None:
    if not REAL_SHOP.exists():
        pytest.skip(f"no {REAL_SHOP.name} at MOLVA_SAMPLE_DATA")


def test_it_is_the_whole_shop() -> None:
    with gzip.open(REAL_SHOP, "rt", encoding="utf-8") as lines:
        next(lines)
        numbers = {line.split(",", 1)[0] for line in lines}
    cancellations = {number for number in numbers if number.startswith("C")}
    assert (len(numbers), len(cancellations)) == (INVOICES, CANCELLATIONS)


def test_a_year_that_ran_through_was_repeated_or_was_killed_ends_the_same(make_app: Callable[..., Flask]) -> None:
    through, interrupted = Replay(make_app()), Replay(make_app())
    first = through.through()
    assert (first["refused"], first["receipts_recorded"]) == ([], 8_589)
    balances = through.end()
    second = through.through()
    assert (second["receipts_recorded"], second["returns_recorded"]) == (0, 0)
    assert (second["receipts_repeated"], second["returns_repeated"]) == (8_589, first["returns_recorded"])
    assert through.end() == balances

    for receipts in (1, 3_000, 6_000):
        interrupted.killed_at(receipts)
    last = interrupted.through()
    assert last["receipts_repeated"] >= 6_000
    assert last["points_accrued"] == first["points_accrued"]
    assert last["points_taken_back"] == first["points_taken_back"]
    assert interrupted.end() == balances
    interrupted.through()
    assert interrupted.end() == balances
