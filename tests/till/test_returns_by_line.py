"""A line that comes back takes with it what it brought, and no more."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.receipts.allocation import LineLeft, Returned, allocate_lines, earning_part
from backend.receipts.sale import ReturnedLine
from tests.factories.till import DEMO_PROGRAMME, OpenTill, guest, open_till

RULES = """earning:
  - {rule: base, rate_basis_points: 500}
  - {rule: beans, lines: line.category == "beans", multiplier_basis_points: 30000}
  - {rule: cups, lines: line.category == "cups", points_per_item: 10}
"""
PROGRAMME = DEMO_PROGRAMME.replace("earning:\n  - {rule: base, rate_basis_points: 500}\n", RULES)
LINES = [
    {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1, "amount": 20_000},
    {"sku": "BEANS", "category": "beans", "quantity": 2, "amount": 40_000},
    {"sku": "CUP", "category": "cups", "quantity": 4, "amount": 8_000},
]

ONE_CUP = {"lines": [{"sku": "CUP", "quantity": 1}]}


@pytest.fixture
def till(session: Session, client: FlaskClient) -> OpenTill:
    return open_till(session, client, programme=PROGRAMME)


def test_each_line_takes_its_own_points(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    assert till.sell(alice, 68_000, lines=LINES).json["points_pending"] == 34 + 40 + 40
    taken = [
        till.give_back(external_id=f"r{sku}{number}", lines=[{"sku": sku, "quantity": 1}]).json["points_taken_back"]
        for number, sku in enumerate(["FLAT-WHITE", "BEANS", "BEANS", "CUP", "CUP", "CUP", "CUP"])
    ]
    assert taken == [10, 30, 30, 11, 11, 11, 11]
    assert ledger.balance(session, alice).pending == 0


def test_goods_that_cost_nothing_take_back_what_each_of_them_brought(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    lines = [LINES[0], {"sku": "CUP", "category": "cups", "quantity": 2, "amount": 0}]
    assert till.sell(alice, 20_000, lines=lines).json["points_pending"] == 10 + 20
    assert [till.give_back(external_id=f"r{n}", **ONE_CUP).json["points_taken_back"] for n in range(2)] == [10, 10]
    assert till.give_back(external_id="r3").json["points_taken_back"] == 10


def test_a_receipt_of_nothing_comes_back(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    assert till.sell(alice, 0).status_code == 201
    answers = [till.give_back(external_id=f"r{number}") for number in range(2)]
    assert [(one.status_code, one.json["refund_amount"]) for one in answers] == [(201, 0), (201, 0)]
    assert ledger.balance(session, alice) == ledger.Balance()


def test_the_amount_that_a_till_names_must_be_what_the_lines_cost(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 68_000, lines=LINES)
    for named in ({"lines": [{"sku": "CUP", "quantity": 1, "amount": 2_001}]}, {"amount": 1_999} | ONE_CUP):
        assert till.give_back(**named).json["type"] == "amount-not-matching-lines"
    assert ledger.balance(session, alice).pending == 114
    assert till.give_back(**ONE_CUP | {"amount": 2_000}).json["points_taken_back"] == 11


def test_an_amount_without_lines_takes_its_share_of_what_is_still_sold(till: OpenTill, session: Session) -> None:
    till.sell(guest(session), 68_000, lines=LINES)
    assert till.give_back(external_id="r1", lines=[{"sku": "BEANS", "quantity": 2}]).json["points_taken_back"] == 60
    assert till.give_back(external_id="r2", amount=14_000).json["points_taken_back"] == 27
    assert till.give_back(external_id="r3").json["points_taken_back"] == 27


@given(order=st.permutations(["FLAT-WHITE", "BEANS", "BEANS", "CUP", "CUP", "CUP", "CUP"]))
def test_in_whatever_order_a_receipt_comes_back_all_its_points_go(order: list[str]) -> None:
    weights, quantities, amounts = (10, 60, 44), (1, 2, 4), (20_000, 40_000, 8_000)
    left = [
        LineLeft(place, str(line["sku"]), None, Decimal(quantity), amount, Decimal(quantity), amount)
        for place, (line, quantity, amount) in enumerate(zip(LINES, quantities, amounts, strict=True), start=1)
    ]
    taken = returned = 0
    for sku in order:
        lines = allocate_lines(left, [ReturnedLine(sku=sku, quantity=Decimal(1))])
        returned += sum(line.amount_minor for line in lines)
        part = earning_part(
            left, lines, whole=Returned(68_000, returned), weight=lambda line: weights[line.position - 1]
        )
        due = part.points_to_take_back(points=114, taken_back=taken)
        assert due >= 0
        taken += due
        gone = {line.position: line for line in lines}
        left = [
            LineLeft(
                line.position,
                line.sku,
                None,
                line.quantity,
                line.amount_minor,
                line.quantity_left - gone[line.position].quantity,
                line.amount_left_minor - gone[line.position].amount_minor,
            )
            if line.position in gone
            else line
            for line in left
        ]
    assert taken == 114
