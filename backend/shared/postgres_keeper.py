"""The process that keeps the embedded PostgreSQL alive for as long as somebody uses it.

Every user of the server holds a shared lock on one file; the keeper waits for the exclusive one. The kernel drops a
lock together with its holder, however that one ends, so the last user out always stops the server, even after
`kill -9`. Another lock, inherited from whoever started the keeper, says for the keeper's whole life that there is one.
"""

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from backend.shared.processes import die_with_parent, prepare_to_fork

FAST_SHUTDOWN_SECONDS = 30


class _ServerEnded(Exception):
    pass


class _StopRequested(Exception):
    pass


def _raise_server_ended(_signal: int, _frame: FrameType | None) -> None:
    raise _ServerEnded


def _raise_stop_requested(_signal: int, _frame: FrameType | None) -> None:
    raise _StopRequested


def keep(users_lock: Path, command: list[str], account: str | None) -> int:
    """Run the server `command` (as `account`, if given) until it ends or its last user has left; its exit code."""
    signal.signal(signal.SIGCHLD, _raise_server_ended)
    signal.signal(signal.SIGTERM, _raise_stop_requested)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server: subprocess.Popen[bytes] | None = None
    with contextlib.suppress(_ServerEnded, _StopRequested), users_lock.open("w") as users:
        server = _start(command, account)
        fcntl.flock(users, fcntl.LOCK_EX)
        # Newcomers wait at the lock until the server is down, so they never attach to one that is going.
        return _stop(server)
    return _stop(server) if server else 1


def _start(command: list[str], account: str | None) -> subprocess.Popen[bytes]:
    prepare_to_fork()
    return subprocess.Popen(  # noqa: S603 - the command is composed by embedded_postgres, from no outside input
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(signal.SIGINT),  # the keeper has no other thread
        user=account,
        group=account,
        extra_groups=[] if account else None,
    )


def _stop(server: subprocess.Popen[bytes]) -> int:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (the next start recovers from the log).
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            break
        server.send_signal(request)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(FAST_SHUTDOWN_SECONDS)
    return server.wait()


def main() -> int:
    """Read the command line, step into the background and keep the server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users-lock", type=Path, required=True)
    parser.add_argument("--keeper-lock", type=Path, required=True)
    parser.add_argument("--account")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    os.chdir("/")
    # The keeper outlives whoever started it, so it is nobody's child.
    if os.fork():
        return 0
    arguments.keeper_lock.write_text(str(os.getpid()))
    return keep(arguments.users_lock, arguments.command, arguments.account)


if __name__ == "__main__":
    sys.exit(main())
