"""The demo's clock: business time moves ahead, and whatever became due is done before anybody is answered.

The offset is one row. Every process reads it before each of its transactions, and so at least once for each request and
each round of jobs: all live in one time, and a restart changes nothing.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from backend.demo.errors import JobsStillRunning
from backend.demo.models import DemoClock
from backend.shared.clock import business_now, clock
from backend.shared.db import db, run_transaction
from backend.shared.jobs import registered_jobs, run_due_jobs

ADVANCE_MAXIMUM = timedelta(days=3_660)
OFFSET_MAXIMUM = timedelta(days=36_600)
JOBS_SECONDS_MAXIMUM = 95
PAUSE_SECONDS_MINIMUM, PAUSE_SECONDS_MAXIMUM = 0.05, 2.0
ONE_AT_A_TIME = 0x6D6F6C7661  # any number that nobody else locks
OFFSET = "SELECT offset_seconds FROM demo_clock"


_living_elsewhere = False


class OffsetTooLargeError(ValueError):
    """Business time would be a century ahead."""


def follow(engine: Engine) -> None:
    """From now on, whoever takes a connection of the demo's database looks at its clock first."""
    event.listen(engine, "checkout", _look_at_the_clock)


def _look_at_the_clock(connection: Any, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    if _living_elsewhere:
        return
    try:
        # Outside any transaction: what follows may want to choose how its own one sees the data.
        connection.autocommit = True
        _set_by(connection)
        connection.autocommit = False
    except psycopg.errors.UndefinedTable:
        connection.autocommit = False  # a database that is only now being made
    except psycopg.OperationalError as error:
        raise DisconnectionError from error


def _set_by(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(OFFSET, prepare=True).fetchone()
    clock.business_offset = timedelta(seconds=row[0]) if row else timedelta(0)


def advance(*, by: timedelta) -> datetime:
    """Moves business time on by `by`, does whatever became due, in due order, and says what time it is then.

    Two at once wait for each other.

    Raises:
        OffsetTooLargeError: it would be more than a century ahead; nothing was moved.
        JobsStillRunning: it was moved, and not all is done yet.
    """
    with _one_at_a_time():
        run_transaction(lambda session: _move(session, by))
        _finish_due_jobs(deadline=time.monotonic() + JOBS_SECONDS_MAXIMUM)
        return business_now()


@contextmanager
def living_at(moment: datetime) -> Iterator[None]:
    """Business time of this process is `moment` within the block: for filling the demo shop with its past."""
    global _living_elsewhere
    before, _living_elsewhere = clock.business_offset, True
    clock.business_offset = moment - clock.system_now()
    try:
        yield
    finally:
        clock.business_offset, _living_elsewhere = before, False


def _move(session: Session, by: timedelta) -> None:
    row = insert(DemoClock).values(id=1, offset_seconds=int(by.total_seconds()))
    moved = row.on_conflict_do_update(
        index_elements=[DemoClock.id], set_={"offset_seconds": DemoClock.offset_seconds + row.excluded.offset_seconds}
    )
    offset_seconds = session.execute(moved.returning(DemoClock.offset_seconds)).scalar_one()
    if offset_seconds > OFFSET_MAXIMUM.total_seconds():
        raise OffsetTooLargeError
    clock.business_offset = timedelta(seconds=offset_seconds)


def _finish_due_jobs(*, deadline: float) -> None:
    """Until nothing of the business is due: what the worker holds is waited for, what failed is tried again."""
    pause_seconds = PAUSE_SECONDS_MINIMUM
    while True:
        run_due_jobs()
        if not run_transaction(_something_is_due):
            return
        if time.monotonic() > deadline:
            raise JobsStillRunning
        time.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, PAUSE_SECONDS_MAXIMUM)


def _something_is_due(session: Session) -> bool:
    due = (job.next_due(session) for job in registered_jobs() if job.clock == "business")
    return any(moment is not None and moment <= business_now() for moment in due)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    # A lock of the session and not of the transaction: jobs commit batch by batch.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": ONE_AT_A_TIME})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": ONE_AT_A_TIME})
