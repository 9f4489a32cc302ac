"""One process that `molva run` starts, watches and starts again when it dies."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.shared.processes import die_with_parent, prepare_to_fork

LOG_MAX_BYTES = 16 * 1024 * 1024
DELAY_FIRST_SECONDS = 0.5
DELAY_MAX_SECONDS = 30.0
# Whoever has lived this long has recovered; its next death begins with the shortest delay again.
STABLE_SECONDS = 60.0
# The line that ends a traceback.
ERROR = re.compile(r"(\w+\.)*\w*(Error|Exception)\b")


@dataclass
class ChildProcess:
    """A command that is meant to run for ever, in a process group of its own, with a log of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    descriptors: Sequence[int] = ()
    """Open files that it keeps open for as long as it lives."""
    deaths_in_a_row: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log_begin: int = 0
    _started_at: float = 0.0
    _start_again_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """The number of the running process, if it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it. It dies with this process, whatever kills this one."""
        prepare_to_fork()
        self.log.parent.mkdir(exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_MAX_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._log_begin = log.tell()
            self._process = subprocess.Popen(  # noqa: S603 - the supervisor's own commands
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,
                pass_fds=self.descriptors,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            )
        self._started_at = time.monotonic()

    def check(self) -> str | None:
        """See to it that it runs; a sentence for the operator if it was found dead just now."""
        now = time.monotonic()
        if self._process is None:
            if now >= self._start_again_at:
                self.start()
            return None
        exit_code = self._process.poll()
        if exit_code is None:
            return None
        self.kill_group()  # its own children, if it had any, would keep the port
        self._process = None
        self.deaths_in_a_row = 1 if now - self._started_at > STABLE_SECONDS else self.deaths_in_a_row + 1
        delay = min(DELAY_FIRST_SECONDS * 2 ** (self.deaths_in_a_row - 1), DELAY_MAX_SECONDS)
        self._start_again_at = now + delay
        return f"The {self.name} ended ({_describe(exit_code)}); it starts again in {delay:g} s. Its log: {self.log}"

    def ask_to_stop(self) -> None:
        """Send it SIGTERM, upon which it finishes what it is doing."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait_or_kill(self, *, deadline: float) -> None:
        """Wait for it until `deadline` (of the monotonic clock), then kill what is left."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self.kill_group()
        self._process.wait()
        self._process = None

    def kill_group(self) -> None:
        """Kill the process and all that it started."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """What its log says about why it failed: the last error since its start, or else the last line."""
        lines = [
            line.strip() for line in self.log.read_bytes()[self._log_begin :].decode(errors="replace").splitlines()
        ]
        errors = [line for line in lines if ERROR.match(line)]
        return (errors or [line for line in lines if line] or ["it said nothing"])[-1]


def _describe(exit_code: int) -> str:
    return f"killed by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"exit code {exit_code}"
