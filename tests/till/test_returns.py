"""Returns: whole, by line, by amount, several times; the points follow without loss or gain."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from tests.conftest import ObedientClock
from tests.factories.till import OpenTill, fresh_code, guest, with_points

pytestmark = pytest.mark.usefixtures("books_agree")

ENGLISH = Reader("en", "Europe/Moscow")
LINES = [
    {"sku": "BEANS", "category": "beans", "quantity": 2, "amount": 60_000},
    {"sku": "CUP", "quantity": 1, "amount": 10_000},
]


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


def test_points_that_were_taken_back_before_they_came_say_so(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    _give_back(till, lines=[{"sku": "BEANS", "quantity": 1}])
    _give_back(till, external_id="return-2")
    [entry] = ledger.entries(session, alice, reader=ENGLISH)
    why = ledger.explanation(session, alice, entry.id, reader=ENGLISH)
    assert why.text == "They came from the purchase you returned."
    assert [(step.text, step.figure) for step in why.steps[2:]] == [
        ("Returned of ₽700", "₽300"),
        ("Points for it, taken back", "−15"),
        ("Returned of ₽700", "₽400"),
        ("Points for it, taken back", "−20"),
    ]


def test_what_a_debt_took_stands_with_the_points_that_paid_it(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    clock.advance(days=15)
    ledger_service.release_due(session, clock.now)
    till.reserve(fresh_code(session, alice), 30, 100_000, external_id="sale-2")
    _give_back(till)
    till.sell(alice, 100_000, external_id="sale-3")
    reserved = ledger.balance(session, alice)
    assert (reserved.debt, reserved.pending) == (30, 50)
    newest = ledger.entries(session, alice, reader=ENGLISH)[0]
    steps = ledger.explanation(session, alice, newest.id, reader=ENGLISH).steps
    assert [step.text for step in steps] == ["Receipt", "5% of it, rounded down"]
    clock.advance(days=15)
    ledger_service.release_due(session, clock.now)
    assert ledger.balance(session, alice).debt == 0
    for reader, words, figure in (
        (ENGLISH, "Of these, paid off what was owed", "30 points"),
        (Reader("ru", "Europe/Moscow"), "Из них на долг", "30 баллов"),
    ):
        step = ledger.explanation(session, alice, newest.id, reader=reader).steps[-1]
        assert (step.text, step.figure.replace("\xa0", " ")) == (words, figure)


def test_a_return_is_answered_as_before_however_late_and_though_our_clock_was_put_back(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    till.sell(guest(session), 70_000, lines=LINES)
    at = business_now().isoformat()
    first = _give_back(till, occurred_at=at)
    clock.advance(hours=-1)
    early = _give_back(till, occurred_at=at)
    clock.advance(days=100)
    late = _give_back(till, occurred_at=at)
    assert (first.status_code, early.status_code, late.status_code) == (201, 200, 200)
    assert first.json == early.json == late.json


def test_a_return_of_a_till_whose_clock_is_behind_counts_from_the_sale_on(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    sold_at = business_now()
    answer = _give_back(till, occurred_at=(sold_at - timedelta(days=365)).isoformat(), amount=30_000)
    assert (answer.status_code, answer.json["points_taken_back"]) == (201, 15)
    counts = text("SELECT min(effective_at) FROM ledger_transactions WHERE member_id = :alice AND kind = 'return'")
    assert session.scalar(counts, {"alice": alice}) == sold_at


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


def test_returns_in_parts_take_back_all_that_is_available_and_nothing_more(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    with_points(session, alice, 100)
    clock.advance(days=14)
    ledger_service.release_due(session, clock.now)
    taken = [
        _give_back(till, external_id=f"r{number}", amount=amount).json["points_taken_back"]
        for number, amount in enumerate([1, 33_333, 33_333, 3_333])
    ]
    assert sum(taken) == 35
    assert ledger.balance(session, alice) == ledger.Balance(available=100)


def test_what_came_back_whole_is_never_due_again(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    till.sell(guest(session), 70_000)
    _give_back(till)
    assert ledger_service.next_release(session) is None
    clock.advance(days=15)
    assert ledger_service.release_due(session, clock.now) == 0


def test_more_than_was_sold_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    assert _give_back(till, lines=[{"sku": "CUP", "quantity": 2}]).json["type"] == "more-than-sold"
    too_much = _give_back(till, amount=70_001)
    assert too_much.status_code == 422
    assert too_much.json["detail"] == "Still to be returned: ₽700. Nothing was changed."
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


def test_a_return_of_the_same_number_with_another_content_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    at = business_now().isoformat()
    assert _give_back(till, occurred_at=at, amount=7_000).status_code == 201
    for other in ({"amount": 7_001}, {"lines": [{"sku": "CUP", "quantity": 1}]}, {}):
        answer = _give_back(till, **{"occurred_at": at} | other)
        assert (answer.status_code, answer.json["type"]) == (422, "different-content")
    assert ledger.balance(session, alice).pending == 31


def test_a_return_from_the_future_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000)
    tomorrow = (business_now() + timedelta(days=1)).isoformat()
    assert _give_back(till, occurred_at=tomorrow).json["type"] == "receipt-from-the-future"
    assert ledger.balance(session, alice).pending == 35


def test_a_return_that_comes_late_stands_on_its_own_day(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    till.sell(alice, 70_000)
    clock.advance(days=2)
    yesterday = business_now() - timedelta(days=1)
    _give_back(till, occurred_at=yesterday.isoformat(), amount=7_000)
    assert ledger.entries(session, alice, reader=ENGLISH)[0].occurred_at == yesterday
    assert ledger.balance_as_of(session, alice, yesterday).pending == 31
    assert ledger.balance_as_of(session, alice, yesterday, dating="recorded").pending == 35


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


def test_a_gift_card_that_comes_back_takes_no_points_with_it(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    lines = [
        {"sku": "CARD", "category": "gift-card", "quantity": 1, "amount": 50_000},
        {"sku": "BEANS", "category": "beans", "quantity": 1, "amount": 20_000},
    ]
    assert till.sell(alice, 70_000, lines=lines).json["points_pending"] == 10
    card = till.give_back(external_id="r1", lines=[{"sku": "CARD", "quantity": 1}])
    assert (card.json["amount"], card.json["points_taken_back"]) == (50_000, 0)
    beans = till.give_back(external_id="r2", lines=[{"sku": "BEANS", "quantity": 1}])
    assert (beans.json["amount"], beans.json["points_taken_back"]) == (20_000, 10)
