"""A real `molva run` in a folder and on a port of its own, for tests that look at it from outside."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg

from backend.running import ports
from backend.shared import embedded_postgres, postgres_files
from tests.processes import descendants, parent_of, wait_for

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "a-secret-for-tests-that-is-long-enough"
_ports = itertools.count(20_000 + os.getpid() * 97 % 20_000)


def port_of_its_own() -> int:
    """A port that no other installation of any process of tests will look at.

    It is taken seconds after it was found free, and granian lets two servers have the same one, so that each hears half
    of what is said: no number is given out twice, and processes with neighbouring numbers look far apart.
    """
    return ports.first_free("127.0.0.1", next(_ports))


class Installation:
    """A folder and a port, and the `molva run` that serves them."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = port_of_its_own()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return (self.var.parent / "output").read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def environment(self, **variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")}
        own = {"MOLVA_VAR": str(self.var), "MOLVA_DEMO": "0", "MOLVA_SECRET_KEY": SECRET_KEY, "PORT": str(self.port)}
        return {**kept, "PYTHONPATH": str(ROOT), **own, **variables}

    def begin(self) -> None:
        with (self.var.parent / "output").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.cli", "run"],
                env=self.environment(),
                stdout=output,
                stderr=output,
                # As a shell script starts what it leaves in the background; Ctrl-C must be heard all the same.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            )

    def start(self) -> float:
        """Start, and wait until everything is up; the seconds that it took."""
        started_at = time.monotonic()
        self.begin()
        wait_for(lambda: "Molva is ready" in self.output or self.has_ended())
        assert "Molva is ready" in self.output, self.output
        return time.monotonic() - started_at

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def refuse(self, **variables: str) -> tuple[int, str]:
        """A start that must fail: its exit code and all that it said."""
        command = [sys.executable, "-m", "backend.cli", "run"]
        ended = subprocess.run(
            command, env=self.environment(**variables), capture_output=True, text=True, timeout=60, check=False
        )
        return ended.returncode, ended.stdout + ended.stderr

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def forget(self) -> None:
        """Delete the database, which under root may lie outside the folder."""
        embedded_postgres.delete(self.var)

    def answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
            return bool(answer.status == 200)
        return False

    def children(self) -> dict[str, int]:
        """The processes that `molva run` watches, by what stands in their command lines."""
        named: dict[str, int] = {}
        for pid in descendants(self.pid):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                parent = parent_of(pid)
                named |= {name: pid for name in ("granian", "worker") if name in command and parent == self.pid}
        return named

    def is_whole(self) -> bool:
        children = self.children()
        return len(children) == 2 and len(descendants(children["granian"])) == 2 and self.answers()

    def postmaster(self) -> int:
        """The number of the database's main process; 0 while there is none."""
        files = postgres_files.existing(self.var)
        assert files is not None
        with contextlib.suppress(OSError, IndexError):
            return int((files.data / "postmaster.pid").read_text().splitlines()[0])
        return 0

    def keeper(self) -> int:
        files = postgres_files.existing(self.var)
        assert files is not None
        return int(files.keeper_lock.read_text())

    def execute(self, statement: str) -> object:
        files = postgres_files.existing(self.var)
        assert files is not None
        with psycopg.connect(host=str(files.socket), user="postgres", dbname="molva", autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchone() if cursor.description else None
