"""What tills say of returns, and are told; and a sale as it stands before one."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from backend.shared.schemas import AmountMinor, Answer, ExternalId, Points, Quantity, Schema, Text, Timestamp
from backend.till.schemas import LINES_MAXIMUM, TillBalance


class ReturnedLineSchema(Schema):
    """What comes back of an SKU."""

    sku = Text(required=True, maximum=64)
    category = Text(load_default=None, allow_none=True, maximum=64)
    quantity = Quantity(required=True)
    amount = AmountMinor(load_default=None, allow_none=True)
    position = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=1, max=LINES_MAXIMUM),
        metadata={"description": "Of the line that it was sold as, where several have its SKU", "example": 1},
    )


class ReturnSchema(Schema):
    """A return: by lines, by amount, or, with neither, of all that is left."""

    external_id = ExternalId(required=True, metadata={"example": "pokrovka-2026-11-23-R1"})
    occurred_at = Timestamp(required=True)
    lines = fields.List(
        fields.Nested(ReturnedLineSchema), load_default=list, validate=validate.Length(max=LINES_MAXIMUM)
    )
    amount = AmountMinor(load_default=None, allow_none=True, minimum=1)
    store = Text(
        load_default=None,
        allow_none=True,
        maximum=64,
        metadata={"description": "Code of the store that sold it, where it is another one"},
    )
    undo = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={
            "description": "All of it comes back because the sale was a mistake, and so do the coupons that were used "
            "for it. From ten minutes after the receipt on it is a return like any other"
        },
    )

    @validates_schema(skip_on_field_errors=True)
    def _undo_is_of_all(self, data: dict[str, Any], **_options: Any) -> None:
        if data["undo"] and (data["lines"] or data["amount"] is not None):
            raise ValidationError(str(_l("A sale is undone as a whole.")), field_name="undo")


class ReceiptLineStanding(Answer):
    """A line of a sale, and what has not come back of it yet."""

    position = fields.Integer(required=True, metadata={"description": "To be named by a return", "example": 1})
    sku = fields.String(required=True, metadata={"example": "FLAT-WHITE"})
    category = fields.String(required=True, allow_none=True, metadata={"example": "coffee"})
    quantity = fields.Float(required=True)
    amount = AmountMinor(required=True, metadata={"description": "Of the whole line, in minor units"})
    quantity_left = fields.Float(required=True)
    amount_left = AmountMinor(required=True)


class ReceiptStanding(Answer):
    """A recorded sale as it stands now; whose it is, is not told."""

    external_id = fields.String(required=True, metadata={"example": "pokrovka-2026-11-22-0042"})
    occurred_at = Timestamp(required=True)
    currency = fields.String(required=True, metadata={"example": "RUB"})
    total = AmountMinor(required=True, metadata={"description": "In minor units"})
    returned = AmountMinor(required=True, metadata={"description": "Of the total, what has come back"})
    unattached = fields.Boolean(required=True, metadata={"description": "It has no member, and may be claimed"})
    lines = fields.List(
        fields.Nested(ReceiptLineStanding), required=True, metadata={"description": "None where none were told"}
    )


class ReturnPreviewSchema(Schema):
    """What might come back: by lines, by amount, or, with neither, all that is left."""

    lines = fields.List(
        fields.Nested(ReturnedLineSchema), load_default=list, validate=validate.Length(max=LINES_MAXIMUM)
    )
    amount = AmountMinor(load_default=None, allow_none=True, minimum=1)


class ReturnPreviewAnswer(Answer):
    """What a return gives back and takes back."""

    amount = AmountMinor(required=True, metadata={"description": "Of what came back, in minor units"})
    refund_amount = AmountMinor(
        required=True, metadata={"description": "To be refunded in money: the amount less the share paid with points"}
    )
    points_given_back = Points(required=True, metadata={"description": "Had paid for it"})
    points_taken_back = Points(required=True, metadata={"description": "Had come from it"})
    points_owed = Points(required=True, metadata={"description": "Of those, what is spent already and owed now"})
    points_forgiven = Points(required=True, metadata={"description": "Of those, what is spent already and not owed"})


class ReturnAnswer(ReturnPreviewAnswer):
    """What the return gave back and took back."""

    return_id = fields.UUID(required=True)
    coupons_given_back = fields.Integer(required=True, metadata={"description": "Good again, where a sale was undone"})
    balance = fields.Nested(TillBalance, allow_none=True, required=True)
    messages = fields.List(fields.String(), required=True)
