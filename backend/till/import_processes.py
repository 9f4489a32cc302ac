"""An import by several processes, each with the customers that fall to it.

All that happened to a customer stays in one hand, in its order, so the end is the same as that of one process; Python's
part of the work and the database's go on at once.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from flask import Flask

from backend.shared import collector
from backend.shared.db import db
from backend.shared.processes import die_with_parent, prepare_to_fork

Progress = Callable[[int], None]
Work = Callable[[Any, Progress], Any]


class ImportProcessLost(Exception):  # noqa: N818 - the sentence for whoever started the import
    """A process of the import ended before its work; what it had recorded is there, and a new start goes on."""


def in_processes(app: Flask, work: Work, parts: Sequence[Any], *, progress: Progress) -> list[Any]:
    """What `work(part, progress)` returns for each part, done by a process each, on connections of its own.

    Raises:
        ImportProcessLost: one of them failed or was killed.
    """
    # Forked, so that what was read is shared and not copied; settled, so that no collection walks through all of it.
    context = multiprocessing.get_context("fork")
    prepare_to_fork()
    collector.settle()
    results: dict[Connection, Any] = {}
    running = {}
    for part in parts:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_work_through, args=(app, work, part, sender), daemon=True)
        process.start()
        sender.close()
        running[receiver] = process
        results[receiver] = None
    while running:
        for ready in wait(list(running)):
            receiver = cast(Connection, ready)
            try:
                told = receiver.recv()
            except EOFError:
                for process in running.values():
                    process.terminate()
                raise ImportProcessLost(
                    "A part of the import ended too early. What is recorded stays; start the import again to go on."
                ) from None
            if isinstance(told, int):
                progress(told)
            else:
                results[receiver] = told[0]
                running.pop(receiver).join()
    return list(results.values())


def _work_through(app: Flask, work: Work, part: Any, sender: Connection) -> None:
    die_with_parent(signal.SIGTERM)
    with app.app_context():
        # The connections of the process that forked are its own.
        db.engine.dispose(close=False)
        sender.send((work(part, sender.send),))
        db.engine.dispose()
