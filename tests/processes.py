"""Looking at real processes from a test."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; a minute at most, for the machine may be busy."""
    for _ in range(2400):
        if condition():
            return
        time.sleep(0.025)
    raise AssertionError("It did not come about within a minute.")


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and not yet buried does not."""
    try:
        return _status(pid)[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    """The number of the parent process."""
    return int(_status(pid)[1])


def descendants(pid: int) -> list[int]:
    """The process's children, their children, and so on."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if parent_of(int(process.name)) == pid:
                found += [int(process.name), *descendants(int(process.name))]
    return found


def _status(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
