"""Returns: whole, by line, by amount, several times; the points follow without loss or gain."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.receipts.allocation import points_to_take_back
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from tests.conftest import ObedientClock
from tests.factories.till import OpenTill, guest, open_till

ENGLISH = Reader("en", "Europe/Moscow")
LINES = [
    {"sku": "BEANS", "category": "beans", "quantity": 2, "amount": 60_000},
    {"sku": "CUP", "quantity": 1, "amount": 10_000},
]


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    return open_till(session, client)


def _give_back(till: OpenTill, *, external_id: str = "return-1", **fields: object):
    body = {"external_id": external_id, "occurred_at": business_now().isoformat()} | fields
    return till.post("/receipts/sale-1/returns", body)


def test_a_whole_return_of_pending_points_leaves_a_cancelled_row_and_no_negative_one(
    till: OpenTill, session: Session
) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    answer = _give_back(till)
    assert answer.status_code == 201
    assert (answer.json["amount"], answer.json["points_taken_back"], answer.json["points_owed"]) == (70_000, 35, 0)
    assert [(row.points, row.status) for row in ledger.entries(session, alice, reader=ENGLISH)] == [(35, "cancelled")]


def test_a_return_by_line_takes_its_share(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    answer = _give_back(till, lines=[{"sku": "BEANS", "quantity": 1}])
    assert (answer.json["amount"], answer.json["points_taken_back"]) == (30_000, 15)
    assert ledger.balance(session, alice).pending == 20


def test_returns_in_parts_take_back_all_and_nothing_more(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    taken = [
        _give_back(till, external_id=f"r{number}", amount=amount).json["points_taken_back"]
        for number, amount in enumerate([1, 33_333, 33_333, 3_333])
    ]
    assert sum(taken) == 35
    assert ledger.balance(session, alice) == ledger.Balance()


def test_more_than_was_sold_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    assert _give_back(till, lines=[{"sku": "CUP", "quantity": 2}]).json["type"] == "more-than-sold"
    assert _give_back(till, amount=70_001).status_code == 422
    assert ledger.balance(session, alice).pending == 35


def test_a_line_is_returned_once(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    assert _give_back(till, lines=[{"sku": "CUP", "quantity": 1}]).status_code == 201
    again = _give_back(till, external_id="return-2", lines=[{"sku": "CUP", "quantity": 1}])
    assert again.json["type"] == "more-than-sold"


def test_a_repeated_return_is_answered_as_before(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    fields = {"occurred_at": business_now().isoformat(), "amount": 7_000}
    first, second = _give_back(till, **fields), _give_back(till, **fields)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert ledger.balance(session, alice).pending == 31


def test_a_return_of_an_unknown_receipt_is_not_found(till: OpenTill) -> None:
    assert _give_back(till).json["type"] == "unknown-receipt"


def test_points_that_were_available_are_taken_back_from_there(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    clock.advance(days=14)
    ledger_service.release_due(session, clock.now)
    _give_back(till, lines=[{"sku": "CUP", "quantity": 1}])
    assert ledger.balance(session, alice) == ledger.Balance(available=30)
    rows = [(row.kind, row.points, row.status) for row in ledger.entries(session, alice, reader=ENGLISH)]
    assert rows == [("return", -5, "posted"), ("accrual", 35, "posted")]


def test_points_that_are_gone_become_a_debt_that_the_next_receipt_pays(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    clock.advance(days=14)
    ledger_service.release_due(session, clock.now)
    clock.advance(days=365)
    ledger_service.expire_due(session, clock.now)
    answer = _give_back(till)
    assert (answer.json["points_owed"], answer.json["balance"]["debt"]) == (35, 35)
    till.sell(alice, 100_000, external_id="sale-2")
    clock.advance(days=14)
    ledger_service.release_due(session, clock.now)
    assert ledger.balance(session, alice) == ledger.Balance(available=15)
    posted = [row.points for row in ledger.entries(session, alice, reader=ENGLISH) if row.status == "posted"]
    assert sum(posted) == 15


@given(
    points=st.integers(0, 10**6),
    total=st.integers(1, 10**8),
    parts=st.lists(st.integers(1, 10**7), max_size=8),
)
def test_parts_of_a_return_never_take_more_than_the_whole(points: int, total: int, parts: list[int]) -> None:
    taken = returned = 0
    for part in [*parts, total]:
        returned = min(total, returned + part)
        due = points_to_take_back(points=points, taken_back=taken, total_minor=total, returned_minor=returned)
        assert due >= 0
        taken += due
    assert taken == points
