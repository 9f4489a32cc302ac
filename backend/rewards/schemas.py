"""Rewards on the wire, as their desk sees them."""

from marshmallow import fields, validate

from backend.rewards.coupon_code import LOADED_LENGTH_MAXIMUM
from backend.rewards.models import ORDER_STATES
from backend.shared.pagination import PageArguments
from backend.shared.schemas import Answer, Points, Schema, Text, Timestamp

CODES_MAXIMUM = 10_000


class CodesSchema(Schema):
    """A partner's codes."""

    codes = fields.List(
        Text(maximum=LOADED_LENGTH_MAXIMUM),
        required=True,
        validate=validate.Length(min=1, max=CODES_MAXIMUM),
        metadata={"description": "To the letter; one that is there already is passed over"},
    )


class LoadedAnswer(Answer):
    """What became of the codes."""

    loaded = fields.Integer(required=True)
    repeated = fields.Integer(required=True, metadata={"description": "Were there before, or came twice"})


class StandingAnswer(Answer):
    """A reward and how it stands."""

    id = fields.String(required=True, metadata={"example": "grain:cappuccino"})
    title = fields.Dict(required=True, metadata={"description": "By language"})
    kind = fields.String(required=True)
    price_points = Points(required=True)
    is_paused = fields.Boolean(required=True)
    ordered_in_all = fields.Integer(required=True, metadata={"description": "Those that were cancelled left out"})
    ordered_today = fields.Integer(required=True)
    left = fields.Integer(required=True, allow_none=True, metadata={"description": "null without a limit"})
    codes_free = fields.Integer(required=True, allow_none=True, metadata={"description": "Of a partner's codes"})
    orders = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "How many, by state"}
    )


class StandingsAnswer(Answer):
    """Every reward that is offered now."""

    items = fields.List(fields.Nested(StandingAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class OrdersArguments(PageArguments):
    """Which orders."""

    reward = Text(load_default=None, maximum=200, metadata={"description": "Of this reward alone"})
    state = fields.String(load_default=None, validate=validate.OneOf(ORDER_STATES))


class StaffOrderAnswer(Answer):
    """An order, without its code: that is its member's."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    reward_id = fields.String(required=True)
    title = fields.Dict(required=True, metadata={"description": "By language"})
    price_points = Points(required=True)
    state = fields.String(required=True, validate=validate.OneOf(ORDER_STATES))
    ordered_at = Timestamp(required=True)
    issued_at = Timestamp(required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)
    ended_at = Timestamp(required=True, allow_none=True)


class StaffOrdersAnswer(Answer):
    """A page of orders, newest first."""

    items = fields.List(fields.Nested(StaffOrderAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
