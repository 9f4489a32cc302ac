"""A typed receipt on the wire, and what it would earn."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from backend.programmes.programme import PAYMENT_KINDS
from backend.programmes.schemas import document_field
from backend.shared.i18n import LOCALES, _l
from backend.shared.schemas import AmountMinor, Answer, Quantity, Schema, Text, Timestamp


class PreviewedLineSchema(Schema):
    """A line of the receipt."""

    sku = Text(minimum=0, maximum=64, load_default="")
    category = Text(load_default=None, allow_none=True, maximum=64, metadata={"example": "beans"})
    quantity = Quantity(load_default=lambda: Decimal(1))
    amount = AmountMinor(required=True, metadata={"example": 150000})


class PreviewedPaymentSchema(Schema):
    """How a part of it is paid."""

    kind = fields.String(required=True, validate=validate.OneOf(PAYMENT_KINDS))
    amount = AmountMinor(required=True)


class PreviewedReceiptSchema(Schema):
    """A receipt that nobody made."""

    occurred_at = Timestamp(load_default=None, allow_none=True, metadata={"description": "Absent: now"})
    store = Text(load_default=None, allow_none=True, maximum=64, metadata={"description": "A store's code"})
    lines = fields.List(fields.Nested(PreviewedLineSchema), required=True, validate=validate.Length(min=1, max=500))
    payments = fields.List(fields.Nested(PreviewedPaymentSchema), load_default=list, validate=validate.Length(max=20))
    paid_with_points = AmountMinor(load_default=0, metadata={"description": "In minor units"})


class PreviewedMemberSchema(Schema):
    """Whoever would buy. What is left out is as for somebody who joined a moment ago."""

    tier = Text(load_default=None, allow_none=True, maximum=64)
    segments = fields.List(Text(maximum=64), load_default=list, validate=validate.Length(max=100))
    joined_at = Timestamp(load_default=None, allow_none=True)
    birthday = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"),
        metadata={"description": "Month and day", "example": "11-28"},
    )
    language = fields.String(load_default="en", validate=validate.OneOf(LOCALES))
    referrals = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=1_000_000))
    purchases = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=1_000_000))
    spent = AmountMinor(load_default=0)


class PreviewSchema(Schema):
    """Which programme, and which receipt."""

    document = document_field(required=False)
    version_id = fields.UUID(metadata={"description": "A stored version, in place of a document"})
    receipt = fields.Nested(PreviewedReceiptSchema, required=True)
    member = fields.Nested(PreviewedMemberSchema, load_default=lambda: PreviewedMemberSchema().load({}))

    @validates_schema
    def _one_programme(self, data: dict[str, Any], **_options: Any) -> None:
        if ("document" in data) == ("version_id" in data):
            raise ValidationError(str(_l("Say which programme: by its document, or by a version's id.")), "document")


class PreviewedPointsAnswer(Answer):
    """Points that would come together."""

    points = fields.Integer(required=True, metadata={"example": 75})
    available_at = fields.AwareDateTime(required=True, format="iso")
    expires_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    rule = fields.String(required=True, metadata={"example": "base"})


class PreviewedStepAnswer(Answer):
    """One step of the explanation."""

    text = fields.String(required=True, metadata={"example": "Receipt"})
    figure = fields.String(required=True, metadata={"example": "₽1,500"})


class PreviewAnswer(Answer):
    """What the receipt would earn, explained as an accrual is, in the caller's language."""

    points = fields.Integer(required=True, metadata={"example": 75})
    awards = fields.List(fields.Nested(PreviewedPointsAnswer), required=True)
    steps = fields.List(fields.Nested(PreviewedStepAnswer), required=True)
    terms = fields.String(required=True, metadata={"description": "Which `terms` hold; empty for the usual ones"})
