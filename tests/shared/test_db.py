"""The transaction boundary and the retry on deadlock."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.shared.db import run_transaction, transaction


def test_a_transaction_keeps_nothing_when_its_block_raises(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE note (words text)"))
    session.commit()
    with pytest.raises(ZeroDivisionError), transaction() as inner:
        inner.execute(text("INSERT INTO note VALUES ('half done')"))
        _ = 1 / 0
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
