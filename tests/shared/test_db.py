"""The transaction boundary and the retry on deadlock."""

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.shared.db import db, driver_connection, run_transaction, sent_together, transaction


def test_a_transaction_keeps_nothing_when_its_block_raises(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE note (words text)"))
    session.commit()

    def half_done() -> None:
        with transaction() as inner:
            inner.execute(text("INSERT INTO note VALUES ('half done')"))
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert session.execute(text("SELECT count(*) FROM note")).scalar_one() == 0


def test_a_deadlock_is_tried_again_from_the_start(session: Session) -> None:
    attempts = []

    def work(_session: Session) -> str:
        attempts.append(1)
        if len(attempts) == 1:
            raise DBAPIError("statement", {}, psycopg.errors.DeadlockDetected())
        return "done"

    assert run_transaction(work) == "done"
    assert len(attempts) == 2


def test_a_deadlock_that_stays_is_told_after_a_bounded_number_of_tries(session: Session) -> None:
    attempts = []

    def work(_session: Session) -> None:
        attempts.append(1)
        raise DBAPIError("statement", {}, psycopg.errors.DeadlockDetected())

    with pytest.raises(DBAPIError):
        run_transaction(work)
    assert len(attempts) == 4


def test_after_the_database_went_away_only_the_one_who_noticed_fails(committed_app: Flask) -> None:
    with committed_app.app_context():
        connections = [db.engine.connect() for _ in range(3)]
        for connection in connections:
            connection.execute(text("SELECT 1"))
            connection.close()
        with psycopg.connect(committed_app.config["MOLVA"].database_url, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text("SELECT 1"))
        for _ in range(3):
            with transaction() as session:
                assert session.execute(text("SELECT 1")).scalar_one() == 1
            db.session.remove()


def test_what_is_sent_together_leaves_in_one_piece(session: Session) -> None:
    connection = driver_connection(session)
    connection.execute("SELECT 1")
    with sent_together(session):
        first = connection.execute("SELECT 1", prepare=True)
        second = connection.execute("SELECT 2", prepare=True)
        assert connection.info.transaction_status is not TransactionStatus.ACTIVE
    assert (first.fetchall(), second.fetchall()) == ([(1,)], [(2,)])


def test_an_answer_that_is_read_before_the_end_is_waited_for(session: Session) -> None:
    with sent_together(session):
        asked = driver_connection(session).execute("SELECT 7")
        assert asked.fetchone() == (7,)


def test_an_error_among_what_is_sent_together_is_raised_and_undone(session: Session) -> None:
    def with_a_mistake() -> None:
        with session.begin_nested(), sent_together(session):
            driver_connection(session).execute("SELECT 1 / 0")
            driver_connection(session).execute("SELECT 2")

    with pytest.raises(psycopg.errors.DivisionByZero):
        with_a_mistake()
    assert driver_connection(session).execute("SELECT 3").fetchone() == (3,)


def test_the_first_error_is_raised_though_it_comes_before_all_is_sent(session: Session) -> None:
    def with_a_mistake() -> None:
        with session.begin_nested(), sent_together(session):
            driver_connection(session).execute("SELECT 1 / 0")
            for _ in range(3):
                driver_connection(session).execute("SELECT %s::text", ["м" * 300_000])

    # Every other time the error is read before the rest is sent.
    for _ in range(12):
        with pytest.raises(psycopg.errors.DivisionByZero):
            with_a_mistake()


def test_more_than_the_buffers_hold_is_sent_together(session: Session) -> None:
    long = "м" * 3_000_000
    with sent_together(session):
        answers = [driver_connection(session).execute("SELECT %s::text", [long]) for _ in range(5)]
    assert [answer.fetchone() == (long,) for answer in answers] == [True] * 5
