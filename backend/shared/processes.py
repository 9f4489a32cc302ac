"""What a process asks of the kernel for itself: to end with its parent, to stay on one core, to finish its turns."""

import ctypes
import fcntl
import os
import signal
import sys
from functools import cache
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1

_claims: list[IO[str]] = []
"""Files whose locks say which core is this process's; held until it ends."""


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def prepare_to_fork() -> None:
    """Load what `die_with_parent` needs, so that nothing is loaded between fork and exec."""
    _libc()


def die_with_parent(request: signal.Signals) -> None:
    """Have the kernel send `request` to this process when its parent ends, however that happens.

    Only Linux knows this; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, request)


def keep_to_one_core(claims: Path) -> int | None:
    """Has this process, with the threads that it will start, run on one core that no other has claimed in the folder.

    Threads of Python run by turns: on one core a turn passes without waking another one, and what they work on stays
    near. To be called while there is one thread. The core; None where all are claimed, or the kernel is not Linux.
    """
    if sys.platform != "linux":
        return None
    claims.mkdir(parents=True, exist_ok=True)
    for core in sorted(os.sched_getaffinity(0)):
        claim = (claims / f"core-{core}").open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            continue
        _claims.append(claim)
        os.sched_setaffinity(0, {core})
        return core
    return None


def finish_turns() -> None:
    """Has this process, with the threads that it will start, go on when it wakes somebody, who waits for its turn.

    A thread that holds the interpreter wakes others all the time: the database's process with each question, the thread
    of each request that it answers. Those that step in at once find the interpreter taken, and what they work on pushes
    out what the interrupted one needs next. Only Linux knows this; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
