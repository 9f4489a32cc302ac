"""A watched process: it starts again when it dies, stops when told, and never outlives whoever watches it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.running.child_process import DELAY_FIRST_SECONDS, ChildProcess
from tests.processes import is_alive, wait_for

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
IGNORES_REQUESTS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS
STARTS_ANOTHER = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", {SLEEPS!r}], stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(60)
"""


def child(tmp_path: Path, program: str) -> ChildProcess:
    return ChildProcess("worker", [sys.executable, "-c", program], dict(os.environ), tmp_path / "log" / "worker.log")


def printed(process: ChildProcess) -> str:
    return process.log.read_text() if process.log.exists() else ""


def test_a_child_that_was_killed_is_said_once_and_starts_again(tmp_path: Path) -> None:
    worker = child(tmp_path, SLEEPS)
    worker.start()
    first = worker.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    news: list[str] = []

    def runs_again() -> bool:
        if said := worker.check():
            news.append(said)
        return worker.pid not in {None, first}

    wait_for(runs_again)
    assert news == [
        f"The worker ended (killed by SIGKILL); it starts again in {DELAY_FIRST_SECONDS:g} s. Its log: {worker.log}"
    ]
    worker.wait_or_kill(deadline=0)


def test_each_death_in_a_row_doubles_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("backend.running.child_process.time.monotonic", lambda: now)
    worker = child(tmp_path, "raise SystemExit(3)")
    waits = []
    for _ in range(8):
        worker.start()
        wait_for(lambda: (said := worker.check()) and waits.append(said.split(" in ")[1].split(" s.")[0]) is None)
    assert waits == ["0.5", "1", "2", "4", "8", "16", "30", "30"]


def test_a_child_that_lived_long_is_not_punished_for_old_deaths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("backend.running.child_process.time.monotonic", lambda: now)
    worker = child(tmp_path, "raise SystemExit(3)")
    worker.deaths_in_a_row = 6
    worker.start()
    now = 3600.0
    wait_for(worker.check)
    assert worker.deaths_in_a_row == 1


def test_what_a_dead_child_had_started_goes_with_it(tmp_path: Path) -> None:
    web = child(tmp_path, STARTS_ANOTHER)
    web.start()
    wait_for(lambda: printed(web).endswith("\n"))
    grandchild = int(printed(web))
    assert is_alive(grandchild)
    assert web.pid is not None
    os.kill(web.pid, signal.SIGKILL)
    wait_for(web.check)
    wait_for(lambda: not is_alive(grandchild))


def test_a_child_that_ignores_the_request_is_killed_at_the_deadline(tmp_path: Path) -> None:
    worker = child(tmp_path, IGNORES_REQUESTS)
    worker.start()
    wait_for(lambda: "up" in printed(worker))
    pid = worker.pid
    assert pid is not None
    worker.ask_to_stop()
    worker.wait_or_kill(deadline=time.monotonic() + 0.3)
    assert not is_alive(pid)


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from pathlib import Path; from backend.running.child_process import ChildProcess\n"
        f"child = ChildProcess('worker', [sys.executable, '-c', {SLEEPS!r}], dict(os.environ), Path(sys.argv[1]))\n"
        "child.start(); print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "worker.log"], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    parent.communicate()
    wait_for(lambda: not is_alive(pid))


def test_a_log_that_has_grown_long_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.running.child_process.LOG_MAX_BYTES", 10)
    worker = child(tmp_path, SLEEPS)
    worker.log.parent.mkdir()
    worker.log.write_text("an old line, and a long one\n")
    worker.start()
    wait_for(lambda: printed(worker) == "up\n")
    assert worker.log.with_suffix(".log.1").read_text() == "an old line, and a long one\n"
    worker.wait_or_kill(deadline=0)


def test_the_last_words_of_a_child_name_its_error(tmp_path: Path) -> None:
    worker = child(tmp_path, "import atexit; atexit.register(print, 'see you'); raise ValueError('no such shop')")
    worker.start()
    wait_for(worker.check)
    assert worker.last_words() == "ValueError: no such shop"
