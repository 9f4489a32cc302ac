"""`molva run` and `molva worker`; what they need is loaded only when they are called: other commands stay quick."""

import logging
import os
import signal
import sys
import threading
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from backend.shared.processes import die_with_parent


@click.command("run")
@click.option("--end-with-parent", is_flag=True, hidden=True, help="End when the process that started this one ends.")
def run_command(*, end_with_parent: bool) -> None:
    """Start PostgreSQL, web server and worker, and in the demo the phones, until Ctrl-C."""
    from backend.running.supervisor import run

    if end_with_parent:
        die_with_parent(signal.SIGTERM)
    sys.exit(run(os.environ))


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Bring messages out and run what is due, until SIGTERM or Ctrl-C."""
    from backend.running.worker import run

    logging.basicConfig(format="%(asctime)s [%(levelname)s] %(message)s")
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    run(app, stop)
