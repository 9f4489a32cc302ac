"""`molva ledger audit`: 0 where all agrees, 1 where something does not and it is named, 2 where nobody could look."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.ledger import sealing
from backend.ledger.cli import ledger
from backend.shared.clock import system_now
from backend.shared.db import run_transaction
from tests.conftest import make_settings
from tests.factories.ledger import corrupt, member_with_book
from tests.ledger.test_sealing import earn, seal_round


@pytest.fixture
def alice(committed_app: Flask) -> UUID:
    """Alice has earned three times, and all of it is sealed."""

    def begin(session: Session) -> UUID:
        member_id = member_with_book(session)
        earn(session, member_id, times=3)
        seal_round(session)
        return member_id

    with committed_app.app_context():
        return run_transaction(begin)


def _run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(ledger, list(arguments))


def _corrupt(app: Flask, statement: str, **values: Any) -> None:
    with app.app_context():
        run_transaction(lambda session: corrupt(session, statement, **values))


def _frozen(app: Flask) -> set[UUID]:
    with app.app_context():
        of_frozen = text("SELECT member_id FROM ledger_balances WHERE frozen_at IS NOT NULL")
        return run_transaction(lambda session: set(session.scalars(of_frozen)))


def test_books_that_agree(committed_app: Flask, alice: UUID) -> None:
    answer = _run(committed_app, "audit", "--json")
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert (document["agrees"], document["findings"], document["frozen"]) == (True, [], [])
    assert document["totals"]["transactions"] == 3
    assert document["totals"]["unsealed"] == 0
    assert document["last_seal"]["number"] == 1


def test_an_empty_ledger_agrees(committed_app: Flask) -> None:
    answer = _run(committed_app, "audit")
    assert answer.exit_code == 0, answer.output
    assert "MISMATCH" not in answer.stdout


def test_a_changed_row_is_named_and_nothing_else_is_touched(committed_app: Flask, alice: UUID) -> None:
    _corrupt(committed_app, "UPDATE ledger_transactions SET rule = 'other' WHERE number = 2")
    answer = _run(committed_app, "audit")
    assert answer.exit_code == 1
    assert "MISMATCH  sealed transactions are as they were sealed" in answer.stdout
    assert f"member {alice}: " in answer.stdout
    assert _frozen(committed_app) == set()


def test_with_freeze_nothing_is_spent_from_the_books_that_are_wrong(committed_app: Flask, alice: UUID) -> None:
    _corrupt(
        committed_app, "UPDATE ledger_balances SET available = available + 1 WHERE member_id = :alice", alice=alice
    )
    answer = _run(committed_app, "audit", "--freeze")
    assert answer.exit_code == 1
    assert f"frozen    member {alice}" in answer.stdout
    assert _frozen(committed_app) == {alice}
    assert f"frozen    member {alice}" in _run(committed_app, "audit").stdout

    _corrupt(
        committed_app, "UPDATE ledger_balances SET available = available - 1 WHERE member_id = :alice", alice=alice
    )
    answer = _run(committed_app, "unfreeze", str(alice), "--reason", "the row is restored", "--json")
    assert answer.exit_code == 0, answer.output
    assert _frozen(committed_app) == set()


@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        ("DELETE FROM ledger_balances", "every transaction has its member's balance"),
        ("DELETE FROM ledger_transactions WHERE number = 3", "every entry, lot and movement has its transaction"),
        ("DELETE FROM ledger_sealed_transactions", "every seal follows from the one before and from what it seals"),
    ],
)
def test_what_no_book_shows_is_found(committed_app: Flask, alice: UUID, change: str, invariant: str) -> None:
    _corrupt(committed_app, change)
    answer = _run(committed_app, "audit", "--json")
    assert answer.exit_code == 1
    assert invariant in {finding["invariant"] for finding in json.loads(answer.stdout)["findings"]}


def test_a_chain_that_was_rewritten_whole_is_seen_by_whoever_noted_a_seal(committed_app: Flask, alice: UUID) -> None:
    noted = json.loads(_run(committed_app, "audit", "--json").stdout)["last_seal"]
    seal = f"{noted['number']}:{noted['hash']}"
    assert _run(committed_app, "audit", "--seal", seal).exit_code == 0

    _corrupt(committed_app, "UPDATE ledger_transactions SET rule = 'other' WHERE number = 2")
    _corrupt(committed_app, "DELETE FROM ledger_sealed_transactions")
    _corrupt(committed_app, "DELETE FROM ledger_seals")
    _corrupt(committed_app, "DELETE FROM ledger_progress")
    with committed_app.app_context():
        assert run_transaction(seal_round) == 3
    assert _run(committed_app, "audit").exit_code == 0
    assert _run(committed_app, "audit", "--seal", seal).exit_code == 1


def test_a_chain_whose_leaves_are_forged_is_seen(committed_app: Flask, alice: UUID) -> None:
    _corrupt(committed_app, "UPDATE ledger_seals SET transactions_count = 2")
    answer = _run(committed_app, "audit", "--json")
    (finding,) = json.loads(answer.stdout)["findings"]
    assert (finding["invariant"], finding["examples"]) == (
        "every seal follows from the one before and from what it seals",
        ["seal 1"],
    )


def test_without_a_database_it_could_not_look(tmp_path: Path) -> None:
    app = create_app(make_settings("postgresql://nobody@127.0.0.1:9/nothing", tmp_path))
    answer = _run(app, "audit")
    assert answer.exit_code == 2
    assert "could not be looked at" in answer.stderr


def test_the_audit_sees_many_slices(committed_app: Flask, alice: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.ledger.audit.SLICE_MEMBERS", 2)

    def more(session: Session) -> UUID:
        members = sorted(member_with_book(session) for _ in range(6))
        for member_id in members:
            earn(session, member_id)
            sealing.seal_due(session, system_now())
        return members[-1]

    with committed_app.app_context():
        last = run_transaction(more)
    _corrupt(committed_app, "UPDATE ledger_balances SET pending = 1 WHERE member_id = :last", last=last)
    document = json.loads(_run(committed_app, "audit", "--json").stdout)
    assert {member for finding in document["findings"] for member in finding["members"]} == {str(last)}
    assert document["totals"]["members"] == 7
