"""The database: the declarative base, the engine's settings, and the one transaction boundary.

Services take a `Session` and never commit. Routes, pages, jobs and commands open `transaction()`.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
import psycopg
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from psycopg.abc import PQGen
from sqlalchemy import BigInteger, Connection, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PostgresUUID
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, registry

Result = TypeVar("Result")
Promise = Callable[[], Result]
"""The answer to a statement that was sent (see `sent_together`): calling it waits for it."""
Recovery = Callable[[Session, Exception], bool]
"""Looks into why a transaction failed, in one of its own, and says whether another try is worth it; it may raise what
the caller is to hear instead. The session is the failed one, rolled back: its `info` holds what was noted on the way.
"""

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RETRIES_MAXIMUM = 4
LOCK_SECONDS_MAXIMUM = 10
# Whoever waits longer for another's lock is told so, instead of holding a thread of the web server.
CONNECT_ARGUMENTS = {"options": f"-c lock_timeout={LOCK_SECONDS_MAXIMUM}s"}
RETRYABLE = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class Base(DeclarativeBase):
    """The base of every model. Text is `text`, time is aware, whole numbers are 64 bits, documents are jsonb."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    registry = registry(
        type_annotation_map={
            str: Text(),
            int: BigInteger(),
            datetime: DateTime(timezone=True),
            UUID: PostgresUUID(as_uuid=True),
            dict[str, Any]: JSONB(),
            list[Any]: JSONB(),
        }
    )


# What a transaction has read may be shown after it; the next transaction reads anew, for its session is another one.
db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})


def engine_url(database_url: str) -> str:
    """The URL with the driver that Molva uses named in it."""
    for prefix in ("postgresql://", "postgres://"):
        if database_url.startswith(prefix):
            return "postgresql+psycopg://" + database_url.removeprefix(prefix)
    return database_url


@contextmanager
def transaction() -> Iterator[Session]:
    """The boundary: commits when the block ends, rolls everything back when it raises."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException as error:
        try:
            session.rollback()
        finally:
            if connection_was_lost(error):
                # The server went away: whatever else waits in the pool is dead too.
                db.engine.dispose()
        raise


@contextmanager
def only_tried(session: Session) -> Iterator[None]:
    """What is written inside the block is taken back at its end: to learn what would come of it."""
    with session.begin_nested() as savepoint:
        yield
        savepoint.rollback()


def driver_error(error: BaseException) -> BaseException:
    """The database driver's own error, whether or not SQLAlchemy has wrapped it."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def connection_was_lost(error: BaseException) -> bool:
    """Whether the error says that the database cannot be reached any more, or that it is stopping."""
    cause = driver_error(error)
    if not isinstance(cause, psycopg.OperationalError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(("57P", "08"))


def recover_by(app: Flask, recovery: Recovery) -> None:
    """What is asked when a transaction fails for anything but its turn."""
    app.extensions["molva_recovery"] = recovery


def run_transaction(
    work: Callable[[Session], Result], *, boundary: Callable[[], AbstractContextManager[Session]] = transaction
) -> Result:
    """Runs `work` in a transaction, again from the start (bounded) after a deadlock, a serialization failure, or what
    could be recovered from (see `recover_by`).
    """
    for attempt in range(RETRIES_MAXIMUM):
        try:
            with boundary() as session:
                session.info.clear()
                return work(session)
        except Exception as error:
            is_worth_another = isinstance(driver_error(error), RETRYABLE) or _is_recovered_from(error)
            if not is_worth_another or attempt == RETRIES_MAXIMUM - 1:
                raise
        time.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311 - spreads the retries, guards nothing
    raise AssertionError("unreachable")


def _is_recovered_from(error: Exception) -> bool:
    recovery: Recovery | None = current_app.extensions.get("molva_recovery")
    return recovery is not None and recovery(db.session(), error)


def driver_connection(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection of the session's transaction, for set-based statements prepared once."""
    return _as_psycopg(session.connection().connection.driver_connection)


@contextmanager
def sent_together(session: Session) -> Iterator[None]:
    """Statements on the driver's connection inside the block are sent without waiting for each other's answers.

    They run in their order and cost one wait together. Answers are read after the block, which raises the first error
    among them. SQLAlchemy's own statements have no place inside: they read at once. What the session holds is flushed.
    """
    session.flush()
    connection = driver_connection(session)
    if connection._pipeline is None:  # noqa: SLF001 - psycopg makes its own where there is none
        connection._pipeline = _SentAtOnce(connection)  # noqa: SLF001
    try:
        with connection.pipeline():
            yield
    except psycopg.errors.PipelineAborted as aborted:
        raise _first_error(aborted) from None


def _first_error(aborted: psycopg.Error) -> BaseException:
    """What aborted the pipeline: psycopg reads on after an error that came alone, and raises what it finds there."""
    first: BaseException = aborted
    while isinstance(first, psycopg.errors.PipelineAborted) and first.__context__ is not None:
        first = first.__context__
    return first


class _SentAtOnce(psycopg.Pipeline):
    """A pipeline that keeps its statements until it ends, and sends them in one piece.

    psycopg's own sends each statement at once, and each time wakes the server's process and gives up the interpreter:
    a third of the time in which a batch of receipts held the interpreter went into that.
    """

    def _communicate_gen(self) -> PQGen[None]:
        ends = bool(self.result_queue) and self.result_queue[-1] is None
        if ends:
            yield from super()._communicate_gen()

    def _fetch_gen(self, *, flush: bool) -> PQGen[None]:
        yield from super()._communicate_gen()
        yield from super()._fetch_gen(flush=flush)


def read_at_once(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one prepared statement, read without a transaction around it: one round trip instead of three.

    For what guards every request. Sees what is committed; where the session is bound to one connection, as a test's is,
    what that connection sees.
    """
    bind = db.session().get_bind()
    if isinstance(bind, Connection):
        return _as_psycopg(bind.connection.driver_connection).execute(statement, parameters, prepare=True).fetchall()
    # Straight from the pool: SQLAlchemy's own connection with its switch of isolation costs several times the read.
    pooled = bind.raw_connection()
    try:
        driver = _as_psycopg(pooled.driver_connection)
        driver.autocommit = True
        rows = driver.execute(statement, parameters, prepare=True).fetchall()
        driver.autocommit = False
    except psycopg.OperationalError as error:
        pooled.invalidate()
        if connection_was_lost(error):
            db.engine.dispose()
        raise
    else:
        return rows
    finally:
        pooled.close()


def _as_psycopg(driver: object) -> psycopg.Connection[Any]:
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("The database is not reached through psycopg.")
    return driver


def as_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one parameter, for `json_to_recordset(%s) AS new (column type, …)`.

    One text is made and read several times faster than an array a column. Ids, moments and decimals travel as text,
    mappings and lists as they are (for `jsonb` columns), bytes in hexadecimal.
    """
    return orjson.dumps(rows, default=_as_text).decode()


def _as_text(value: object) -> str:
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)
