"""Jobs: what the worker does by itself when it becomes due. Features declare them, `app.py` registers them.

A job is idempotent and bounded: `run` handles at most one batch of what is due and says how much it handled, so that
a worker killed in the middle leaves whole batches, and the next start goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import current_app
from sqlalchemy.orm import Session

from backend.shared.clock import business_now, system_now
from backend.shared.db import run_transaction


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to be done when due.

    `next_due(session)` is the moment at which the earliest work is due, None when there is none;
    `run(session, now)` handles one batch of what is due at `now` and returns how many it handled.
    """

    name: str
    clock: Literal["business", "system"]
    next_due: Callable[[Session], datetime | None]
    run: Callable[[Session, datetime], int]


class Jobs:
    """The registry of one application."""

    def __init__(self) -> None:
        self.all: dict[str, Job] = {}

    def register(self, *jobs: Job) -> None:
        """Adds jobs; a name is used once."""
        for job in jobs:
            if job.name in self.all:
                raise ValueError(f"The job {job.name} is registered twice.")
            self.all[job.name] = job


def registered_jobs() -> list[Job]:
    """The current application's jobs."""
    return list(current_app.extensions["molva_jobs"].all.values())


def run_due_jobs() -> int:
    """Runs whatever is due now, earliest first, until nothing is; returns how much was handled.

    The order by due moment matters when the clock jumps (a worker that was away for a month): points are released
    before they can burn.
    """
    handled = 0
    while (due := _earliest_due()) is not None:
        job, due_at = due
        done = run_transaction(lambda session, job=job, due_at=due_at: job.run(session, due_at))  # type: ignore[misc]
        if not done:
            break
        handled += done
    return handled


def _earliest_due() -> tuple[Job, datetime] | None:
    now = {"business": business_now(), "system": system_now()}

    def look(session: Session) -> list[tuple[datetime, Job]]:
        due = ((job.next_due(session), job) for job in registered_jobs())
        return [(at, job) for at, job in due if at is not None and at <= now[job.clock]]

    waiting = run_transaction(look)
    if not waiting:
        return None
    at, job = min(waiting, key=lambda pair: pair[0])
    return job, at
