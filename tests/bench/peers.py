"""`accrual_vs_hordak_transfer`: one accrual after another, against one plain transfer after another of django-hordak.

django-hordak keeps double entry in PostgreSQL, too. It lives in an environment of its own under `var/bench/`, for it is
no part of Molva. Both use one connection to the same server, one transaction for each; a transfer of hordak's is two
legs between two accounts, an accrual of ours is a receipt with its rules, lots, explanation and message.
"""

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from tests.bench.growth import applications, rate
from tests.bench.installation import installation
from tests.bench.measurement import CannotMeasure, Measurement

PACKAGES = ("django-hordak==2.0.0", "psycopg[binary]")
SECONDS = 10.0
MEMBERS = 10_000
EXAMPLE = Path(__file__).parent / "hordak_transfers.py"


def accrual_vs_hordak_transfer(var: Path, console: Console) -> Measurement:
    """The benchmark.

    Raises:
        CannotMeasure: django-hordak cannot be had here.
    """
    python = _environment(var / "hordak")
    with installation(var / "peers", members=MEMBERS) as installed, applications(installed) as (app,):
        rate(app, installed, seconds=2.0, batch=1)
        installed.refresh_statistics()
        ours = rate(app, installed, seconds=SECONDS, batch=1)
        console.print(f"{ours:,.0f} accruals/s one by one")
        command = [str(python), str(EXAMPLE), installed.postgres.url, str(SECONDS)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if ended.returncode != 0:
            raise CannotMeasure(f"django-hordak did not run: {ended.stderr[-500:]}")
        theirs = float(ended.stdout)
    return Measurement(name="accrual_vs_hordak_transfer", value=ours, reference=theirs, unit="transactions/s")


def _environment(place: Path) -> Path:
    python = place / "bin" / "python"
    if not python.exists():
        make = [sys.executable, "-m", "uv", "venv", "--quiet", str(place)]
        fill = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), *PACKAGES]
        for command in (make, fill):
            ended = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)  # noqa: S603
            if ended.returncode != 0:
                raise CannotMeasure(f"django-hordak could not be installed: {ended.stderr[-500:]}")
    return python
