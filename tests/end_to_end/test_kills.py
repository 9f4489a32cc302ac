"""Whatever is killed under load, an acknowledged receipt is there, once, and a till that asks again hears the same."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
import requests

from backend.shared.clock import system_now
from tests.end_to_end.demo import Demo
from tests.processes import descendants

TILLS = 6
GUESTS = ["+79120000001", "+79120000002"]

pytestmark = pytest.mark.timeout(600)


class Till(threading.Thread):
    """Sells without a pause, asks again after every lost answer, and keeps what it was told."""

    def __init__(self, demo: Demo, key: str, number: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, tuple[dict[str, object], str]] = {}
        self.ends = threading.Event()
        self.lost = 0
        self._demo, self._number = demo, number
        self._headers = {"Authorization": f"Bearer {key}"}

    def run(self) -> None:
        count = 0
        while not self.ends.is_set():
            count += 1
            body = {
                "external_id": f"till-{self._number}-{count}",
                "code": GUESTS[count % 2],
                "occurred_at": system_now().isoformat(),
                "currency": "RUB",
                "total": 10_000,
                "lines": [{"sku": "LATTE", "quantity": 1, "amount": 10_000}],
            }
            while not self._send(body):
                self.lost += 1
                time.sleep(0.1)

    def _send(self, body: dict[str, object]) -> bool:
        try:
            answer = self.ask(body)
        except requests.RequestException:
            return False
        if answer.status_code not in {200, 201}:
            assert answer.status_code >= 409, answer.text
            return False
        self.acknowledged[str(body["external_id"])] = (body, answer.json()["receipt_id"])
        return True

    def ask(self, body: dict[str, object]) -> requests.Response:
        address = f"{self._demo.address}/api/v1/till/receipts"
        return requests.post(address, json=body, headers=self._headers, timeout=30)


def _victims(demo: Demo) -> list[int]:
    """A web worker, the worker of jobs and messages, the database."""
    children = demo.children()
    return [random.choice(descendants(children["granian"])), children["worker"], demo.postmaster()]


def test_no_acknowledged_receipt_is_lost_or_doubled_when_parts_are_killed_under_load(demo: Demo) -> None:
    key = requests.get(f"{demo.address}/demo/till-key", timeout=20).json()["key"]
    before = demo.execute("SELECT count(*) FROM receipts")
    tills = [Till(demo, key, number) for number in range(TILLS)]
    for till in tills:
        till.start()
    for position in range(3):
        time.sleep(3)
        os.kill(_victims(demo)[position], signal.SIGKILL)
        assert demo.comes_back()
    time.sleep(2)
    os.kill(demo.pid, signal.SIGKILL)
    demo.wait_for_the_end()
    demo.start()
    time.sleep(3)
    for till in tills:
        till.ends.set()
    for till in tills:
        till.join(60)
        assert not till.is_alive()

    assert sum(till.lost for till in tills) > 0, "nothing was in flight when the parts were killed"
    acknowledged = {number: told for till in tills for number, told in till.acknowledged.items()}
    assert demo.execute("SELECT count(*) FROM receipts") == (before[0] + len(acknowledged),)
    for body, receipt_id in random.sample(list(acknowledged.values()), min(40, len(acknowledged))):
        again = tills[0].ask(body)
        assert (again.status_code, again.json()["receipt_id"]) == (200, receipt_id)
    command = [sys.executable, "-m", "backend.cli", "ledger", "audit"]
    audit = subprocess.run(command, env=demo.environment(), capture_output=True, text=True, check=False)
    assert audit.returncode == 0, audit.stdout
