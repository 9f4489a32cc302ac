"""Jobs: what the worker does by itself when it becomes due. Features declare them, `app.py` registers them.

A job is idempotent and bounded: `run` handles at most one batch of what is due and says how much it handled, so that
a worker killed in the middle leaves whole batches, and the next start goes on.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import structlog
from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.shared.clock import business_now, system_now
from backend.shared.db import Base, connection_was_lost, run_transaction

log = structlog.get_logger(__name__)

# No two moments in the database are closer.
SMALLEST_STEP = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something to be done when due.

    `next_due(session)` is the moment at which the earliest work is due, None when there is none;
    `run(session, now)` handles one batch of what is due at `now` and returns how many it handled.
    `maximum_lateness_seconds` is how long due work may wait before somebody should look.

    Whatever a job does is done as of its due moment, so work of different moments takes a batch for each. A job that
    `goes_ahead` does each piece as of the piece's own moment, in their order, and so takes them together: up to the
    next moment of another job of its clock.
    """

    name: str
    clock: Literal["business", "system"]
    next_due: Callable[[Session], datetime | None]
    run: Callable[[Session, datetime], int]
    maximum_lateness_seconds: float = 300
    goes_ahead: bool = False


class JobRecord(Base):
    """What became of a job so far, written with each batch; the web processes tell Prometheus of it (system time)."""

    __tablename__ = "job_records"

    name: Mapped[str] = mapped_column(primary_key=True)
    succeeded_at: Mapped[datetime | None]
    handled: Mapped[int] = mapped_column(server_default=text("0"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))


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


def job_records(session: Session) -> dict[str, JobRecord]:
    """What became of each job that was run so far."""
    return {record.name: record for record in session.scalars(select(JobRecord))}


@dataclass(frozen=True, kw_only=True)
class Round:
    """What became of one round: how much was handled, and the names of the jobs that failed."""

    handled: int
    failed: tuple[str, ...]


def run_due_jobs() -> Round:
    """Runs whatever is due now, earliest first, until nothing is or what is left cannot go on.

    The order by due moment matters when the clock jumps (a worker that was away for a month): points are released
    before they can burn. A job that goes ahead keeps to it. The two clocks, whose moments cannot be compared, take
    turns: years of business that an import brought keep no reservation from running out.

    A job that raises is logged and left alone until the next round, and so is one that handles nothing although it is
    due (somebody else may hold its rows); the others go on.

    Raises:
        psycopg.OperationalError, sqlalchemy.exc.DBAPIError: the database cannot be reached; that is no job's fault.
    """
    handled = 0
    failed: list[str] = []
    left_alone: set[str] = set()
    last_clock: str | None = None
    while True:
        try:
            due = _earliest_due(besides=left_alone, after=last_clock)
            if due is None:
                return Round(handled=handled, failed=tuple(failed))
            last_clock = due.job.clock
            done = _run_batch(due)
        except _JobFailedError as failure:
            log.exception("a job failed; it is tried again in the next round", job=failure.name)
            run_transaction(partial(_note_failure, name=failure.name))
            failed.append(failure.name)
            left_alone.add(failure.name)
            continue
        handled += done
        if not done:
            left_alone.add(due.job.name)


@dataclass(frozen=True, slots=True)
class _Due:
    """The job whose turn it is."""

    job: Job
    at: datetime
    until: datetime
    """How far a job that goes ahead may go without overtaking another one."""
    others: tuple[Job, ...]
    """Those of the same clock, which it may not overtake."""


def _earliest_due(*, besides: Collection[str], after: str | None) -> _Due | None:
    """The earliest due job of the clock whose turn it is after the other one, or else of that."""
    jobs = [job for job in registered_jobs() if job.name not in besides]

    asked = run_transaction(lambda session: [(_next_due(session, job), job) for job in jobs])
    # Taken after asking: what says that it is due at once is due, however long the asking took.
    now = {"business": business_now(), "system": system_now()}
    waiting = [(at, job) for at, job in asked if at is not None and at <= now[job.clock]]
    if not waiting:
        return None
    at, chosen = min(waiting, key=lambda pair: (pair[1].clock == after, pair[0]))
    others = [job for job in jobs if job.clock == chosen.clock and job is not chosen]
    moments = [_last_moment_before(job, moment, chosen) for moment, job in waiting if job in others]
    return _Due(chosen, at, max(at, min((now[chosen.clock], *moments))), tuple(others))


def _last_moment_before(other: Job, due_at: datetime, job: Job) -> datetime:
    """The last moment at which `job` comes before what is due at `due_at` for the other: the same one, if it is the
    first of them that was registered.
    """
    names = [one.name for one in registered_jobs()]
    return due_at if names.index(job.name) < names.index(other.name) else due_at - SMALLEST_STEP


def _next_due(session: Session, job: Job) -> datetime | None:
    with _blamed_on(job):
        return job.next_due(session)


def _run_batch(due: _Due) -> int:
    """Handles one batch, and once more up to an earlier moment where what it did made something due before its end."""
    job, until = due.job, due.until if due.job.goes_ahead else due.at

    def run(session: Session) -> int:
        handled = job.run(session, until)
        if until > due.at:
            coming = ((other, _next_due(session, other)) for other in due.others)
            nearest = min((_last_moment_before(other, at, job) for other, at in coming if at), default=until)
            if nearest < until:
                raise _OvertakenError(max(due.at, nearest))
        _note_success(session, name=job.name, handled=handled)
        return handled

    with _blamed_on(job):
        while True:
            try:
                return run_transaction(run)
            except _OvertakenError as overtaken:
                until = overtaken.until


def _note_success(session: Session, *, name: str, handled: int) -> None:
    now = system_now()
    session.execute(
        insert(JobRecord)
        .values(name=name, succeeded_at=now, handled=handled)
        .on_conflict_do_update(
            index_elements=[JobRecord.name], set_={"succeeded_at": now, "handled": JobRecord.handled + handled}
        )
    )


def _note_failure(session: Session, *, name: str) -> None:
    session.execute(
        insert(JobRecord)
        .values(name=name, failures=1)
        .on_conflict_do_update(index_elements=[JobRecord.name], set_={"failures": JobRecord.failures + 1})
    )


class _OvertakenError(Exception):
    """The batch went beyond a moment at which another job is due now."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class _JobFailedError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@contextmanager
def _blamed_on(job: Job) -> Iterator[None]:
    try:
        yield
    except _JobFailedError:
        raise
    except Exception as error:
        if connection_was_lost(error):
            raise
        raise _JobFailedError(job.name) from error
