"""A row is corrupted: found, named, spending of that member frozen, earning going on, everybody else untouched."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from backend.ledger import measures, reconciliation, service
from backend.ledger.audit import OutsideInvariant, add_invariants, check_books
from backend.ledger.book import KINDS
from backend.ledger.errors import BookNotFrozen, BookStillWrong, SpendingFrozen
from backend.ledger.invariants import ACCOUNTS_MOVED
from backend.shared.clock import business_now, system_now
from backend.shared.ids import new_id
from backend.shared.jobs import run_due_jobs
from backend.shared.workers import beat
from tests.conftest import ObedientClock
from tests.factories.ledger import cause, corrupt, member_with_book
from tests.ledger.test_sealing import seal_round

DAY = timedelta(days=1)


@pytest.fixture
def alice(session: Session, clock: ObedientClock) -> UUID:
    """Alice has earned twice, spent once, returned something, holds a reservation, and has points pending."""
    return a_member_with_history(session)


@pytest.fixture
def boris(session: Session, clock: ObedientClock) -> UUID:
    return a_member_with_history(session)


def a_member_with_history(session: Session) -> UUID:
    member_id = member_with_book(session)
    now = business_now()
    book = service.open_books(session, [member_id], with_lots=True)[member_id]
    first = book.accrue(cause("1", at=now), points=100, available_at=now, expires_at=now + 300 * DAY)
    book.accrue(cause("2", at=now), points=50, available_at=now, expires_at=now + 200 * DAY)
    book.accrue(cause("3", at=now), points=30, available_at=now + 14 * DAY, expires_at=now + 400 * DAY)
    book.spend(cause("4", at=now), points=70)
    book.take_back(cause("5", at=now), lot_id=first.id, points=10)
    book.reserve(cause("6", at=now), points=20)
    book.prolong(programme=None, expires_at=now + 350 * DAY)
    service.write(session, [book])
    return member_id


def earn(session: Session, member_id: UUID, points: int = 5) -> None:
    book = service.open_books(session, [member_id])[member_id]
    now = business_now()
    book.accrue(cause(str(new_id()), at=now), points=points, available_at=now, expires_at=now + 300 * DAY)
    service.write(session, [book])


def reserve(session: Session, member_id: UUID, points: int) -> None:
    book = service.open_books(session, [member_id], with_lots=True)[member_id]
    book.reserve(cause(str(new_id()), at=business_now()), points=points)


def reconcile_round(session: Session) -> int:
    checked = 0
    while batch := reconciliation.reconcile_due(session, system_now()):
        checked += batch
    return checked


def findings(session: Session) -> list[tuple[UUID, str]]:
    rows = session.execute(text("SELECT member_id, invariant FROM ledger_findings WHERE resolved_at IS NULL"))
    return [(row[0], row[1]) for row in rows]


def frozen(session: Session) -> set[UUID]:
    return set(session.scalars(text("SELECT member_id FROM ledger_balances WHERE frozen_at IS NOT NULL")))


ALICES = "WHERE member_id = :alice"
FIRST = "WHERE transaction_id = (SELECT id FROM ledger_transactions WHERE member_id = :alice AND number = 1)"
CORRUPTIONS = {
    "balance": f"UPDATE ledger_balances SET available = available + 1 {ALICES}",
    "count": f"UPDATE ledger_balances SET transactions_count = 9 {ALICES}",
    "entry": f"UPDATE ledger_entries SET points = points + 1 {FIRST} AND account = 'issued'",
    "balance after": f"UPDATE ledger_entries SET balance_after = 7 {FIRST} AND balance_after = 100",
    "account": f"UPDATE ledger_entries SET account = 'redeemed' {FIRST} AND account = 'issued'",
    "deleted entries": f"DELETE FROM ledger_entries {FIRST}",
    "deleted transaction": f"DELETE FROM ledger_transactions {ALICES} AND number = 4",
    "kind": f"UPDATE ledger_transactions SET kind = 'expiry' {ALICES} AND number = 4",
    "lot": f"UPDATE ledger_lots SET points_remaining = points_remaining - 1 {FIRST}",
    "lot's credit": f"UPDATE ledger_lots SET points = 101 {FIRST}",
    "lot's day": f"UPDATE ledger_lots SET expires_at = expires_at + interval '1 day' {FIRST}",
    "deleted lot": f"DELETE FROM ledger_lots {FIRST}",
    "movement": f"UPDATE ledger_lot_movements SET points_remaining_change = -3 {ALICES}",
    "movement of another": f"UPDATE ledger_lot_movements SET member_id = gen_random_uuid() {ALICES}",
}
SEALED_CORRUPTIONS = {
    "facts": f"UPDATE ledger_transactions SET facts = jsonb_build_object('points', 1) {ALICES} AND number = 2",
    "rule": f"UPDATE ledger_transactions SET rule = 'another' {ALICES} AND number = 2",
    "time": f"UPDATE ledger_transactions SET effective_at = effective_at - interval '1 day' {ALICES} AND number = 2",
    "key": f"UPDATE ledger_transactions SET natural_key = natural_key || '!' {ALICES} AND number = 3",
    "other id": f"UPDATE ledger_transactions SET id = gen_random_uuid() {ALICES} AND number = 6",
    "lot's programme": f"UPDATE ledger_lots SET programme = 'other' {FIRST}",
    "lot's first day": f"UPDATE ledger_lots SET credited_expires_at = NULL {FIRST}",
}
FORGE = """
INSERT INTO ledger_transactions
SELECT (jsonb_populate_record(
    event, jsonb_build_object('id', CAST(:id AS text), 'number', 4, 'natural_key', 'forged')
)).*
FROM ledger_transactions AS event WHERE member_id = :alice AND number = 5
"""


def test_a_book_with_a_history_agrees(session: Session, alice: UUID) -> None:
    assert check_books(session, [alice]) == []
    seal_round(session)
    assert check_books(session, [alice]) == []


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_corrupted_row_is_found_and_named(session: Session, alice: UUID, boris: UUID, corruption: str) -> None:
    corrupt(session, CORRUPTIONS[corruption], alice=alice)
    found = check_books(session, [alice, boris])
    assert {finding.member_id for finding in found} == {alice}
    assert all(finding.places for finding in found)


@pytest.mark.parametrize("corruption", SEALED_CORRUPTIONS | CORRUPTIONS)
def test_a_corrupted_row_behind_a_seal_is_found_and_named(
    session: Session, alice: UUID, boris: UUID, corruption: str
) -> None:
    seal_round(session)
    corrupt(session, (SEALED_CORRUPTIONS | CORRUPTIONS)[corruption], alice=alice)
    assert {finding.member_id for finding in check_books(session, [alice, boris])} == {alice}


def test_a_sealed_row_that_is_changed_deleted_or_inserted_is_named_by_its_id(session: Session, alice: UUID) -> None:
    seal_round(session)
    in_order = text("SELECT id FROM ledger_transactions WHERE member_id = :alice ORDER BY number")
    ids = list(session.scalars(in_order, {"alice": alice}))
    forged = new_id()
    corrupt(session, SEALED_CORRUPTIONS["facts"], alice=alice)
    corrupt(session, f"DELETE FROM ledger_transactions {ALICES} AND number = 4", alice=alice)
    corrupt(session, FORGE, alice=alice, id=str(forged))
    named = {(one.invariant, place) for one in check_books(session, [alice]) for place in one.places}
    assert ("sealed transactions are as they were sealed", str(ids[1])) in named
    assert ("sealed transactions are as they were sealed", str(ids[3])) in named
    assert ("nothing was added behind a seal", str(forged)) in named


def test_every_kind_has_its_accounts() -> None:
    assert set(ACCOUNTS_MOVED) == set(KINDS)


def test_every_hour_who_was_touched_and_a_part_of_the_others_is_looked_at(
    session: Session, clock: ObedientClock, alice: UUID, boris: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "ROUND_MEMBERS_MINIMUM", 1)
    seal_round(session)
    assert reconcile_round(session) == 3  # both were touched, and one of them is this hour's part of everybody
    assert reconciliation.next_reconciliation(session) == system_now() + timedelta(hours=1)
    clock.advance(hours=1)
    earn(session, alice)
    seal_round(session)
    assert reconcile_round(session) == 2
    clock.advance(hours=1)
    assert reconcile_round(session) == 0
    figures = {metric.name: metric.samples[0].value for metric in measures.measures(session)}
    assert figures["molva_ledger_everybody_checked_timestamp"] == clock.now.timestamp()


def test_what_reconciliation_finds_is_frozen_kept_and_told(
    session: Session, clock: ObedientClock, alice: UUID, boris: UUID, client: FlaskClient
) -> None:
    corrupt(session, CORRUPTIONS["balance"], alice=alice)
    with capture_logs() as logs:
        reconcile_round(session)
    assert frozen(session) == {alice}
    assert (alice, "lots equal balances") in findings(session)
    assert {(line["log_level"], line["member"]) for line in logs if "a book is wrong" in line["event"]} == {
        ("error", str(alice))
    }
    beat(session, worker_id=new_id())
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert "1 members frozen" in ready.get_json()["alarms"]["ledger"]
    assert "molva_ledger_frozen_members 1.0" in client.get("/metrics").text


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_frozen_member_earns_and_cannot_spend(session: Session, alice: UUID, boris: UUID, corruption: str) -> None:
    corrupt(session, CORRUPTIONS[corruption], alice=alice)
    reconcile_round(session)
    if corruption != "deleted transaction":
        earn(session, alice)
    with pytest.raises(SpendingFrozen):
        reserve(session, alice, 1)
    reserve(session, boris, 1)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_only_a_person_unfreezes_and_only_a_book_that_is_right(session: Session, alice: UUID) -> None:
    with pytest.raises(BookNotFrozen):
        reconciliation.unfreeze(session, alice, who="Olga", reason="none")
    corrupt(session, CORRUPTIONS["lot's day"], alice=alice)
    reconcile_round(session)
    with pytest.raises(BookStillWrong) as refused:
        reconciliation.unfreeze(session, alice, who="Olga", reason="too early")
    assert refused.value.facts == {"invariants": "every lot burns on its day"}

    corrupt(session, CORRUPTIONS["lot's day"].replace("+", "-"), alice=alice)
    reconciliation.check_members(session, [alice])
    assert findings(session) == []
    assert frozen(session) == {alice}
    reconciliation.unfreeze(session, alice, who="Olga", reason="the row is restored from the copy")
    reserve(session, alice, 1)
    kept = session.execute(text("SELECT who, action, subject, reason FROM audit_log ORDER BY at DESC LIMIT 1")).one()
    assert tuple(kept) == ("Olga", "unfreeze", f"member:{alice}", "the row is restored from the copy")


def test_what_was_found_twice_is_kept_once(session: Session, alice: UUID) -> None:
    corrupt(session, CORRUPTIONS["lot's day"], alice=alice)
    for _ in range(2):
        reconciliation.check_members(session, [alice])
    assert findings(session) == [(alice, "every lot burns on its day")]


def test_features_above_the_ledger_add_what_they_keep_in_step(app: Flask, session: Session, alice: UUID) -> None:
    add_invariants(
        app,
        OutsideInvariant("reservations hold what is reserved", lambda _session, books: [(books[0].member_id, "r1")]),
    )
    (finding,) = check_books(session, [alice])
    assert (finding.invariant, finding.member_id, finding.places) == (
        "reservations hold what is reserved",
        alice,
        ("r1",),
    )


def test_the_worker_runs_all_of_it_and_tells_how_late_it_is(
    session: Session, clock: ObedientClock, client: FlaskClient, alice: UUID
) -> None:
    clock.advance(minutes=7)
    late = _figures(client)
    assert late["molva_job_lateness_seconds", "ledger_sealing"] == 7 * 60
    assert late["molva_job_maximum_lateness_seconds", "ledger_sealing"] == 300
    clock.advance(hours=1)
    run_due_jobs()
    now = _figures(client)
    assert now["molva_job_lateness_seconds", "ledger_sealing"] == 0
    assert now["molva_job_lateness_seconds", "ledger_reconciliation"] == 0
    assert now["molva_job_handled_total", "ledger_sealing"] == 6
    assert now["molva_job_last_success_timestamp", "ledger_reconciliation"] == clock.now.timestamp()
    assert now["molva_job_failures_total", "ledger_reconciliation"] == 0


def test_a_job_that_fails_is_counted(
    session: Session, clock: ObedientClock, client: FlaskClient, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("a broken disk")

    monkeypatch.setattr("backend.ledger.sealing._seal", fail)
    session.commit()
    run_due_jobs()
    assert _figures(client)["molva_job_failures_total", "ledger_sealing"] == 1


def _figures(client: FlaskClient) -> dict[tuple[str, ...], float]:
    from prometheus_client.parser import text_string_to_metric_families

    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }
