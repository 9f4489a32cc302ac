"""The transaction boundary and the retry on deadlock."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.shared.db import db, run_transaction, transaction


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
