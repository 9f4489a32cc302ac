"""What is read plainly is what marshmallow would have read, and it has the last word on everything else."""

from copy import deepcopy
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from backend.shared.plain_reading import Doubt, PlainSchema
from backend.till.schemas import ConfirmationSchema, ReceiptSchema, ReservationSchema

RECEIPT = {
    "external_id": "pokrovka-2026-11-22-0042",
    "member_id": "0190f7b2-1c7a-7b5e-8a2f-6d1f2f3a4b5c",
    "occurred_at": "2026-11-22T12:31:00+03:00",
    "currency": "RUB",
    "total": 54_000,
    "lines": [
        {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1, "amount": 35_000},
        {"sku": "BEANS", "quantity": 0.35, "amount": 19_000},
    ],
    "cashier": "Vera",
    "payments": [{"kind": "card", "amount": 54_000}],
    "offline": True,
}
RESERVATION = {"external_id": "42", "code": "A" * 40, "points": 120, "amount": 54_000, "currency": "RUB"}
CONFIRMATION = {"points": 100, "amount": None}
GOOD = [(ReceiptSchema, RECEIPT), (ReservationSchema, RESERVATION), (ConfirmationSchema, CONFIRMATION)]

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 10**12 + 1),
    st.floats(allow_nan=True),
    st.text(max_size=80),
    st.sampled_from(
        [" Vera ", "", " ", "\u0000", "a\nb", "\u200b", "\ud800", "rub", "USD", "1.5", 1.0005, 10**9 + 1, [], {}, [1]]
    ),
    st.sampled_from(
        ["2026-11-22", "2026-11-22T12:31:00", "2026-11-22T12:31:00Z", "20261122T123100Z", "2026-02-30T00:00:00Z"]
        + ["2026-11-22T12:31:00,5Z", "2026-11-22t12:31:00z", "2026-11-22 12:31:00+03:00", "1969-01-01T00:00:00Z"]
        + ["2026-11-22T24:00:00Z", "2026-11-22T12:31:00.1234567Z", "2026-11-22T12:31:00+25:00", "2200-01-01T00:00:00Z"]
    ),
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[type[PlainSchema], Any]:
    """A good document with a few things about it changed, taken away or added."""
    schema, good = draw(st.sampled_from(GOOD))
    document: dict[str, Any] = deepcopy(good)
    for _change in range(draw(st.integers(0, 3))):
        places = [document, *(one for each in document.values() if isinstance(each, list) for one in each)]
        place = draw(st.sampled_from([one for one in places if isinstance(one, dict)]))
        name = draw(st.sampled_from([*schema().fields, "sku", "quantity", "amount", "kind", "surprise"]))
        if draw(st.booleans()):
            place[name] = draw(ODD)
        else:
            place.pop(name, None)
    return schema, document


def outcome(schema: type[PlainSchema], document: Any) -> Any:
    """What is loaded, with its types, or what is wrong."""
    try:
        return repr(schema().load(document))
    except ValidationError as error:
        return error.normalized_messages()


@given(documents())
@settings(max_examples=600, deadline=None)
def test_nothing_is_read_otherwise_than_by_marshmallow(app: Flask, case: tuple[type[PlainSchema], Any]) -> None:
    with app.test_request_context():
        with patch.object(PlainSchema, "read_plainly", side_effect=Doubt):
            expected = outcome(*case)
        assert outcome(*case) == expected


@pytest.mark.parametrize(("schema", "document"), GOOD)
def test_a_good_document_needs_no_marshmallow(schema: type[PlainSchema], document: dict[str, Any]) -> None:
    with patch("marshmallow.Schema._deserialize", side_effect=AssertionError):
        assert schema().load(document)["amount" if "amount" in document else "total"] == document.get(
            "amount", document.get("total")
        )


def test_a_rule_over_several_fields_is_still_asked(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(ValidationError, match="either code or member_id"):
        ReceiptSchema().load(RECEIPT | {"code": "A" * 40})
