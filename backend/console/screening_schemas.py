"""Shapes of the staff's answers about what rules have held."""

from marshmallow import fields, validate

from backend.screening.queries import CASE_STATES, SUBJECT_KINDS
from backend.shared.pagination import PageArguments
from backend.shared.schemas import Answer, Schema, Text

REASON_LENGTH_MAXIMUM = 500


class CaseArguments(PageArguments):
    """Which cases that wait, and from where."""

    subject_kind = fields.String(load_default=None, validate=validate.OneOf(SUBJECT_KINDS))
    rule = fields.String(load_default=None, metadata={"example": "ring_shares_device"})


class CaseAnswer(Answer):
    """Something that a rule held until a person decides."""

    id = fields.UUID(required=True)
    subject_kind = fields.String(required=True, validate=validate.OneOf(SUBJECT_KINDS))
    subject_id = fields.UUID(required=True)
    member_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Whose points wait; null for one of the staff"}
    )
    rule = fields.String(required=True, metadata={"example": "ring_shares_device"})
    rule_version = fields.Integer(required=True, metadata={"example": 2})
    inputs = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "What the rule saw", "example": {"ring_people": 4, "people_minimum": 3}},
    )
    state = fields.String(required=True, validate=validate.OneOf(CASE_STATES))
    opened_at = fields.AwareDateTime(required=True, format="iso")
    due_at = fields.AwareDateTime(
        required=True, format="iso", metadata={"description": "Three working days after it was opened"}
    )
    decided_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    decided_by_name = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class CasesAnswer(Answer):
    """A page of cases that wait, those opened first before the rest."""

    items = fields.List(fields.Nested(CaseAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class CaseDecisionSchema(Schema):
    """What becomes of what was held, and why."""

    outcome = fields.String(required=True, validate=validate.OneOf(("release", "refuse")))
    reason = Text(
        required=True,
        maximum=REASON_LENGTH_MAXIMUM,
        metadata={
            "description": "Where the outcome is `refuse`, the participant reads it",
            "example": "Three friends of one course, on the course's tablet",
        },
    )
