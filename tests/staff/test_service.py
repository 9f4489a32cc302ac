"""Accounts and keys; what the database keeps of a secret; the audit log that nobody rewrites."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from backend.staff import passwords, queries, service
from backend.staff.credentials import new_credential, read_credential
from backend.staff.errors import AccountDisabled, NameNeeded, StoreNeeded, UnknownTillKey
from backend.staff.models import StaffMember, TillKey
from backend.staff.roles import Role
from tests.factories.staff import a_till_key, vera


def test_a_cashier_needs_a_store(session: Session) -> None:
    with pytest.raises(StoreNeeded):
        service.create_staff_member(session, name="Vera", role=Role.CASHIER, who="test")


def test_the_table_itself_refuses_a_cashier_without_a_store(session: Session) -> None:
    vera(session)
    with pytest.raises(IntegrityError, match="ck_staff_members_store"):
        session.execute(text("UPDATE staff_members SET store_id = NULL"))


@pytest.mark.parametrize("name", ["", "   ", "V" * 101])
def test_staff_has_a_name(session: Session, name: str) -> None:
    with pytest.raises(NameNeeded):
        service.create_staff_member(session, name=name, role=Role.MARKETER, who="test")


def test_a_password_is_kept_at_the_cost_that_rfc_9106_recommends() -> None:
    kept = passwords.hash_password("three quiet tea cups")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.password_matches("three quiet tea cups", kept)
    assert not passwords.password_matches("three quiet tea mugs", kept)


def test_the_database_keeps_no_secret(session: Session) -> None:
    key = a_till_key(session)
    secret = key.split(".")[1].encode()
    kept = session.scalars(select(TillKey)).one()
    assert len(kept.secret_hash) == 32
    assert secret not in kept.secret_hash
    assert kept.prefix == key.split(".")[0]


def test_a_secret_does_not_appear_when_printed(session: Session) -> None:
    credential = new_credential("till")
    assert credential.secret not in repr(credential)
    key = service.create_till_key(session, store_id=vera(session).store_id, label="Till", who="test")
    assert key.text not in repr(key)


def test_a_credential_is_read_only_as_its_own_kind() -> None:
    text_ = "till_" + "a" * 16 + "." + "s" * 43
    assert read_credential(text_, "till") is not None
    assert read_credential(text_, "staff") is None
    assert read_credential(text_ + "\n", "till") is None


def test_an_unknown_till_key_cannot_be_revoked(session: Session) -> None:
    with pytest.raises(UnknownTillKey):
        service.revoke_till_key(session, prefix="till_nowhere", who="test")


def test_every_act_is_in_the_audit_log(session: Session) -> None:
    person = vera(session)
    service.change_role(session, staff_id=person.id, role=Role.SUPPORT, who="command:olga")
    service.disable_staff_member(session, staff_id=person.id, who="command:olga", reason="Left")
    entries = queries.audit_entries(session, f"staff_member:{person.id}")
    assert [(entry["who"], entry["action"]) for entry in entries] == [
        ("test", "create"),
        ("command:olga", "change_role"),
        ("command:olga", "disable"),
    ]
    assert entries[1]["before"]["role"] == "cashier"
    assert entries[1]["after"]["role"] == "support"
    assert entries[2]["reason"] == "Left"


@pytest.mark.parametrize(
    "rewriting", ["UPDATE audit_log SET who = 'nobody'", "DELETE FROM audit_log", "TRUNCATE audit_log CASCADE"]
)
def test_nobody_rewrites_the_audit_log(session: Session, rewriting: str) -> None:
    vera(session)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(rewriting))


def test_a_disabled_account_gets_no_link(session: Session) -> None:
    person = vera(session)
    service.disable_staff_member(session, staff_id=person.id, who="test")
    with pytest.raises(AccountDisabled):
        service.issue_sign_in_link(session, staff_id=person.id, who="test")


def test_disabling_twice_is_one_act(session: Session) -> None:
    person = vera(session)
    service.disable_staff_member(session, staff_id=person.id, who="test")
    first = session.get_one(StaffMember, person.id).disabled_at
    service.disable_staff_member(session, staff_id=person.id, who="test")
    assert session.get_one(StaffMember, person.id).disabled_at == first
    actions = [entry["action"] for entry in queries.audit_entries(session, f"staff_member:{person.id}")]
    assert actions.count("disable") == 1
