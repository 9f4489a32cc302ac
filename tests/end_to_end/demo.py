"""A demo shop as `molva run` serves it, for tests that use it from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.running.installation import Installation

PATIENCE_SECONDS = 60


class Demo(Installation):
    """A demo shop with few guests, served by the processes of `molva run`."""

    def environment(self, **variables: str) -> dict[str, str]:
        return super().environment(MOLVA_DEMO="1", MOLVA_SECRET_KEY="", **variables)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def comes_back(self) -> bool:
        """Waits until all parts run again after one was killed."""
        return bool(until(self.is_whole, "whole installation"))

    def wait_for_the_end(self) -> None:
        """Waits until what ran here has ended, after `kill -9` of the whole."""
        until(self.has_ended, "end of the run")

    def messages_to(self, address: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.address}/demo/messages?to={quote(address)}", timeout=20)
        return list(answer.json()["items"])

    def wait_for_message(self, address: str, *words: str) -> dict[str, Any]:
        """The newest message to this address that says all the words."""

        def found() -> dict[str, Any] | None:
            told = (one for one in self.messages_to(address) if all(w in one["title"] + one["body"] for w in words))
            return next(told, None)

        return until(found, f"a message to {address} that says {words}")

    def phone(self, home: Path, number: str, screen: str, picture: Path) -> dict[str, Any]:
        """What the real app knows and shows on this screen."""
        command = [
            sys.executable,
            "-m",
            "tests.end_to_end.phone",
            self.address,
            str(home),
            number,
            screen,
            str(picture),
        ]
        home.mkdir(exist_ok=True)
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=180, check=False, env=_environment_of_a_phone()
        )
        assert ended.returncode == 0, ended.stderr[-6000:]
        return dict(json.loads(ended.stdout.splitlines()[-1]))


def _environment_of_a_phone() -> dict[str, str]:
    """Nothing of what an app in this process of tests has set for itself."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("KIVY_", "MOLVA_"))}


def until(condition: Callable[[], Any], what: str) -> Any:
    """What the condition comes to be, within a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.3)
    raise AssertionError(f"There was no {what} in {PATIENCE_SECONDS} s.")
