"""Before a return: what is left of a sale line by line, and what would be given back; nothing is changed by looking."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from tests.factories.till import OpenTill, fresh_code, guest, open_till, with_points

LINES = [
    {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 2, "amount": 70_001},
    {"sku": "BEANS", "category": "beans", "quantity": 0.35, "amount": 30_000},
]
ONE_CUP = [{"sku": "FLAT-WHITE", "quantity": 1}]
PREVIEWED = ("amount", "refund_amount", "points_given_back", "points_taken_back", "points_owed", "points_forgiven")


@pytest.fixture
def till(session: Session, client: FlaskClient) -> OpenTill:
    return open_till(session, client)


def look(till: OpenTill, number: str = "sale-1") -> Any:
    return till.client.get(f"/api/v1/till/receipts/{number}/standing", headers=till.headers)


def preview(till: OpenTill, number: str = "sale-1", **fields: Any) -> Any:
    return till.post(f"/receipts/{number}/returns/preview", fields)


def test_a_sale_is_shown_with_what_is_left_of_each_line_and_not_whose_it_is(till: OpenTill, session: Session) -> None:
    till.sell(guest(session), 100_001, lines=LINES)
    till.give_back(lines=ONE_CUP)
    shown = look(till).json
    assert (shown["total"], shown["returned"], shown["unattached"]) == (100_001, 35_000, False)
    assert [(line["sku"], line["quantity"], line["quantity_left"], line["amount_left"]) for line in shown["lines"]] == [
        ("FLAT-WHITE", 2, 1, 35_001),
        ("BEANS", 0.35, 0.35, 30_000),
    ]
    assert "member" not in str(shown)


def test_a_keyed_amount_has_no_lines_and_what_is_not_there_is_not_found(till: OpenTill, session: Session) -> None:
    till.sell(guest(session), 100_001, lines=[])
    assert look(till).json["lines"] == []
    assert [look(till, number).status_code for number in ("sale-2", "no number")] == [404, 404]
    assert preview(till, "sale-2").status_code == 404


@pytest.mark.parametrize("content", [{}, {"amount": 12_345}, {"lines": ONE_CUP}])
def test_what_is_promised_is_what_is_given_and_looking_changes_nothing(
    till: OpenTill, session: Session, content: dict[str, Any]
) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    held = till.reserve(fresh_code(session, alice), 500, 100_001).json
    till.sell(alice, 100_001, lines=LINES, reservation_id=held["id"])
    before = (ledger.balance(session, alice), look(till).json, told(session))
    promised = [preview(till, **content).json for _look in range(2)]
    assert (ledger.balance(session, alice), look(till).json, told(session)) == before
    given = till.give_back(**content).json
    assert promised == [{name: given[name] for name in PREVIEWED}] * 2
    assert given["points_given_back"] > 0


def told(session: Session) -> int:
    return int(session.execute(text("SELECT count(*) FROM messages")).scalar_one())


def test_more_than_is_left_is_refused_before_it_is_recorded(till: OpenTill, session: Session) -> None:
    till.sell(guest(session), 100_001, lines=LINES)
    refused = preview(till, lines=[{"sku": "BEANS", "quantity": 1}])
    assert (refused.status_code, refused.json["type"]) == (422, "more-than-sold")
