"""The audit log's chain: whatever is changed, taken out or put in between shows."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.shared.ids import new_id
from backend.staff import audit_chain, service
from backend.staff.audit_chain import next_seal_due, seal_entries, verify
from tests.conftest import ObedientClock
from tests.factories.staff import marat, olga


@pytest.fixture
def sealed(session: Session, clock: ObedientClock) -> Session:
    """A log of five sealed entries."""
    for number in range(5):
        service.audit(session, who="test", action="count", subject=f"thing:{number}", after={"number": number})
    assert seal_entries(session, clock.now) == 5
    return session


def rewrite(session: Session, statement: str) -> None:
    """As somebody with all rights over the database would."""
    for table, trigger in (
        ("audit_log", "audit_log_is_append_only"),
        ("audit_log_seals", "audit_log_seals_are_append_only"),
    ):
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
    session.execute(text(statement))
    session.expire_all()


def take_out_unsealed(session: Session) -> None:
    session.execute(text("DELETE FROM audit_log WHERE id NOT IN (SELECT entry_id FROM audit_log_seals)"))


def test_a_chain_that_nobody_touched_holds(sealed: Session) -> None:
    report = verify(sealed)
    assert (report.fault, report.sealed, report.unsealed) == (None, 5, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who = 'nobody' WHERE subject = 'thing:2'",
        "UPDATE audit_log SET after = '{\"number\": 9}' WHERE subject = 'thing:2'",
        "UPDATE audit_log SET at = at + interval '1 second' WHERE subject = 'thing:0'",
        "UPDATE audit_log_seals SET chain_hash = '\\x00' WHERE number = 3",
        "DELETE FROM audit_log_seals WHERE number = 3",
        "UPDATE audit_log_seals SET number = 9 WHERE number = 5",
    ],
)
def test_whatever_is_rewritten_shows(sealed: Session, statement: str) -> None:
    rewrite(sealed, statement)
    assert verify(sealed).fault is not None


def test_an_entry_taken_out_with_its_seal_shows(sealed: Session) -> None:
    rewrite(sealed, "DELETE FROM audit_log_seals WHERE number = 2")
    take_out_unsealed(sealed)
    assert verify(sealed).fault == "seal 2 is missing"


def test_an_end_that_was_cut_off_shows_by_a_head_noted_elsewhere(sealed: Session) -> None:
    head = verify(sealed).head
    assert verify(sealed, known_head=head).fault is None
    rewrite(sealed, "DELETE FROM audit_log_seals WHERE number >= 4")
    take_out_unsealed(sealed)
    assert verify(sealed).fault is None
    assert "before the one that was noted down" in (verify(sealed, known_head=head).fault or "")


def test_another_chain_of_the_same_length_is_not_the_one_noted_down(sealed: Session) -> None:
    number, _colon, _hash = verify(sealed).head.partition(":")
    assert verify(sealed, known_head=f"{number}:{'00' * 32}").fault is not None


def test_an_entry_that_stays_without_a_seal_shows(sealed: Session, clock: ObedientClock) -> None:
    marat(sealed)
    assert verify(sealed).fault is None
    clock.advance(minutes=61)
    assert "no seal" in (verify(sealed).fault or "")


def test_the_worker_seals_each_entry_once_whenever_it_became_visible(sealed: Session, clock: ObedientClock) -> None:
    assert next_seal_due(sealed) is None
    clock.advance(minutes=5)
    olga(sealed)
    # A transaction that was longer under way: its entry is older than one that is sealed.
    late = {"id": new_id(), "at": clock.now.replace(minute=0)}
    sealed.execute(
        text("INSERT INTO audit_log (id, at, who, action, subject) VALUES (:id, :at, 'test', 'late', 'thing:9')"), late
    )
    assert next_seal_due(sealed) == late["at"]
    assert seal_entries(sealed, clock.now) == 2
    assert seal_entries(sealed, clock.now) == 0
    assert verify(sealed).fault is None


def test_one_batch_after_the_other(session: Session, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_chain, "BATCH_ROWS", 3)
    for number in range(7):
        service.audit(session, who="test", action="count", subject=f"thing:{number}")
    assert [seal_entries(session, clock.now) for _round in range(4)] == [3, 3, 1, 0]
    assert verify(session).sealed == 7
