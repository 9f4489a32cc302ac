"""One `molva run` per folder, and none that stumbles over what a killed one left running.

The lock passes to every watched process with its descriptor. So it is free only when all of them have ended, and
whoever still has the file open is a leftover of this very folder: no process number is guessed.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

# Leftovers were asked to end by the kernel when their supervisor died, and finish what they are doing.
LEFTOVER_SECONDS = 8


class AlreadyRunning(Exception):
    """Another `molva run` serves this folder."""


@contextlib.contextmanager
def hold(var: Path) -> Iterator[int]:
    """Lock the folder for the time of the block; the descriptor to pass on. Ends what a killed run has left.

    Raises:
        AlreadyRunning: another run serves the folder.
        OSError: the folder cannot be written to.
    """
    var.mkdir(parents=True, exist_ok=True)
    path = var / "run.lock"
    with path.open("a+") as lock:
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while not _take(lock):
            lock.seek(0)
            owner = lock.read().strip()
            holders = _holders(path)
            if owner in holders or not holders:
                raise AlreadyRunning(f"Molva already runs in {var} (process {owner}).")
            if time.monotonic() > deadline:
                for pid in holders:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holders(path: Path) -> set[str]:
    """The numbers of the other processes that have the file open; none where there is no /proc to tell."""
    found = set()
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if descriptor.readlink() == path:
                found.add(descriptor.parts[2])
    return found - {str(os.getpid())}
