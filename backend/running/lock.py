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
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Leftovers were asked to end by the kernel when their supervisor died, and finish what they are doing.
LEFTOVER_SECONDS = 8
# A run that is ending stops its database last.
ENDING_SECONDS = 60
# Whoever was told to end just now has not written so yet.
GRACE_SECONDS = 1
ENDING = "ending"


class AlreadyRunning(Exception):
    """Another `molva run` serves this folder."""


@dataclass(frozen=True)
class FolderLock:
    """The lock, as its owner has it."""

    file: IO[str]

    @property
    def descriptor(self) -> int:
        """What to pass on to the processes that belong to the run."""
        return self.file.fileno()

    def say_running(self) -> None:
        """Who has the lock, for whoever is refused."""
        self._write(str(os.getpid()))

    def say_ending(self) -> None:
        """From now on whoever comes waits, instead of being refused."""
        self._write(f"{os.getpid()} {ENDING}")

    def _write(self, content: str) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.file.write(content)
        self.file.flush()


@contextlib.contextmanager
def hold(var: Path) -> Iterator[FolderLock]:
    """Lock the folder for the time of the block. Waits for a run that is ending, and ends what a killed one has left.

    Raises:
        AlreadyRunning: another run serves the folder.
        OSError: the folder cannot be written to.
    """
    var.mkdir(parents=True, exist_ok=True)
    path = var / "run.lock"
    with path.open("a+") as file:
        began_at = time.monotonic()
        while not _take(file):
            _make_way(path, waited_seconds=time.monotonic() - began_at)
            time.sleep(0.1)
        lock = FolderLock(file)
        lock.say_running()
        yield lock


def _make_way(path: Path, *, waited_seconds: float) -> None:
    owner, _, ending = path.read_text().partition(" ")
    holders = _holders(path)
    patience_seconds = ENDING_SECONDS if ending else GRACE_SECONDS if owner in holders else LEFTOVER_SECONDS
    if waited_seconds < patience_seconds:
        return
    # Holders that cannot be seen are another account's, or there is no /proc to see them in.
    if owner in holders or not holders:
        raise AlreadyRunning(f"Molva already runs in {path.parent} (process {owner}).")
    for pid in holders:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


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
