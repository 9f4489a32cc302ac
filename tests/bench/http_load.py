"""wrk against the installation's web server."""

import re
import shutil
import subprocess
from dataclasses import dataclass

from tests.bench.installation import Installation
from tests.bench.measurement import CannotMeasure

CLIENTS = 16
WEB_WORKERS, WEB_THREADS = 2, 8


@dataclass(frozen=True)
class Round:
    """What came of one round: requests a second, the latency that 99 % stay under, how many were answered."""

    requests_per_second: float
    p99_ms: float
    answered: int


def require_wrk() -> None:
    """Raises:
    CannotMeasure: wrk is not installed.
    """
    if shutil.which("wrk") is None:
        raise CannotMeasure("wrk is missing (apt-get install wrk).")


def run(installed: Installation, script: str, *, seconds: int) -> Round:
    """One round of a wrk script.

    Raises:
        RuntimeError: a request was not accepted.
    """
    file = installed.settings.var / "load.lua"
    file.write_text(script, encoding="utf-8")
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--latency", "--timeout", "20s", "-s", str(file)]
    output = subprocess.run([*command, installed.url], capture_output=True, text=True, check=True).stdout  # noqa: S603
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"Not every request was accepted:\n{output}")
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", output)[0])
    number, unit = _found(r"99%\s+([\d.]+)(us|ms|s)", output)
    answered = int(_found(r"(\d+) requests in", output)[0])
    return Round(rate, float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit], answered)


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"{pattern} is not in:\n{text}")
    return match.groups()
