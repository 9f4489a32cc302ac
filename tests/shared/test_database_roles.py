"""The role that the application has: it may do all that Molva does, and the database refuses it everything else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.demo.seed import seed
from backend.settings import Settings, SettingsError
from backend.shared import database_roles, migrations
from backend.shared.clock import business_now
from backend.shared.db import Base, db, run_transaction
from backend.shared.embedded_postgres import APPLICATION_ROLE
from backend.shared.jobs import job_records, registered_jobs, run_due_jobs
from tests.conftest import Databases, ObedientClock, make_settings
from tests.factories import members as cast
from tests.factories.campaigns import a_started_campaign
from tests.factories.till import OpenTill, fresh_code, with_points

WRITTEN_ONCE = {
    "audit_log",
    "audit_log_seals",
    "consents",
    "ledger_entries",
    "ledger_lot_movements",
    "ledger_sealed_transactions",
    "ledger_seals",
    "ledger_transactions",
}
NEVER_DELETED = {"ledger_balances", "ledger_lots"}


@dataclass(frozen=True)
class House:
    """An installation whose application has a role of its own."""

    app: Flask
    settings: Settings

    def as_application(self, statement: str) -> None:
        with psycopg.connect(self.settings.database_url or "") as connection:
            connection.execute(statement.encode())

    def as_owner(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings.database_owner_url or "", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def tables_without(self, right: str) -> set[str]:
        """Molva's tables on which the application's role has not been given this right."""
        query = f"SELECT name FROM unnest(%s::text[]) AS name WHERE NOT has_table_privilege(%s, name, '{right}')"
        with psycopg.connect(self.settings.database_owner_url or "") as connection:
            found = connection.execute(query.encode(), [list(Base.metadata.tables), APPLICATION_ROLE])
            return {name for (name,) in found}


@pytest.fixture(scope="module")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    url = databases.create()
    settings = make_settings(
        databases.as_application(url), tmp_path_factory.mktemp("var"), database_owner_url=url, demo=True
    )
    migrations.bring_up(settings)
    app = create_app(settings)
    yield House(app, settings)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


def test_it_may_do_all_that_tills_members_staff_and_the_worker_do(house: House, clock: ObedientClock) -> None:
    client = house.app.test_client()
    with house.app.app_context():
        seed(members=0)
    key = client.get("/demo/till-key").json
    till = OpenTill(client, {"Authorization": f"Bearer {key['key']}"}, key["store"])
    with house.app.app_context():
        alice_id, code = run_transaction(lambda session: _alice(session))
        assert till.sell(alice_id, 70_000).status_code == 201
        assert till.give_back(amount=10_000).status_code == 201
        held = run_transaction(
            lambda session: till.reserve(fresh_code(session, alice_id), 100, 54_000, external_id="b")
        )
        assert held.status_code == 201, held.text
        run_transaction(lambda session: a_started_campaign(session))
        signed_in = client.post(
            "/api/v1/sign-in/tokens", json={"phone": cast.ALICE_PHONE, "code": code, "name": "Alice"}
        )
        assert signed_in.status_code == 200, signed_in.text
        bearer = {"Authorization": f"Bearer {signed_in.json['access_token']}"}
        assert client.delete("/api/v1/me", headers=bearer).status_code == 204
        for days in (0, 1, 15, 400):
            clock.advance(days=days)
            assert run_due_jobs().failed == ()
        for job in registered_jobs():
            run_transaction(job.next_due)
            run_transaction(lambda session, job=job: job.run(session, business_now()))
        done = run_transaction(job_records)
    worked = {name for name, record in done.items() if record.handled}
    assert worked >= {"ledger_release", "ledger_expiry", "ledger_sealing", "ledger_reconciliation", "campaign_audience"}


def _alice(session: Session) -> tuple[UUID, str]:
    alice_id = cast.alice(session).id
    with_points(session, alice_id, 500, programme="zerno")
    return alice_id, cast.code_for(session, cast.ALICE_PHONE)


def test_it_may_write_everywhere_and_change_nothing_where_a_trigger_keeps_what_is_written(house: House) -> None:
    assert house.tables_without("SELECT") == house.tables_without("INSERT") == set()
    assert house.tables_without("UPDATE") == WRITTEN_ONCE
    assert house.tables_without("DELETE") == WRITTEN_ONCE | NEVER_DELETED
    assert house.tables_without("TRUNCATE") == set(Base.metadata.tables)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who = 'nobody'",
        "DELETE FROM ledger_entries",
        "TRUNCATE members CASCADE",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON ledger_entries",
        "DROP TABLE consents",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE ledger_lots (id int)",
        "CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "SET session_replication_role = replica",
        "SET ROLE postgres",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_the_database_refuses_it_what_only_an_owner_does(house: House, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=r"permission denied|must be owner"):
        house.as_application(statement)


def test_a_right_that_somebody_gave_it_is_taken_back_with_the_next_version(house: House) -> None:
    house.as_owner(f"GRANT ALL ON audit_log TO {APPLICATION_ROLE}")
    house.as_owner(f"REVOKE INSERT ON members FROM {APPLICATION_ROLE}")
    migrations.bring_up(house.settings)
    assert "audit_log" in house.tables_without("UPDATE")
    assert house.tables_without("INSERT") == set()


@pytest.mark.parametrize(
    ("strength", "weakness"),
    [
        ("GRANT pg_write_all_data TO {role}", "REVOKE pg_write_all_data FROM {role}"),
        ("GRANT UPDATE (reason) ON audit_log TO PUBLIC", "REVOKE UPDATE (reason) ON audit_log FROM PUBLIC"),
        ("ALTER ROLE {role} SUPERUSER", "ALTER ROLE {role} NOSUPERUSER"),
    ],
)
def test_a_role_that_could_rewrite_the_books_all_the_same_is_refused(
    house: House, strength: str, weakness: str
) -> None:
    house.as_owner(strength.format(role=APPLICATION_ROLE))
    try:
        with pytest.raises(SettingsError, match=f"names the role {APPLICATION_ROLE}, and it may change"):
            migrations.bring_up(house.settings)
    finally:
        house.as_owner(weakness.format(role=APPLICATION_ROLE))


def test_without_the_owner_a_database_in_step_is_left_alone_and_one_behind_is_said(
    house: House, databases: Databases
) -> None:
    migrations.bring_up(replace(house.settings, database_owner_url=None))
    databases.execute("CREATE DATABASE behind")
    behind = databases.as_application("/behind")
    with pytest.raises(SettingsError, match=r"permission denied .* name it with MOLVA_DATABASE_OWNER_URL"):
        migrations.bring_up(replace(house.settings, database_url=behind, database_owner_url=None))
    databases.execute("DROP DATABASE behind WITH (FORCE)")


def test_where_one_role_is_both_it_stays_as_it_is(house: House) -> None:
    both = replace(house.settings, database_url=house.settings.database_owner_url)
    assert database_roles.application_role(both) is None
    assert database_roles.application_role(replace(both, database_owner_url=None)) is None
