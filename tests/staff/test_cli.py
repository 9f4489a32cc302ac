"""The commands answer programs in JSON, and say by their exit code whether it was done."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.shared.errors import DomainError
from backend.staff import audit_chain, queries
from backend.staff.cli import staff_commands, till_key_commands
from tests.factories.shops import a_store
from tests.factories.staff import bearer


@pytest.fixture
def runner(app: Flask, session: Session) -> FlaskCliRunner:
    return app.test_cli_runner()


def answer_of(runner: FlaskCliRunner, commands, *arguments: str) -> dict:
    result = runner.invoke(commands, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_create_answers_with_a_link_that_shows_the_person(runner, client, session) -> None:
    a_store(session)
    made = answer_of(runner, staff_commands, "create", "--name", "Vera", "--role", "cashier", "--store", "pokrovka")
    assert (made["name"], made["role"], made["store"]) == ("Vera", "cashier", "pokrovka")
    assert made["link"].startswith("http://127.0.0.1:8000/staff/sign-in?link=link_")
    path = made["link"].removeprefix("http://127.0.0.1:8000")
    assert "Vera" in client.get(path).get_data(as_text=True)


def test_a_staff_token_is_answered_under_the_name_token(runner, client) -> None:
    made = answer_of(runner, staff_commands, "token", "--role", "marketer")
    assert made["token"].startswith("staff_")
    assert made["role"] == "marketer"


def test_a_till_key_is_made_listed_and_revoked(runner, session) -> None:
    a_store(session)
    made = answer_of(runner, till_key_commands, "create", "--store", "pokrovka", "--label", "Left till")
    assert bearer(made["key"])
    listed = answer_of(runner, till_key_commands, "list")
    key = {"prefix": made["prefix"], "store": "pokrovka", "label": "Left till", "last_used_at": None, "revoked": False}
    assert listed == [key]
    answer_of(runner, till_key_commands, "revoke", made["prefix"])
    assert answer_of(runner, till_key_commands, "list")[0]["revoked"] is True


def test_people_are_listed_changed_and_disabled_by_name(runner) -> None:
    answer_of(runner, staff_commands, "create", "--name", "Marat", "--role", "marketer")
    assert answer_of(runner, staff_commands, "role", "Marat", "analyst")["role"] == "analyst"
    assert answer_of(runner, staff_commands, "link", "Marat")["link"]
    assert answer_of(runner, staff_commands, "disable", "Marat", "--reason", "Left")["disabled"] is True
    assert [one["disabled"] for one in answer_of(runner, staff_commands, "list")] == [True]


def test_the_same_is_said_to_people(runner, session) -> None:
    a_store(session)
    said = runner.invoke(staff_commands, ["create", "--name", "Olga", "--role", "support"]).output
    assert "Olga, support" in said
    assert "http://127.0.0.1:8000/staff/sign-in?link=" in said
    assert "Olga" in runner.invoke(staff_commands, ["list"]).output
    assert "No till has a key yet." in runner.invoke(till_key_commands, ["list"]).output


@pytest.mark.parametrize(
    ("commands", "arguments"),
    [
        (staff_commands, ["create", "--name", "Vera", "--role", "cashier"]),
        (staff_commands, ["link", "Nobody"]),
        (staff_commands, ["revoke-token", "staff_nowhere"]),
        (till_key_commands, ["create", "--store", "nowhere"]),
        (till_key_commands, ["revoke", "till_nowhere"]),
    ],
)
def test_what_cannot_be_done_is_a_domain_error(runner, commands, arguments) -> None:
    with pytest.raises(DomainError):
        runner.invoke(commands, arguments, catch_exceptions=False)


def test_an_unknown_role_is_wrong_usage(runner) -> None:
    assert runner.invoke(staff_commands, ["token", "--role", "barista"]).exit_code == 2


def test_the_first_administrator_is_made_with_a_login(runner) -> None:
    made = answer_of(
        runner, staff_commands, "create", "--name", "Anna", "--role", "administrator", "--login", "Anna@Grain.example"
    )
    assert made["login"] == "anna@grain.example"
    assert answer_of(runner, staff_commands, "link", "anna@grain.example")["link"] != made["link"]


def test_resetting_prints_a_link_and_says_why_in_the_log(runner, session) -> None:
    made = answer_of(runner, staff_commands, "create", "--name", "Marat", "--role", "marketer")
    assert answer_of(runner, staff_commands, "reset-factors", "Marat", "--reason", "Phone lost")["link"]
    entries = queries.audit_entries(session, f"staff_member:{made['id']}")
    assert [entry["reason"] for entry in entries if entry["action"] == "reset_factors"] == ["Phone lost"]


def test_a_key_is_rotated_by_its_prefix(runner, session) -> None:
    a_store(session)
    made = answer_of(runner, till_key_commands, "create", "--store", "pokrovka")
    rotated = answer_of(runner, till_key_commands, "rotate", made["prefix"])
    assert (rotated["replaces"], rotated["key"] != made["key"]) == (made["prefix"], True)


def test_the_audit_log_is_verified_by_its_exit_code(runner, session) -> None:
    answer_of(runner, staff_commands, "create", "--name", "Marat", "--role", "marketer")
    audit_chain.seal_entries(session, system_now())
    report = answer_of(runner, staff_commands, "audit-log", "verify")
    assert (report["holds"], report["sealed"], report["unsealed"]) == (True, 2, 0)
    session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_append_only"))
    session.execute(text("UPDATE audit_log SET who = 'nobody' WHERE action = 'create'"))
    broken = runner.invoke(staff_commands, ["audit-log", "verify"])
    assert broken.exit_code == 1
    assert "was changed" in broken.output
