"""Segments on the wire. What is wrong inside a tree is said by `reading`, with the path of each place."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from backend.segments.codes import CODE
from backend.segments.tree import OPERATORS
from backend.shared.i18n import _l
from backend.shared.schemas import Answer, Schema, Text

NAME_LENGTH_MAXIMUM = 80
TREE_EXAMPLE = {
    "version": 1,
    "rule": {
        "all": [
            {"attribute": "purchases", "is": "at_least", "value": 3, "window_days": 90},
            {"not": {"attribute": "last_purchase", "is": "within_days", "value": 30}},
        ]
    },
}


class TreeField(fields.Raw):
    """A tree as a document; only `service` says whether it can be asked."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            metadata={
                "description": "all, any, not, segment, or a question; GET /staff/segments/attributes has what may be"
                " asked. Mistakes are told by place, such as `tree.rule.all[1].value`",
                "type": "object",
                "example": TREE_EXAMPLE,
            },
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, dict):
            raise ValidationError(str(_l('A tree is a mapping: {"version": 1, "rule": …}.')))
        return value


class TreeSchema(Schema):
    """A tree to be counted."""

    tree = TreeField()
    sample_number = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(min=0, max=10**6),
        metadata={"description": "Another number shows other people"},
    )


class CheckPersonSchema(Schema):
    """A tree, and somebody who is or is not in."""

    tree = TreeField()
    member_id = fields.UUID(required=True)


class SegmentSchema(Schema):
    """A segment to be written."""

    name = Text(maximum=NAME_LENGTH_MAXIMUM, required=True, metadata={"example": "Regulars gone quiet"})
    tree = TreeField()


class NewSegmentSchema(SegmentSchema):
    """A segment to be made."""

    code = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(f"^{CODE.pattern}$"),
        metadata={
            "description": "How programmes and other segments name it, for good; made of the name where it is missing",
            "example": "regulars-gone-quiet",
        },
    )


class ReachAnswer(Answer):
    """How many of them can be sent an offer, by channel: they agreed, and there is a device or an address."""

    push = fields.Integer(required=True)
    email = fields.Integer(required=True)
    sms = fields.Integer(required=True)


class SampledAnswer(Answer):
    """Somebody who is in, and why."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "Alice K."})
    why = fields.String(required=True, metadata={"example": "Purchases in the last 90 days: 7"})


class CountedAnswer(Answer):
    """Who a tree holds for now."""

    count = fields.Integer(required=True)
    of = fields.Integer(required=True, metadata={"description": "How many members there are"})
    reachable = fields.Nested(ReachAnswer, required=True)
    sample = fields.List(fields.Nested(SampledAnswer), required=True)
    leaf_counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={
            "description": "Of how many members each condition is true by itself, by its place",
            "example": {"rule.all[0]": 9871, "rule.all[1].not": 16834},
        },
    )


class CheckedLineAnswer(Answer):
    """A condition that decided."""

    path = fields.String(required=True, metadata={"example": "rule.all[1].not"})
    text = fields.String(required=True, metadata={"example": "Last purchase: 7 November, 15 days ago"})
    holds = fields.Boolean(required=True, metadata={"description": "By itself, before any `not` around it"})


class CheckedPersonAnswer(Answer):
    """Whether somebody is in, and what decided it."""

    label = fields.String(required=True)
    holds = fields.Boolean(required=True)
    lines = fields.List(fields.Nested(CheckedLineAnswer), required=True)


class SegmentAnswer(Answer):
    """A segment, and how far its membership is computed."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    tree = fields.Dict(required=True)
    members_count = fields.Integer(required=True)
    computed_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    is_computed = fields.Boolean(
        required=True, metadata={"description": "false: the members are still those of the version before"}
    )
    archived_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")


class SegmentPageAnswer(Answer):
    """A page of segments, newest first."""

    items = fields.List(fields.Nested(SegmentAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ParameterAnswer(Answer):
    """What an attribute is asked of."""

    name = fields.String(required=True, metadata={"example": "category"})
    label = fields.String(required=True, metadata={"example": "Category"})
    choices = fields.Dict(required=True, allow_none=True, metadata={"description": "null: any text"})


class AttributeAnswer(Answer):
    """Something that may be asked of members."""

    name = fields.String(required=True, metadata={"example": "purchases"})
    group = fields.String(required=True, metadata={"example": "Purchases"})
    label = fields.String(required=True, metadata={"example": "Purchases"})
    type = fields.String(required=True, validate=validate.OneOf(tuple(OPERATORS)))
    operators = fields.List(fields.String(), required=True, metadata={"example": list(OPERATORS["whole"])})
    windowed = fields.Boolean(required=True, metadata={"description": "Whether `window_days` may be given"})
    ahead = fields.Boolean(required=True, metadata={"description": "Whether the window lies ahead"})
    parameter = fields.Nested(ParameterAnswer, required=True, allow_none=True)
    choices = fields.Dict(required=True, allow_none=True, metadata={"description": "Value to name; null: any text"})


class AttributesAnswer(Answer):
    """All that may be asked of members, group by group."""

    items = fields.List(fields.Nested(AttributeAnswer), required=True)
