"""What goes wrong is logged with its traceback and without anybody's data."""

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

SECRET = "+79161234567"


def fail(secret_value):
    raise RuntimeError("it went wrong")


def test_a_traceback_shows_the_way_and_no_values(app, capsys):
    try:
        fail(SECRET)
    except RuntimeError:
        structlog.get_logger("test").exception("unforeseen")
    said = capsys.readouterr()
    assert "it went wrong" in said.err
    assert "in fail" in said.err
    assert SECRET not in said.err
    assert said.out == ""


def test_a_failed_statement_does_not_say_what_it_was_filled_with(session):
    with pytest.raises(DBAPIError) as refusal:
        session.execute(text("SELECT 1 / (length(:secret) - 12)"), {"secret": SECRET})
    assert "[SQL parameters hidden" in str(refusal.value)
    assert SECRET not in str(refusal.value)
