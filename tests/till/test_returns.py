"""Returns: whole, by line, by amount, several times; the points follow without loss or gain."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.programmes import service as programmes
from backend.receipts.allocation import AllocatedLine, LineLeft, Returned, earning_part, points_to_take_back
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from tests.conftest import ObedientClock
from tests.factories.ledger import findings
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, open_till, with_points

ENGLISH = Reader("en", "Europe/Moscow")
LINES = [
    {"sku": "BEANS", "category": "beans", "quantity": 2, "amount": 60_000},
    {"sku": "CUP", "quantity": 1, "amount": 10_000},
]


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    return open_till(session, client)


@pytest.fixture(autouse=True)
def _books_agree(request: pytest.FixtureRequest):
    """Whatever a test did, the auditor finds nothing."""
    session = request.getfixturevalue("session") if "session" in request.fixturenames else None
    yield
    if session is not None:
        assert findings(session) == []


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


def test_the_guest_is_told_of_a_return_and_of_what_is_owed(till: OpenTill, session: Session) -> None:
    programmes.load(session, FORGIVING.replace("forgive", "owe"), in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 10)
    _paid(till, session, alice, 70_000, 10)
    _paid(till, session, alice, 3_400, 34, external_id="sale-2")
    session.execute(text("DELETE FROM deliveries"))
    session.execute(text("DELETE FROM messages"))
    till.give_back(external_id="r1", amount=1_000)
    till.give_back(external_id="r2")
    told = session.execute(text("SELECT kind, facts FROM messages WHERE member_id = :id"), {"id": alice})
    assert sorted((kind, facts["points"], facts.get("owed", 0)) for kind, facts in told) == [
        ("points_given_back", 10, 0),
        ("receipt_returned_owed", -33, 24),
        ("receipt_returned_owed", -1, 1),
    ]


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


FORGIVING = DEMO_PROGRAMME.replace("availability: {pending_days: 14}", "availability: {pending_days: 0}") + (
    "returns: {debt: forgive}\n"
)


def _paid(
    till: OpenTill,
    session: Session,
    member_id: UUID,
    total: int,
    points: int,
    *,
    external_id: str = "sale-1",
    **fields: object,
):
    """A sale that is paid with points in part."""
    held = till.reserve(fresh_code(session, member_id), points, total, external_id=external_id)
    assert held.status_code == 201, held.text
    answer = till.sell(member_id, total, reservation_id=held.json["id"], external_id=external_id, **fields)
    assert answer.status_code == 201, answer.text
    return answer


def test_points_that_paid_come_back_with_their_day_of_burning_and_money_is_the_rest(
    till: OpenTill, session: Session
) -> None:
    alice = guest(session)
    with_points(session, alice, 500, days=40)
    _paid(till, session, alice, 70_000, 300)
    answer = till.give_back()
    told = {name: answer.json[name] for name in ("amount", "refund_amount", "points_given_back", "points_taken_back")}
    assert told == {"amount": 70_000, "refund_amount": 40_000, "points_given_back": 300, "points_taken_back": 20}
    assert ledger.balance(session, alice) == ledger.Balance(available=500)
    [burning] = ledger.expiring(session, alice, zone="UTC")
    assert (burning.points, burning.expires_on) == (500, (business_now() + timedelta(days=40)).date())
    entries = ledger.entries(session, alice, reader=ENGLISH)
    rows = [(row.kind, row.points, row.status) for row in entries]
    assert ("return", 300, "posted") in rows
    assert ("accrual", 20, "cancelled") in rows
    back = next(row.id for row in entries if row.kind == "return")
    assert "+300" in [step.figure for step in ledger.explanation(session, alice, back, reader=ENGLISH).steps]


def test_points_that_come_back_to_a_lot_that_has_burnt_burn_as_the_rest_of_it_did(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    with_points(session, alice, 500, days=40)
    _paid(till, session, alice, 70_000, 300)
    clock.advance(days=40)
    assert ledger_service.expire_due(session, clock.now) == 1
    for external_id, part in (("return-1", {"amount": 20_000}), ("return-2", {})):
        assert till.give_back(external_id=external_id, **part).json["points_given_back"] > 0
        ledger_service.expire_due(session, clock.now)
        assert ledger.balance(session, alice).available == 0
    burnt = [row.points for row in ledger.entries(session, alice, reader=ENGLISH) if row.kind == "expiry"]
    assert sum(burnt) == -500


def test_points_that_paid_come_back_to_the_last_one_in_however_many_parts(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 101, days=20)
    with_points(session, alice, 100, days=300)
    _paid(till, session, alice, 70_000, 199, lines=LINES)
    parts = [{"amount": 1}, {"amount": 33_333}, {"lines": [{"sku": "CUP", "quantity": 1}]}, {}]
    answers = [till.give_back(external_id=f"r{number}", **part).json for number, part in enumerate(parts)]
    assert sum(answer["amount"] for answer in answers) == 70_000
    assert sum(answer["refund_amount"] for answer in answers) == 70_000 - 19_900
    assert sum(answer["points_given_back"] for answer in answers) == 199
    assert min(answer["refund_amount"] for answer in answers) >= 0
    assert ledger.balance(session, alice) == ledger.Balance(available=201)
    burning = [(one.points, one.expires_on) for one in ledger.expiring(session, alice, zone="UTC")]
    assert [points for points, _ in burning] == [101, 100]


def test_a_part_of_the_points_that_paid_comes_back_to_the_youngest_lot_first(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 101, days=20)
    with_points(session, alice, 100, days=300)
    _paid(till, session, alice, 70_000, 199)
    assert till.give_back(amount=35_000).json["points_given_back"] == 99
    burning = [one.points for one in ledger.expiring(session, alice, zone="UTC")]
    assert burning == [1, 100]


def test_what_points_paid_whole_is_never_refunded_in_money(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 10)
    _paid(till, session, alice, 1_000, 10)
    answers = [till.give_back(external_id=f"r{number}", amount=50).json for number in range(20)]
    assert sum(answer["refund_amount"] for answer in answers) == 0
    assert sum(answer["points_given_back"] for answer in answers) == 10
    assert ledger.balance(session, alice) == ledger.Balance(available=10)


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


def _earn_and_spend(till: OpenTill, session: Session, member_id: UUID) -> None:
    """A purchase whose points are spent at once on another one."""
    till.sell(member_id, 70_000)
    _paid(till, session, member_id, 3_500, 35, external_id="sale-2")


def test_points_that_were_spent_are_owed_and_the_guest_sees_why(till: OpenTill, session: Session) -> None:
    terms = FORGIVING.replace("forgive", "owe")
    programmes.load(session, terms, in_force_from=business_now())
    alice = guest(session)
    _earn_and_spend(till, session, alice)
    answer = till.give_back()
    assert (answer.json["points_taken_back"], answer.json["points_owed"], answer.json["balance"]["debt"]) == (
        35,
        35,
        35,
    )
    newest = ledger.entries(session, alice, reader=ENGLISH)[0]
    assert (newest.kind, newest.points, newest.title) == ("return", -35, "Return: Pokrovka 12")
    why = ledger.explanation(session, alice, newest.id, reader=ENGLISH)
    assert why.text == (
        "They came from the purchase you returned. 35\xa0points were spent already: your next points make up for them."
    )
    assert ("Of these spent already, owed", "35") in [(step.text, step.figure) for step in why.steps]
    assert till.sell(alice, 100_000, external_id="sale-3").json["points_earned"] == 50
    assert ledger.balance(session, alice) == ledger.Balance(available=15)


def test_a_forgiving_programme_asks_nothing_back_and_says_so(till: OpenTill, session: Session) -> None:
    programmes.load(session, FORGIVING, in_force_from=business_now())
    alice = guest(session)
    _earn_and_spend(till, session, alice)
    answer = till.give_back()
    assert (answer.json["points_owed"], answer.json["points_forgiven"], answer.json["balance"]["debt"]) == (0, 35, 0)
    assert ledger.balance(session, alice) == ledger.Balance()
    rows = ledger.entries(session, alice, reader=ENGLISH)
    assert [(row.kind, row.points) for row in rows[:2]] == [("adjustment", 35), ("return", -35)]
    assert rows[0].title == "The shop asks for nothing back"
    assert sum(row.points for row in rows if row.status == "posted") == 0


def test_other_points_of_the_guest_go_before_anything_is_owed(till: OpenTill, session: Session) -> None:
    programmes.load(session, FORGIVING.replace("forgive", "owe"), in_force_from=business_now())
    alice = guest(session)
    _earn_and_spend(till, session, alice)
    till.sell(alice, 100_000, external_id="sale-3")
    answer = till.give_back()
    assert (answer.json["points_taken_back"], answer.json["points_owed"]) == (35, 0)
    assert ledger.balance(session, alice) == ledger.Balance(available=15)


def test_points_that_paid_make_up_for_points_that_were_earned(till: OpenTill, session: Session) -> None:
    """Otherwise a guest would owe points and have some at once."""
    programmes.load(session, FORGIVING.replace("forgive", "owe"), in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 20)
    _paid(till, session, alice, 70_000, 20)
    _paid(till, session, alice, 3_400, 34, external_id="sale-2")
    answer = till.give_back()
    assert (answer.json["points_given_back"], answer.json["points_taken_back"], answer.json["points_owed"]) == (
        20,
        34,
        14,
    )
    assert ledger.balance(session, alice) == ledger.Balance(debt=14)


def test_a_purchase_and_its_return_bring_nobody_a_gain(till: OpenTill, session: Session) -> None:
    programmes.load(session, FORGIVING.replace("forgive", "owe"), in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 50)
    for number in range(3):
        _paid(till, session, alice, 90_000, 50, external_id=f"s{number}")
        till.give_back(of=f"s{number}", external_id=f"r{number}")
    assert ledger.balance(session, alice) == ledger.Balance(available=50)


@given(
    paid=st.integers(0, 10**6),
    total=st.integers(1, 10**7),
    parts=st.lists(st.integers(1, 10**6), max_size=8),
)
def test_shares_of_a_return_add_up_to_what_was_paid(paid: int, total: int, parts: list[int]) -> None:
    points = min(paid, total // 100)
    given_back = refunded = returned = 0
    for part in [*parts, total]:
        returned = min(total, returned + part)
        so_far = Returned(total, returned)
        back = so_far.points_to_give_back(points=points, given_back=given_back)
        refunded_now = so_far.refunded_minor(paid_with_points_minor=points * 100) - refunded
        assert back >= 0
        assert refunded_now >= 0
        given_back, refunded = given_back + back, refunded + refunded_now
        assert refunded + given_back * 100 <= returned
    assert (given_back, refunded) == (points, total - points * 100)


@given(
    lines=st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), min_size=1, max_size=5),
    parts=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 10**6)), max_size=8),
    points=st.integers(1, 10**5),
)
def test_earned_points_go_with_the_goods_that_earned_them(lines, parts, points: int) -> None:
    """Lines and amounts come back in any order: what is taken back only grows, and in the end it is all."""
    total = sum(amount for amount, _ in lines)
    left, returned, taken = [amount for amount, _ in lines], 0, 0
    for place, amount in [*parts, (None, total)]:
        allocated = []
        if place is None:
            amount = total - returned
            allocated = [AllocatedLine(number, Decimal(1), part) for number, part in enumerate(left) if part]
        elif place < len(lines):
            amount = min(amount, left[place], total - returned)
            allocated = [AllocatedLine(place, Decimal(1), amount)] if amount else []
        else:
            amount = min(amount, total - returned)
        sold = [
            LineLeft(number, "A", "earns" if earns else None, Decimal(1), whole, Decimal(1), left[number])
            for number, (whole, earns) in enumerate(lines)
        ]
        returned += amount
        part = earning_part(
            sold,
            allocated,
            whole=Returned(total, returned),
            weight=lambda line: line.amount_minor if line.category == "earns" else 0,
        )
        due = part.points_to_take_back(points=points, taken_back=taken)
        assert due >= 0
        taken += due
        for line in allocated:
            left[line.position] -= line.amount_minor
    assert taken == points
