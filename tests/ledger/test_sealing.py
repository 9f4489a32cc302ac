"""The hash chain: every committed transaction is sealed once, whoever commits when, and can be proven with SHA-256."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import sealing, service
from backend.ledger.audit import check_chain, read_books
from backend.ledger.documents import merkle_path, merkle_root
from backend.shared.clock import system_now
from backend.shared.db import db, run_transaction
from tests.conftest import ObedientClock
from tests.factories.ledger import cause, corrupt, member_with_book


def earn(session: Session, member_id: UUID, *, times: int = 1) -> None:
    """The member earns, each time in a transaction of the ledger."""
    book = service.open_books(session, [member_id])[member_id]
    for _ in range(times):
        number = book.transactions_count + 1
        now = system_now()
        book.accrue(cause(f"earn:{number}", at=now, store="Покровка"), points=number, available_at=now, expires_at=None)
    service.write(session, [book])


def seal_round(session: Session) -> int:
    """A whole round of sealing; how many transactions it sealed."""
    sealed = 0
    while True:
        sealed += sealing.seal_due(session, system_now())
        if session.execute(text("SELECT ended_at FROM ledger_progress WHERE job = 'ledger_sealing'")).scalar_one():
            return sealed


def sealed(session: Session) -> list[tuple[int, UUID, int]]:
    rows = session.execute(
        text("SELECT seal_number, member_id, number FROM ledger_sealed_transactions ORDER BY seal_number, position")
    )
    return [tuple(row) for row in rows]


def test_a_round_seals_what_is_new_and_the_next_one_nothing(session: Session) -> None:
    alice, boris = member_with_book(session), member_with_book(session)
    earn(session, alice, times=2)
    earn(session, boris)
    assert seal_round(session) == 3
    assert seal_round(session) == 0
    earn(session, alice)
    assert seal_round(session) == 1
    assert sealed(session)[-1] == (2, alice, 3)
    assert list(check_chain(session)) == []


def test_segments_are_bounded_and_a_round_goes_on_where_the_last_batch_ended(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "SEGMENT_TRANSACTIONS", 4)
    members = [member_with_book(session) for _ in range(3)]
    for member_id in members:
        earn(session, member_id, times=3)
    assert sealing.seal_due(session, system_now()) >= 4
    assert seal_round(session) + len([row for row in sealed(session) if row[0] == 1]) == 9
    assert sorted((member_id, number) for _seal, member_id, number in sealed(session)) == sorted(
        (member_id, number) for member_id in members for number in (1, 2, 3)
    )
    assert list(check_chain(session)) == []


def test_sealing_is_due_a_minute_after_the_last_round(session: Session, clock: ObedientClock) -> None:
    assert sealing.next_sealing(session) is None
    earn(session, member_with_book(session))
    assert sealing.next_sealing(session) == system_now()
    seal_round(session)
    assert sealing.next_sealing(session) == system_now() + timedelta(minutes=1)


def test_a_transaction_is_proven_with_nothing_but_its_document_and_sha_256(session: Session) -> None:
    members = [member_with_book(session) for _ in range(5)]
    for member_id in members:
        earn(session, member_id, times=3)
    seal_round(session)
    earn(session, members[0])
    seal_round(session)
    seals = session.execute(text("SELECT * FROM ledger_seals ORDER BY number")).all()
    leaves = session.execute(text("SELECT * FROM ledger_sealed_transactions WHERE seal_number = 1 ORDER BY position"))
    hashes = [row.hash for row in leaves]
    book = read_books(session, [members[2]])[0]
    for document in book.transactions:
        position = next(
            place for place, row in enumerate(sealed(session)) if row[1:] == (members[2], document["number"])
        )

        as_bytes = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        value = hashlib.sha256(b"\x00" + as_bytes).digest()
        for side, neighbour in merkle_path(hashes, position):
            pair = neighbour + value if side == "left" else value + neighbour
            value = hashlib.sha256(b"\x01" + pair).digest()

        assert value == seals[0].merkle_root
    assert seals[1].previous_hash == seals[0].hash


@pytest.mark.parametrize("count", range(1, 34))
def test_every_leaf_of_a_tree_of_any_size_leads_to_its_root(count: int) -> None:
    leaves = [hashlib.sha256(bytes([number])).digest() for number in range(count)]
    for position, leaf in enumerate(leaves):
        value = leaf
        for side, neighbour in merkle_path(leaves, position):
            pair = neighbour + value if side == "left" else value + neighbour
            value = hashlib.sha256(b"\x01" + pair).digest()
        assert value == merkle_root(leaves)


def test_the_root_is_that_of_the_standard() -> None:
    # RFC 9162, 2.1.1: the tree of three leaves is the node of the first two, and the third.
    a, b, c = (bytes([number]) * 32 for number in (1, 2, 3))
    first_two = hashlib.sha256(b"\x01" + a + b).digest()
    assert merkle_root([a, b, c]) == hashlib.sha256(b"\x01" + first_two + c).digest()


@contextmanager
def open_transaction(app: Flask) -> Iterator[Session]:
    """A transaction of somebody else that stays open until the block ends."""
    with app.app_context():
        other = Session(db.engine)
        try:
            yield other
            other.commit()
        finally:
            other.close()


def _committed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> tuple[UUID, UUID]:
    # Without the tolerance for clocks, what keeps a late commit in sight is the look at open transactions alone.
    monkeypatch.setattr(sealing, "CLOCKS_APART_MILLISECONDS", 0)
    with app.app_context():
        return run_transaction(lambda session: (member_with_book(session), member_with_book(session)))


def test_what_is_committed_late_is_sealed_by_the_next_round(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, boris = _committed(committed_app, monkeypatch)

    def round_() -> int:
        with committed_app.app_context():
            return run_transaction(seal_round)

    def boris_earns() -> None:
        with committed_app.app_context():
            run_transaction(lambda session: earn(session, boris))

    with open_transaction(committed_app) as other:
        earn(other, alice, times=2)
        boris_earns()
        assert round_() == 1
        boris_earns()
        assert round_() == 1
        boris_earns()
        assert round_() == 1
    boris_earns()
    assert round_() == 3
    with committed_app.app_context():
        assert run_transaction(lambda session: sorted((row[1], row[2]) for row in sealed(session))) == sorted(
            [(alice, 1), (alice, 2), (boris, 1), (boris, 2), (boris, 3), (boris, 4)]
        )


def test_what_is_committed_between_two_batches_of_a_round_is_not_passed_by(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, boris = _committed(committed_app, monkeypatch)
    monkeypatch.setattr(sealing, "SEGMENT_TRANSACTIONS", 2)
    with open_transaction(committed_app) as other:
        earn(other, alice)
        with committed_app.app_context():
            run_transaction(lambda session: earn(session, boris, times=4))
            run_transaction(lambda session: sealing.seal_due(session, system_now()))
    with committed_app.app_context():
        run_transaction(seal_round)
        run_transaction(lambda session: earn(session, boris))
        run_transaction(seal_round)
        assert run_transaction(lambda session: {row[1:] for row in sealed(session)}) >= {(alice, 1)}


def test_a_book_that_every_round_passed_by_is_sealed_when_somebody_looks_at_it(session: Session) -> None:
    alice, boris = member_with_book(session), member_with_book(session)
    earn(session, alice, times=2)
    earn(session, boris)
    # As if the machine of Alice's till had lived days ago by its clock.
    session.execute(
        text(
            "INSERT INTO ledger_progress (job, worked_at, ended_at, place, next_place) "
            "VALUES ('ledger_sealing', :now, :now, :far, :far)"
        ),
        {"now": system_now(), "far": UUID(int=2**128 - 1)},
    )
    assert sealing.seal_overlooked(session, [alice, boris]) == 3
    assert sealing.seal_overlooked(session, [alice, boris]) == 0
    assert list(check_chain(session)) == []


def test_two_workers_seal_one_after_the_other(committed_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, _boris = _committed(committed_app, monkeypatch)
    with committed_app.app_context():
        run_transaction(lambda session: earn(session, alice, times=3))
    with open_transaction(committed_app) as other:
        assert sealing.seal_due(other, system_now()) == 3
        with committed_app.app_context(), pytest.raises(Exception, match="lock timeout"):
            run_transaction(
                lambda session: [
                    session.execute(text("SET LOCAL lock_timeout = '50ms'")),
                    sealing.seal_due(session, system_now()),
                ]
            )
    with committed_app.app_context():
        assert run_transaction(seal_round) == 0


def test_seals_are_append_only(session: Session) -> None:
    earn(session, member_with_book(session))
    seal_round(session)
    for table in ("ledger_seals", "ledger_sealed_transactions"):
        with pytest.raises(Exception, match="append-only"), session.begin_nested():
            session.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_seals SET merkle_root = decode(repeat('00', 32), 'hex') WHERE number = 2",
        "UPDATE ledger_seals SET hash = decode(repeat('00', 32), 'hex') WHERE number = 2",
        "UPDATE ledger_seals SET sealed_at = sealed_at + interval '1 second' WHERE number = 2",
        "UPDATE ledger_sealed_transactions SET hash = decode(repeat('00', 32), 'hex') WHERE seal_number = 2",
        "DELETE FROM ledger_sealed_transactions WHERE seal_number = 2",
        "DELETE FROM ledger_seals WHERE number = 2",
    ],
)
def test_a_chain_that_was_touched_is_named(session: Session, change: str) -> None:
    alice = member_with_book(session)
    for _ in range(3):
        earn(session, alice)
        seal_round(session)
    assert list(check_chain(session)) == []
    corrupt(session, change)
    named = [place for finding in check_chain(session) for place in finding.places]
    assert named[0] in {"seal 2", "seal 3"}
