"""The real stand-in as a process of its own, and the real sender."""

import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from backend.demo.phone.preparation import PORTS, Preparation, prepare
from push.fcm import FcmSender, FcmSettings
from push.outcome import Outcome
from push.sender import Envelope, Sender

READY_SECONDS = 30.0
OUTCOME_SECONDS = 30.0


def free_port() -> int:
    """The first of PORTS consecutive ports that nobody listens on."""
    while True:
        first = random.randrange(20000, 60000)
        probes = [socket.socket() for _ in range(PORTS)]
        try:
            for offset, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + offset))
        except OSError:
            continue
        else:
            return first
        finally:
            for probe in probes:
                probe.close()


@dataclass
class RunningPhone:
    """The stand-in, running."""

    preparation: Preparation
    process: subprocess.Popen[bytes]
    directory: Path

    def fail(self, *faults: dict[str, Any]) -> None:
        """Puts these faults in force, in place of those before."""
        answer = requests.post(f"{self.preparation.url}/faults", json={"faults": list(faults)}, timeout=5)
        assert answer.status_code == 200, answer.text

    def messages(self, to: str) -> list[dict[str, Any]]:
        """What came to this address, newest first."""
        answer = requests.get(f"{self.preparation.url}/messages", params={"to": to, "limit": 1000}, timeout=5)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def statistics(self) -> dict[str, int]:
        counts: dict[str, int] = requests.get(f"{self.preparation.url}/statistics", timeout=5).json()
        return counts

    def forget(self) -> None:
        self.fail()
        requests.delete(f"{self.preparation.url}/messages", timeout=5)

    def fcm_settings(self, **changes: Any) -> FcmSettings:
        settings = self.preparation.settings
        values: dict[str, Any] = {
            "credentials_file": Path(settings["GOOGLE_APPLICATION_CREDENTIALS"]),
            "endpoint": settings["MOLVA_FCM_ENDPOINT"],
            "ca_file": Path(settings["MOLVA_FCM_CA"]),
        }
        return FcmSettings(**(values | changes))


def start_phone(directory: Path, port: int | None = None) -> RunningPhone:
    """Starts the stand-in and waits until it is ready."""
    preparation = prepare(directory, "127.0.0.1", port or free_port())
    process = subprocess.Popen([sys.executable, *preparation.command_arguments])
    ends_at = time.monotonic() + READY_SECONDS
    while True:
        try:
            requests.get(f"{preparation.url}/ready", timeout=1).raise_for_status()
            break
        except requests.RequestException:
            assert process.poll() is None, "the stand-in ended"
            assert time.monotonic() < ends_at, "the stand-in is not ready"
            time.sleep(0.05)
    return RunningPhone(preparation, process, directory)


@pytest.fixture(scope="session")
def running_phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPhone]:
    phone = start_phone(tmp_path_factory.mktemp("phone"))
    yield phone
    phone.process.terminate()
    assert phone.process.wait(10) == 0


@pytest.fixture
def phone(running_phone: RunningPhone) -> RunningPhone:
    """The stand-in, without faults and without messages."""
    running_phone.forget()
    return running_phone


@pytest.fixture
def make_sender(phone: RunningPhone) -> Iterator[Callable[..., FcmSender]]:
    """Makes senders that are closed at the end."""
    senders: list[FcmSender] = []

    def make(**changes: Any) -> FcmSender:
        senders.append(FcmSender(phone.fcm_settings(**changes)))
        return senders[-1]

    yield make
    for sender in senders:
        sender.close()


def send(sender: Sender, *envelopes: Envelope) -> list[Outcome]:
    """Sends and waits for every outcome."""
    sender.prepare()
    sender.submit(envelopes)
    outcomes: list[Outcome] = []
    ends_at = time.monotonic() + OUTCOME_SECONDS
    while len(outcomes) < len(envelopes):
        assert time.monotonic() < ends_at, f"only {len(outcomes)} outcomes of {len(envelopes)}"
        outcomes += sender.collect(wait_seconds=1.0)
    return outcomes
