"""`molva worker`; what it needs is loaded only when it is called, so that other commands stay quick."""

import logging
import signal
import threading
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext


@click.command("worker")
@with_appcontext
def worker_command() -> None:
    """Bring messages out and run what is due, until SIGTERM or Ctrl-C."""
    from backend.worker import run

    logging.basicConfig(format="%(asctime)s [%(levelname)s] %(message)s")
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    run(app, stop)
