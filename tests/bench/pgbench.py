"""pgbench on the product's own SQL: its statements with pgbench's variables in the place of parameters."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.bench.installation import Installation

CLIENTS = 16
THREADS = 2


def run(installed: Installation, script: Path, *, number: int, seconds: int) -> float:
    """Transactions a second of the script, with `number` telling the runs apart (`:run` in the script).

    Raises:
        RuntimeError: pgbench failed.
    """
    command = [
        *(str(installed.postgres.programs / "pgbench"), "-n", "-M", "prepared"),
        *("-c", str(CLIENTS), "-j", str(THREADS), "-T", str(seconds), "-D", f"run={number}", "-D", "n=0"),
        *("-f", str(script), installed.postgres.url),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    rate = re.search(r"tps = ([\d.]+)", result.stdout)
    if result.returncode != 0 or rate is None:
        raise RuntimeError(f"pgbench failed: {result.stderr[-2000:]}")
    return float(rate[1])


def identifier(place: int) -> str:
    """An expression for an id that is new, and later than those before it, as UUIDv7 are; `place` 0 to 15."""
    number = "(:run::bigint * 1000000000000 + :n::bigint * 64 + :client_id::bigint)"
    return f"lpad(to_hex({number} * 16 + {place}), 32, '0')::uuid"


def rows(*these: dict[str, str]) -> str:
    """Rows as one JSON text, as the product sends them; a value is a SQL expression, or JSON after a `=`."""

    def written(value: str) -> str:
        return value[1:] if value.startswith("=") else f"\"' || {value} || '\""

    # A blank after each colon: `:name` would be a variable of pgbench.
    objects = ("{" + ", ".join(f'"{name}": {written(value)}' for name, value in row.items()) + "}" for row in these)
    return "'[" + ", ".join(objects) + "]'"


def filled(
    statement: str,
    named: dict[str, str] | None = None,
    *,
    positional: Sequence[str] = (),
    read: str | None = None,
) -> str:
    """A statement with expressions in the place of its parameters, ended for pgbench.

    With `read` its row becomes variables, whose names begin with that text (it may be empty).
    """
    text = " ".join(line for line in statement.splitlines() if not line.lstrip().startswith("--"))
    text = " ".join(text.split())
    for name, expression in (named or {}).items():
        cast = "::json" if f"json_to_recordset(%({name})s)" in text else ""
        text = text.replace(f"%({name})s", f"({expression}){cast}")
    for expression in positional:
        text = text.replace("%s", expression, 1)
    if "%(" in text or "%s" in text:
        raise ValueError(f"A parameter is left in: {text}")
    return f"{text};" if read is None else f"{text} \\gset {read}".rstrip()
