"""A member's statement adds up, speaks both languages, and is proven with the lines that the guide prints."""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.ledger.cli import ledger
from backend.ledger.member_statement import Statement, as_document, as_text, statement
from backend.ledger.queries import Balance
from backend.members.errors import UnknownMember
from backend.shared.ids import new_id
from tests.conftest import ObedientClock
from tests.factories.ledger import cause, corrupt, member_with_book
from tests.factories.members import ALICE_PHONE
from tests.factories.members import alice as make_alice
from tests.ledger.test_sealing import earn, seal_round

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
GUIDE = Path(__file__).parents[2] / "docs" / "engineer.md"


@pytest.fixture
def alice(session: Session, clock: ObedientClock) -> UUID:
    """Alice earned 120 on Monday, which became available on Thursday, and spent 50 on Friday."""
    clock.set(MONDAY)
    alice_id = make_alice(session).id
    service.open_accounts(session, [alice_id])
    _week(session, alice_id, clock)
    return alice_id


def _week(session: Session, alice_id: UUID, clock: ObedientClock) -> None:
    book = service.open_books(session, [alice_id])[alice_id]
    expires_at = MONDAY + 300 * DAY
    lot = book.accrue(cause("1", at=MONDAY), points=120, available_at=MONDAY + 3 * DAY, expires_at=expires_at)
    service.write(session, [book])
    clock.set(MONDAY + 3 * DAY)
    book = service.open_books(session, [alice_id], with_lots=True)[alice_id]
    book.release(cause("2", at=MONDAY + 3 * DAY), lot_id=lot.id)
    service.write(session, [book])
    clock.set(MONDAY + 4 * DAY)
    book = service.open_books(session, [alice_id], with_lots=True)[alice_id]
    book.spend(cause("3", at=MONDAY + 4 * DAY), points=50)
    service.write(session, [book])


def test_opening_and_rows_come_to_the_closing_balance(session: Session, alice: UUID) -> None:
    made = statement(session, alice, first_day=date(2026, 11, 17), last_day=date(2026, 11, 20))
    assert made.opening == Balance(pending=120)
    assert [(row.points, row.points_after) for row in made.rows] == [(0, 120), (-50, 70)]
    assert made.closing == Balance(available=70)


def test_without_days_it_is_the_whole_history(session: Session, alice: UUID) -> None:
    made = statement(session, alice)
    assert (made.opening, len(made.rows), made.closing) == (Balance(), 3, Balance(available=70))


def test_the_last_day_ends_at_midnight_where_the_member_lives(session: Session, alice: UUID) -> None:
    book = service.open_books(session, [alice])[alice]
    # 23:30 in Moscow on the 20th is 20:30 in UTC; half an hour later is the 21st.
    for minutes in (0, 31):
        at = datetime(2026, 11, 20, 20, 30, tzinfo=UTC) + timedelta(minutes=minutes)
        book.accrue(cause(str(at), at=at), points=1, available_at=at, expires_at=None)
    service.write(session, [book])
    assert statement(session, alice, last_day=date(2026, 11, 20)).closing == Balance(available=71)
    assert statement(session, alice, first_day=date(2026, 11, 21)).opening == Balance(available=71)


def test_it_speaks_both_languages(session: Session, alice: UUID) -> None:
    seal_round(session)
    english, russian = (as_text(statement(session, alice, locale=locale)) for locale in ("en", "ru"))
    assert "Statement of points · Alice K." in english
    assert "Points became available" in english
    assert "At the end: 70 points (available 70, waiting 0)" in english.replace("\u00a0", " ")
    assert "Выписка по баллам" in russian
    assert "На конец: 70 баллов" in russian.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("days", "because"),
    [
        (["--from", "9999-12-31"], "Write a day as 2026-11-22."),
        (["--to", "9999-12-31"], "Write a day as 2026-11-22."),
        (["--from", "0001-01-01"], "Write a day as 2026-11-22."),
        (["--to", "yesterday"], "Write a day as 2026-11-22."),
        (["--from", "2026-11-21", "--to", "2026-11-20"], "it lies before the first day"),
    ],
)
def test_days_between_which_nothing_lies_are_refused(
    app: Flask, session: Session, alice: UUID, days: list[str], because: str
) -> None:
    answer = app.test_cli_runner().invoke(ledger, ["statement", ALICE_PHONE, *days])
    assert (answer.exit_code, because in answer.output) == (2, True), answer.output


def test_a_statement_of_one_day_is_made(app: Flask, session: Session, alice: UUID) -> None:
    days = ["--from", "2026-11-20", "--to", "2026-11-20"]
    assert app.test_cli_runner().invoke(ledger, ["statement", ALICE_PHONE, *days]).exit_code == 0


def test_nobody_has_no_statement(session: Session, alice: UUID) -> None:
    with pytest.raises(UnknownMember):
        statement(session, new_id())


def test_a_row_that_is_not_as_it_was_sealed_is_marked(session: Session, alice: UUID) -> None:
    seal_round(session)
    corrupt(
        session, "UPDATE ledger_transactions SET rule = 'other' WHERE member_id = :alice AND number = 2", alice=alice
    )
    made = statement(session, alice)
    assert [row.proof.agrees for row in made.rows if row.proof] == [True, False, True]
    assert "NOT AS IT WAS SEALED" in as_text(made)


def test_the_card_or_the_phone_names_the_member_on_the_command_line(app: Flask, session: Session, alice: UUID) -> None:
    answer = app.test_cli_runner().invoke(ledger, ["statement", ALICE_PHONE, "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["member_id"] == str(alice)


def test_the_guides_few_lines_prove_every_row_without_molva(session: Session, alice: UUID, tmp_path: Path) -> None:
    for _ in range(3):
        earn(session, alice)
        earn(session, member_with_book(session))
        seal_round(session)
    assert _verify(statement(session, alice), tmp_path).returncode == 0


@pytest.mark.parametrize("forgery", ["points", "path", "seal"])
def test_the_guides_few_lines_see_a_forgery(session: Session, alice: UUID, tmp_path: Path, forgery: str) -> None:
    for _ in range(2):
        earn(session, member_with_book(session))
        seal_round(session)
    document = as_document(statement(session, alice))
    if forgery == "points":
        document["rows"][0]["document"]["entries"][0]["points"] += 1
    elif forgery == "path":
        document["rows"][0]["proof"]["path"][0][1] = "00" * 32
    else:
        document["seals"][0]["transactions_count"] += 1
    assert _verify(document, tmp_path).returncode != 0


def _verify(made: Statement | dict[str, object], tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Runs the guide's own program on a statement, outside Molva."""
    program = re.search(r"```python\n(import hashlib.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert program, "the guide has lost its program"
    document = as_document(made) if isinstance(made, Statement) else made
    file = tmp_path / "statement.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-c", program[1], str(file)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
