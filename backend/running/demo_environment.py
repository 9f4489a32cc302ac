"""`$MOLVA_VAR/demo.env`: what `molva run` decided for the demo, for every other command in the checkout."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from backend.settings import read_demo_environment

SECRET_KEY_BYTES = 32
HEADER = "# Written by `molva run`. MOLVA_SECRET_KEY opens what the database stores: keep them together.\n"


def decide(environ: Mapping[str, str], *, var: Path, port: int) -> dict[str, str]:
    """The demo's variables before anything is started. What the caller's environment names is kept as it is."""
    variables = {
        "MOLVA_DEMO": "1",
        "MOLVA_SERVER_URL": environ.get("MOLVA_SERVER_URL") or f"http://127.0.0.1:{port}",
    }
    for name in ("MOLVA_SECRET_KEY", "MOLVA_DATABASE_URL"):
        for given in (name, f"{name}_FILE"):
            if environ.get(given):
                variables[given] = environ[given]
    if not ({"MOLVA_SECRET_KEY", "MOLVA_SECRET_KEY_FILE"} & variables.keys()):
        # The stored phones and names can be read with this key alone, so it stays for the life of the folder.
        earlier = read_demo_environment(var).get("MOLVA_SECRET_KEY")
        variables["MOLVA_SECRET_KEY"] = earlier or secrets.token_hex(SECRET_KEY_BYTES)
    return variables


def write(var: Path, variables: Mapping[str, str]) -> None:
    """Replace the file in one step, readable by its owner alone."""
    path = var / "demo.env"
    unfinished = var / "demo.env.unfinished"
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(f"{name}={value}\n" for name, value in variables.items())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
