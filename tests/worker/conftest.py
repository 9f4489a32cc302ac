"""Real worker processes on a database of their own, and the real stand-in of Firebase."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
import requests
from flask import Flask
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.shared.db import run_transaction
from tests.push.conftest import RunningPhone, start_phone

Result = TypeVar("Result")
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="session")
def standing_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPhone]:
    phone = start_phone(tmp_path_factory.mktemp("phone"))
    yield phone
    phone.process.terminate()
    phone.process.wait(10)


@pytest.fixture
def phone(standing_phone: RunningPhone) -> RunningPhone:
    """The stand-in, without faults and without messages."""
    standing_phone.forget()
    return standing_phone


@dataclass
class Installation:
    """An application with a database, and its workers."""

    app: Flask
    phone: RunningPhone
    directory: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def do(self, work: Callable[[Session], Result]) -> Result:
        """Runs `work` in a transaction of its own."""
        with self.app.app_context():
            return run_transaction(work)

    def start_worker(self, *death: str, settings: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """A worker process; with `death` one that dies (see `mortal_worker`)."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")},
            "MOLVA_DATABASE_URL": self.app.config["MOLVA"].database_url,
            "MOLVA_SECRET_KEY": self.app.config["MOLVA"].secret_key,
            "MOLVA_VAR": str(self.directory),
            **(self.phone.preparation.settings if settings is None else settings),
        }
        with (self.directory / f"worker-{len(self.workers)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.worker.mortal_worker", *death],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.workers.append(process)
        return process

    def log(self, number: int = -1) -> str:
        return (self.directory / f"worker-{number % len(self.workers)}.log").read_text()

    def wait_until(self, reached: Callable[[Session], bool]) -> None:
        """Waits until it is so; fails when it does not become so."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while not self.do(reached):
            assert time.monotonic() < ends_at, "it did not come to this; the last worker said:\n" + self.log()
            time.sleep(0.1)

    def arrived(self, token: str | None = None) -> list[dict[str, object]]:
        """What came to the phones."""
        if token is not None:
            return self.phone.messages(token)
        answer = requests.get(f"{self.phone.preparation.url}/messages", params={"limit": 1000}, timeout=5)
        items: list[dict[str, object]] = answer.json()["items"]
        return items


@pytest.fixture
def installation(committed_app: Flask, phone: RunningPhone, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(committed_app, phone, tmp_path)
    yield made
    for worker in made.workers:
        if worker.poll() is None:
            worker.kill()
        worker.wait()


@pytest.fixture(scope="session")
def daytime_zone() -> str:
    """A zone in which it is about noon now: offers are not for the night, and tests run at any hour."""
    east_of_greenwich = (12 - system_now().hour + 12) % 24 - 12
    # POSIX counts westward.
    return f"Etc/GMT{-east_of_greenwich:+d}" if east_of_greenwich else "Etc/GMT"
