"""The folder's lock: one run at a time, and what a killed run has left is ended, not guessed at."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.running import lock
from tests.processes import is_alive

HOLDS = "import fcntl, os, sys, time; file = open(sys.argv[1], 'a+'); fcntl.flock(file, fcntl.LOCK_EX); "
OWNS = HOLDS + "file.write(str(os.getpid())); file.flush(); print(flush=True); time.sleep(60)"
IS_LEFT = HOLDS + "file.write('4194304'); file.flush(); print(flush=True); time.sleep(60)"


def start(program: str, var: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", program, var / "run.lock"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_second_run_is_told_who_has_the_folder(tmp_path: Path) -> None:
    owner = start(OWNS, tmp_path)
    with pytest.raises(lock.AlreadyRunning, match=rf"\(process {owner.pid}\)"), lock.hold(tmp_path):
        pass
    owner.kill()
    owner.communicate()


def test_what_a_killed_run_has_left_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEFTOVER_SECONDS", 0.3)
    leftover = start(IS_LEFT, tmp_path)
    with lock.hold(tmp_path):
        leftover.communicate()
        assert not is_alive(leftover.pid)


def test_a_lock_held_by_nobody_that_can_be_seen_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEFTOVER_SECONDS", 0.3)
    monkeypatch.setattr(lock, "_holders", lambda _path: set())
    stranger = start(IS_LEFT, tmp_path)
    with pytest.raises(lock.AlreadyRunning), lock.hold(tmp_path):
        pass
    assert is_alive(stranger.pid)
    stranger.kill()
    stranger.communicate()


def test_a_run_that_is_ending_is_waited_for(tmp_path: Path) -> None:
    ends = HOLDS + "file.write(f'{os.getpid()} ending'); file.flush(); print(flush=True); time.sleep(2)"
    ending = start(ends, tmp_path)
    with lock.hold(tmp_path):
        ending.communicate()
        assert (tmp_path / "run.lock").read_text().isdigit()


def test_the_next_run_takes_the_folder_without_waiting_for_old_numbers(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text("1")
    with lock.hold(tmp_path) as taken:
        assert taken.descriptor > 0
