"""Many reach for one kept receipt, or for one sale's return, at the same moment. Real commits, real threads."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from backend.ledger import queries as ledger
from backend.shared.clock import business_now
from tests.conftest import ObedientClock
from tests.factories.members import headers_of
from tests.factories.till import sale
from tests.till.many_tills import Shop

GUESTS = 16


@pytest.fixture
def shop(committed_app: Flask, clock: ObedientClock) -> Shop:
    return Shop(committed_app)


def _keep(shop: Shop) -> None:
    """A sale of 700 to somebody whom nobody knows."""
    body = sale(UUID(int=0), 70_000)
    del body["member_id"]
    assert shop.post("/receipts", body).json["unattached"] is True


def test_a_kept_receipt_goes_to_one_of_many_guests(shop: Shop) -> None:
    phones = [f"+7912000{number:04}" for number in range(1_000, 1_000 + GUESTS)]
    guests = [shop.guest(phone) for phone in phones]
    _keep(shop)
    answers = shop.post_at_once([("/receipts/sale-1/claim", {"code": phone}) for phone in phones])
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (GUESTS - 1)
    assert sorted(shop.balance(guest).pending for guest in guests) == [0] * (GUESTS - 1) + [35]
    shop.check_books()


def test_a_kept_receipt_claimed_many_times_by_one_guest_earns_once(shop: Shop) -> None:
    _keep(shop)
    answers = shop.post_at_once([("/receipts/sale-1/claim", {"code": "+79120000001"})] * GUESTS)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert shop.balance() == ledger.Balance(available=500, pending=35)
    shop.check_books()


def test_a_claim_and_a_return_at_once_leave_no_points_for_what_came_back(shop: Shop) -> None:
    _keep(shop)
    returns = [
        (
            "/receipts/sale-1/returns",
            {"external_id": f"r{number}", "occurred_at": business_now().isoformat(), "amount": 5_000},
        )
        for number in range(10)
    ]
    claims = [("/receipts/sale-1/claim", {"code": "+79120000001"})] * 5
    answers = shop.post_at_once([request for pair in zip(returns, claims * 2, strict=True) for request in pair])
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert shop.balance() == ledger.Balance(available=500, pending=10)
    shop.check_books()


def test_guesses_of_one_member_at_once_are_limited_as_one_after_another(shop: Shop) -> None:
    headers = shop.run(lambda session: headers_of(session, shop.alice))

    def guess(total: int) -> Any:
        body = {"external_id": "sale-1", "total": total}
        return shop.app.test_client().post("/api/v1/me/receipts", json=body, headers=headers)

    answers = shop.at_once([lambda total=total: guess(total) for total in range(2 * GUESTS)])
    assert sorted(answer.status_code for answer in answers) == [404] * 10 + [429] * (2 * GUESTS - 10)


def test_one_sale_returned_by_many_tills_comes_back_once(shop: Shop) -> None:
    held = shop.reservation(300)
    assert shop.post("/receipts", sale(shop.alice, 70_000, reservation_id=held)).status_code == 201
    answers = shop.post_at_once(
        [
            ("/receipts/sale-1/returns", {"external_id": f"r{number}", "occurred_at": business_now().isoformat()})
            for number in range(GUESTS)
        ]
    )
    assert sum(answer.json["points_given_back"] for answer in answers) == 300
    assert sum(answer.json["refund_amount"] for answer in answers) == 40_000
    returned = shop.run(lambda session: session.scalar(text("SELECT returned_amount_minor FROM receipts")))
    assert returned == 70_000
    assert shop.balance() == ledger.Balance(available=500)
    shop.check_books()


def test_a_sale_to_nobody_returned_by_many_tills_comes_back_once(shop: Shop) -> None:
    """No book is locked for it; the receipt is."""
    _keep(shop)
    answers = shop.post_at_once(
        [
            ("/receipts/sale-1/returns", {"external_id": f"r{number}", "occurred_at": business_now().isoformat()})
            for number in range(GUESTS)
        ]
    )
    assert sorted(answer.json["refund_amount"] for answer in answers) == [0] * (GUESTS - 1) + [70_000]
    assert shop.run(lambda session: session.scalar(text("SELECT returned_amount_minor FROM receipts"))) == 70_000


def test_one_reservation_on_many_receipts_pays_one(shop: Shop) -> None:
    held = shop.reservation(300)
    receipts = [sale(shop.alice, 70_000, external_id=f"s{number}", reservation_id=held) for number in range(GUESTS)]
    answers = shop.post_at_once([("/receipts", receipt) for receipt in receipts])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (GUESTS - 1)
    assert shop.balance() == ledger.Balance(available=200, pending=20)
    shop.check_books()
