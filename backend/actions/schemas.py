"""What members have done, on the wire."""

from marshmallow import fields, validate

from backend.shared.schemas import Answer, ExternalId, Points, Schema, Text, Timestamp

ACTION_NAME = r"^[a-z][a-z0-9_]{0,63}\Z"


class VisitSchema(Schema):
    """Who came by."""

    code = Text(
        required=True,
        maximum=512,
        metadata={"description": "Code, card number or phone", "example": "9710 0044 2031 3201"},
    )


class ActionSchema(Schema):
    """What somebody has done."""

    action = fields.String(
        required=True,
        validate=validate.Regexp(ACTION_NAME),
        metadata={"description": "As the programme names it", "example": "survey"},
    )
    external_id = ExternalId(
        required=True,
        metadata={"description": "The other system's number of it: it counts once", "example": "s-2026-11"},
    )


class ActionAnswer(Answer):
    """What it brought."""

    action = fields.String(required=True, metadata={"example": "survey"})
    points = Points(required=True)
    available_at = Timestamp(required=True, allow_none=True)
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it brought nothing, in the caller's language"}
    )


class VisitorAnswer(Answer):
    """A member as staff sees one."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "Alice K."})


class VisitAnswer(ActionAnswer):
    """Who came by, and what it brought."""

    member = fields.Nested(VisitorAnswer, required=True)
