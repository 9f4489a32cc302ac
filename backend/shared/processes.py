"""Processes that must not outlive the one that started them, even when that one is killed."""

import ctypes
import signal
import sys
from functools import cache

PR_SET_PDEATHSIG = 1


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
