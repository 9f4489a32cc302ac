"""Rewards on the wire, as their member sees them."""

from marshmallow import fields, validate

from backend.rewards.order import ORDER_STATES
from backend.shared.schemas import AmountMinor, Answer, ExternalId, Points, Schema, Text, Timestamp

REWARD_KINDS = ("discount_coupon", "goods", "event_place", "gift_card", "money_off", "partner_coupon")


class OrderKeySchema(Schema):
    """What tells a repetition from a new order."""

    key = ExternalId(
        data_key="Idempotency-Key",
        load_default=None,
        metadata={"description": "Made by the caller, anew for each order; without it nothing is a repetition"},
    )


class OrderSchema(Schema):
    """Which reward."""

    reward_id = Text(
        required=True, maximum=200, metadata={"description": "`id` from the catalogue", "example": "grain:cappuccino"}
    )


class RewardFields(Answer):
    """What a reward is worth and how it is shown."""

    kind = fields.String(required=True, validate=validate.OneOf(REWARD_KINDS))
    title = fields.String(required=True, metadata={"description": "In the caller's language"})
    description = fields.String(required=True, allow_none=True)
    icon = fields.String(required=True, allow_none=True, metadata={"example": "cup"})
    price_points = Points(required=True, metadata={"example": 300})
    currency = fields.String(required=True, metadata={"example": "RUB"})
    amount = AmountMinor(
        required=True, allow_none=True, metadata={"description": "What money off or a gift card is worth"}
    )
    rate_basis_points = fields.Integer(
        required=True, allow_none=True, metadata={"description": "What a discount coupon takes off"}
    )
    minimum_receipt = AmountMinor(
        required=True, allow_none=True, metadata={"description": "Of the purchase that it is for, in minor units"}
    )
    partner = fields.String(required=True, allow_none=True)


class OfferAnswer(RewardFields):
    """A reward of the catalogue, as it is for the caller."""

    id = fields.String(required=True, metadata={"example": "grain:cappuccino"})
    group = fields.String(required=True, allow_none=True, metadata={"example": "Drinks"})
    left = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many can still be had; null without a limit"}
    )
    left_today = fields.Boolean(required=True, metadata={"description": "Whether `left` is about today"})
    available = fields.Boolean(required=True, metadata={"description": "Nothing but points can be missing"})
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it is not available, in the caller's language"}
    )
    reason_type = fields.String(
        required=True, allow_none=True, metadata={"description": "The same for programs", "example": "reward-sold-out"}
    )
    points_missing = Points(required=True, metadata={"description": "How many more points it takes; 0: enough"})
    terms = fields.List(
        fields.String(), required=True, metadata={"description": "What to know before ordering, a sentence each"}
    )


class CatalogueAnswer(Answer):
    """All that can be had for points."""

    items = fields.List(fields.Nested(OfferAnswer), required=True)
    spendable_points = Points(required=True, metadata={"description": "That can be spent on the first item"})


class RedemptionAnswer(RewardFields):
    """An order, and the coupon that it is when it has a code."""

    id = fields.UUID(required=True)
    reward_id = fields.String(required=True, metadata={"example": "grain:cappuccino"})
    state = fields.String(required=True, validate=validate.OneOf(ORDER_STATES))
    code = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "To be shown as text and as a QR code of just this text", "example": "C7K2-MQ3X-B9TW"},
    )
    ordered_at = Timestamp(required=True)
    issued_at = Timestamp(required=True, allow_none=True)
    valid_until = fields.Date(
        required=True, allow_none=True, metadata={"description": "The last day, included, in the shop's zone"}
    )
    ended_at = Timestamp(required=True, allow_none=True)
    may_cancel = fields.Boolean(required=True, metadata={"description": "The points would come back"})


class RedemptionsAnswer(Answer):
    """A page of the caller's orders, newest first."""

    items = fields.List(fields.Nested(RedemptionAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True, metadata={"description": "null on the last page"})
