"""Web workers share out the cores of a machine among themselves, and finish their turns."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process to a core")

CLAIM = """
import os, sys
from pathlib import Path
from backend.shared.processes import finish_turns, keep_to_one_core
finish_turns()
print(keep_to_one_core(Path(sys.argv[1])), sorted(os.sched_getaffinity(0)), os.sched_getscheduler(0), flush=True)
sys.stdin.read()
"""


class Worker:
    """A process that has claimed a core and lives until it is ended."""

    def __init__(self, claims: Path) -> None:
        command = [sys.executable, "-c", CLAIM, str(claims)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.said = self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def test_each_worker_has_a_core_of_its_own_and_one_too_many_has_them_all(tmp_path: Path) -> None:
    cores = sorted(os.sched_getaffinity(0))
    workers = [Worker(tmp_path / "cores") for _core in [*cores, None]]
    for worker in workers:
        worker.end()
    assert [worker.said for worker in workers] == [
        *(f"{core} [{core}] {os.SCHED_BATCH}" for core in cores),
        f"None {cores} {os.SCHED_BATCH}",
    ]


def test_the_core_of_a_worker_that_was_killed_goes_to_the_one_that_takes_its_place(tmp_path: Path) -> None:
    first = Worker(tmp_path / "cores")
    first.end()
    second = Worker(tmp_path / "cores")
    second.end()
    assert second.said == first.said
