"""Receipts that are paid with points: confirmed together with them, and earning only on what was paid in money."""

import pytest
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.shared.wording import Reader
from backend.till.reserving import LEASE
from tests.conftest import ObedientClock
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, sale, with_points

pytestmark = pytest.mark.usefixtures("books_agree")

ENGLISH = Reader("en", "Europe/Moscow")


@pytest.fixture
def alice(till: OpenTill, session: Session):
    """Alice with 500 points to spend."""
    alice = guest(session)
    with_points(session, alice, 500)
    return alice


def _held(till: OpenTill, session: Session, alice, *, points: int = 300, amount: int = 70_000) -> str:
    answer = till.reserve(fresh_code(session, alice), points, amount)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def test_a_receipt_confirms_its_reservation_and_earns_on_the_money_alone(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    answer = till.sell(alice, 70_000, reservation_id=held)
    assert answer.status_code == 201
    assert (answer.json["points_spent"], answer.json["discount"]) == (300, 30_000)
    assert answer.json["points_pending"] == 20
    assert answer.json["balance"] == {"available": 200, "pending": 20, "reserved": 0, "debt": 0}
    kinds = [(row.kind, row.points) for row in ledger.entries(session, alice, reader=ENGLISH)]
    assert sorted(kinds) == [("accrual", 20), ("accrual", 500), ("spend", -300)]


def test_a_receipt_that_needs_fewer_says_what_was_put_back(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice, points=300)
    assert till.sell(alice, 20_000, reservation_id=held).json["points_spent"] == 200
    spent = next(row for row in ledger.entries(session, alice, reader=ENGLISH) if row.kind == "spend")
    steps = ledger.explanation(session, alice, spent.id, reader=ENGLISH).steps
    assert [(step.text, step.figure.replace("\xa0", " ")) for step in steps] == [
        ("Set aside at the till", "300 points"),
        ("Not needed, put back", "100 points"),
        ("Paid with points", "₽200"),
        ("Points for it", "−200"),
    ]


def test_the_explanation_names_what_did_not_count(till: OpenTill, session, alice) -> None:
    lines = [
        {"sku": "CARD", "category": "gift-card", "quantity": 1, "amount": 50_000},
        {"sku": "BEANS", "category": "beans", "quantity": 1, "amount": 50_000},
    ]
    held = _held(till, session, alice, amount=100_000)
    till.sell(alice, 100_000, lines=lines, reservation_id=held)
    earned = next(row for row in ledger.entries(session, alice, reader=ENGLISH) if row.status == "pending")
    assert earned.points == 17
    for reader, words in (
        (
            ENGLISH,
            [
                ("Receipt", "₽1,000"),
                ("Gift cards bring no points", "−₽500"),
                ("Paid with points", "−₽150"),
                ("What counts", "₽350"),
                ("5% of it, rounded down", "+17"),
            ],
        ),
        (
            Reader("ru", "Europe/Moscow"),
            [
                ("Чек", "1\xa0000\xa0₽"),
                ("За подарочные карты баллов нет", "−500\xa0₽"),
                ("Оплачено баллами", "−150\xa0₽"),
                ("Учтено", "350\xa0₽"),
                ("5\xa0% от суммы, с округлением вниз", "+17"),
            ],
        ),
    ):
        steps = ledger.explanation(session, alice, earned.id, reader=reader).steps
        assert [step.figure for step in steps] == [figure for _, figure in words]
        assert [step.text for step in steps][1:4] == [text for text, _ in words][1:4]


def test_a_gift_card_brings_no_points(till: OpenTill, session, alice) -> None:
    line = {"sku": "CARD", "category": "gift-card", "quantity": 1, "amount": 70_000}
    assert till.sell(alice, 70_000, lines=[line]).json["points_pending"] == 0


def test_goods_and_payments_bring_no_points_where_the_programme_says_so(till: OpenTill, session, alice) -> None:
    terms = "earning_exclusions: {categories: [tobacco], payment_kinds: [gift_card]}\n"
    programmes.load(session, DEMO_PROGRAMME + terms, in_force_from=business_now())
    lines = [
        {"sku": "PIPE", "category": "tobacco", "quantity": 1, "amount": 20_000},
        {"sku": "BEANS", "category": "beans", "quantity": 1, "amount": 80_000},
    ]
    payments = [{"kind": "gift_card", "amount": 50_000}, {"kind": "card", "amount": 50_000}]
    answer = till.sell(alice, 100_000, lines=lines, payments=payments)
    assert answer.json["points_pending"] == 20
    earned = next(row for row in ledger.entries(session, alice, reader=ENGLISH) if row.status == "pending")
    steps = ledger.explanation(session, alice, earned.id, reader=ENGLISH).steps
    assert [(step.text, step.figure) for step in steps][1:4] == [
        ("Goods that bring no points", "−₽200"),
        ("Paid in a way that brings no points", "−₽400"),
        ("What counts", "₽400"),
    ]


@pytest.mark.parametrize(
    ("payments", "status"),
    [
        ([], 201),
        ([("card", 40_000)], 201),
        ([("card", 30_000), ("cash", 10_000)], 201),
        ([("points", 30_000), ("cash", 40_000)], 201),
        ([("card", 70_000)], 422),
        ([("card", 40_001)], 422),
        ([("points", 29_999), ("cash", 40_001)], 422),
    ],
)
def test_payments_are_the_total_less_what_points_paid(till: OpenTill, session, alice, payments, status: int) -> None:
    held = _held(till, session, alice)
    listed = [{"kind": kind, "amount": amount} for kind, amount in payments]
    answer = till.sell(alice, 70_000, reservation_id=held, payments=listed)
    assert answer.status_code == status
    if status == 422:
        assert answer.json["type"] == "payments-not-matching"
        assert ledger.balance(session, alice).reserved == 300


def test_points_cannot_be_a_payment_without_a_reservation(till: OpenTill, session, alice) -> None:
    answer = till.sell(
        alice, 70_000, payments=[{"kind": "points", "amount": 30_000}, {"kind": "card", "amount": 40_000}]
    )
    assert answer.json["type"] == "payments-not-matching"


def test_a_receipt_that_came_to_less_takes_fewer_points_and_puts_the_rest_back(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    answer = till.sell(alice, 20_050, reservation_id=held)
    assert (answer.json["points_spent"], answer.json["points_earned"], answer.json["points_pending"]) == (200, 0, 0)
    assert ledger.balance(session, alice) == ledger.Balance(available=300)


def test_a_receipt_of_nothing_takes_no_points(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    assert till.sell(alice, 0, reservation_id=held).json["points_spent"] == 0
    assert ledger.balance(session, alice) == ledger.Balance(available=500)


def test_the_same_receipt_again_spends_once(till: OpenTill, session, alice) -> None:
    body = sale(alice, 70_000, reservation_id=_held(till, session, alice))
    first, second = till.post("/receipts", body), till.post("/receipts", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert ledger.balance(session, alice) == ledger.Balance(available=200, pending=20)


def test_the_same_number_without_its_reservation_is_another_content(till: OpenTill, session, alice) -> None:
    till.sell(alice, 70_000, reservation_id=_held(till, session, alice))
    assert till.sell(alice, 70_000).json["type"] == "different-content"


def test_one_reservation_pays_one_receipt(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    till.sell(alice, 70_000, reservation_id=held)
    answer = till.sell(alice, 70_000, reservation_id=held, external_id="sale-2")
    assert (answer.status_code, answer.json["type"]) == (409, "reservation-confirmed")
    assert ledger.balance(session, alice) == ledger.Balance(available=200, pending=20)


def test_one_reservation_pays_one_receipt_of_a_batch(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    receipts = [sale(alice, 70_000, external_id=f"sale-{number}", reservation_id=held) for number in (1, 2)]
    items = till.post("/receipts/batch", {"receipts": receipts}).json["items"]
    assert [item["status"] for item in items] == ["recorded", "refused"]
    assert ledger.balance(session, alice) == ledger.Balance(available=200, pending=20)


def test_a_receipt_may_come_after_its_reservation_was_confirmed(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    till.post(f"/reservations/{held}/confirm", {"points": 200})
    answer = till.sell(alice, 70_000, reservation_id=held)
    assert (answer.status_code, answer.json["points_spent"], answer.json["points_pending"]) == (201, 200, 25)
    again = till.sell(alice, 70_000, reservation_id=held, external_id="sale-2")
    assert again.json["type"] == "reservation-confirmed"
    assert till.post(f"/reservations/{held}/confirm", {"points": 200}).status_code == 200


def test_a_receipt_that_comes_after_its_confirmation_leaves_others_theirs(till: OpenTill, session, alice) -> None:
    numbers = ("sale-1", "sale-2")
    held = [till.reserve(fresh_code(session, alice), 50, 60_000, external_id=number).json["id"] for number in numbers]
    for reservation_id in held:
        till.post(f"/reservations/{reservation_id}/confirm", {})
    for number, reservation_id in zip(numbers, held, strict=True):
        sold = till.sell(alice, 60_000, external_id=number, reservation_id=reservation_id)
        assert (sold.status_code, sold.json["points_spent"]) == (201, 50)


def test_a_receipt_whose_reservation_is_over_is_refused_whole(
    till: OpenTill, session, alice, clock: ObedientClock
) -> None:
    cancelled = _held(till, session, alice)
    till.post(f"/reservations/{cancelled}/cancel", {})
    answer = till.sell(alice, 70_000, reservation_id=cancelled)
    assert (answer.status_code, answer.json["type"]) == (409, "reservation-cancelled")
    late = till.reserve(fresh_code(session, alice), 300, 70_000, external_id="sale-9").json["id"]
    clock.advance(seconds=LEASE.total_seconds())
    assert till.sell(alice, 70_000, reservation_id=late).json["type"] == "reservation-timed-out"
    assert ledger.balance(session, alice).pending == 0


def test_a_receipt_too_small_for_a_point_comes_too_late_all_the_same(
    till: OpenTill, session, alice, clock: ObedientClock
) -> None:
    late = _held(till, session, alice)
    clock.advance(seconds=LEASE.total_seconds())
    assert till.sell(alice, 86, reservation_id=late).json["type"] == "reservation-timed-out"


def test_a_reservation_names_its_guest(till: OpenTill, session, alice) -> None:
    body = sale(alice, 70_000, reservation_id=_held(till, session, alice))
    del body["member_id"]
    answer = till.post("/receipts", body)
    assert (answer.json["points_spent"], answer.json["unattached"]) == (300, False)


def test_a_reservation_of_another_guest_pays_nothing(till: OpenTill, session, alice) -> None:
    boris = guest(session, "+79120000002")
    answer = till.sell(boris, 70_000, reservation_id=_held(till, session, alice))
    assert (answer.status_code, answer.json["type"]) == (422, "reservation-for-another-receipt")
    assert ledger.balance(session, alice).reserved == 300


def test_another_stores_reservation_pays_nothing(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    other = bearer(a_till_key(session, a_store(session, code="arbat").id))
    body = sale(alice, 70_000, reservation_id=held)
    answer = till.client.post("/api/v1/till/receipts", json=body, headers=other)
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-reservation")
    assert till.sell(alice, 70_000, reservation_id=str(new_id())).json["type"] == "unknown-reservation"


def test_nothing_is_spent_offline(till: OpenTill, session, alice) -> None:
    answer = till.sell(alice, 70_000, reservation_id=_held(till, session, alice), offline=True)
    assert (answer.status_code, answer.json["type"]) == (422, "spending-offline")
    assert ledger.balance(session, alice) == ledger.Balance(available=200, reserved=300)


def test_what_points_paid_may_be_told_again_as_sold_offline(till: OpenTill, session, alice) -> None:
    body = sale(alice, 70_000, reservation_id=_held(till, session, alice))
    first = till.post("/receipts", body)
    again = till.post("/receipts", body | {"offline": True})
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    assert ledger.balance(session, alice) == ledger.Balance(available=200, pending=20)


def test_a_receipt_refused_for_anything_else_leaves_its_reservation_held(till: OpenTill, session, alice) -> None:
    held = _held(till, session, alice)
    assert till.sell(alice, 70_000, reservation_id=held, currency="GBP").status_code == 422
    assert till.sell(alice, 70_000, reservation_id=held, referral_code="nobodys").status_code == 422
    assert ledger.balance(session, alice).reserved == 300
    assert till.sell(alice, 70_000, reservation_id=held).status_code == 201
