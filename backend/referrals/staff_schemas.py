"""A member's codes on the wire, as staff see and limit them."""

from marshmallow import fields, validate

from backend.referrals.code_schemas import LinkAnswer
from backend.referrals.models import CODE_KINDS
from backend.shared.schemas import Answer, Schema, Timestamp

USES_MAXIMUM = 1_000_000


class CodeLimitsSchema(Schema):
    """What changes; null takes a limit away."""

    starts_at = Timestamp(metadata={"description": "Before it, the code leads nowhere"})
    ends_at = Timestamp(allow_none=True, metadata={"description": "From then on, the code leads nowhere"})
    uses_maximum = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=1, max=USES_MAXIMUM),
        metadata={"description": "So many friends may join by it in all", "example": 100},
    )


class StaffCodeAnswer(Answer):
    """A code that leads or has led to a member."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, metadata={"example": "K7M3BXP9T"})
    written = fields.String(required=True, metadata={"example": "K7M-3BX-P9T"})
    kind = fields.String(required=True, validate=validate.OneOf(CODE_KINDS))
    starts_at = Timestamp(required=True)
    ends_at = Timestamp(required=True, allow_none=True)
    ended_reason = fields.String(
        required=True, allow_none=True, metadata={"description": "asked, leaked, replaced, erased, staff"}
    )
    uses = fields.Integer(required=True, metadata={"description": "How many friends joined by it"})
    uses_maximum = fields.Integer(required=True, allow_none=True)


class StaffCodesAnswer(Answer):
    """A member's codes and named links, newest first."""

    codes = fields.List(fields.Nested(StaffCodeAnswer), required=True)
    links = fields.List(fields.Nested(LinkAnswer), required=True)
