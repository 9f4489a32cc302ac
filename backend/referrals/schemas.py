"""Shapes of the referral answers."""

from marshmallow import fields, validate

from backend.referrals import qr
from backend.referrals.code_schemas import ChosenCodeAnswer
from backend.referrals.codes import CHANNELS
from backend.referrals.models import REWARD_STATES, STATUSES
from backend.shared.schemas import Answer, Schema


class OfferMinimum(Answer):
    """The least first purchase that earns the reward."""

    amount_minor = fields.Integer(required=True, metadata={"example": 50000})
    currency = fields.String(required=True, metadata={"example": "RUB"})


class Offer(Answer):
    """What inviting brings to either side."""

    advocate_points = fields.Integer(required=True, metadata={"example": 200})
    friend_points = fields.Integer(required=True, metadata={"example": 200})
    minimum = fields.Nested(OfferMinimum, required=True)


class PlannedRewardAnswer(Answer):
    """One thing that inviting brings."""

    text = fields.String(
        required=True, metadata={"example": "200 points for you for the friend's first purchase of ₽500 or more."}
    )


class MilestoneAnswer(Answer):
    """So many friends bring a reward."""

    reward = fields.String(required=True, metadata={"example": "three_friends"})
    title = fields.String(required=True, metadata={"example": "Three friends"})
    friends = fields.Integer(required=True, metadata={"example": 3, "description": "How many it takes"})
    reached = fields.Integer(
        required=True, metadata={"example": 2, "description": "How many have made their first purchase so far"}
    )
    is_reached = fields.Boolean(required=True)
    points = fields.Integer(required=True, allow_none=True, metadata={"example": 500})
    coupon = fields.String(required=True, allow_none=True, metadata={"description": "Its title, where it is a coupon"})


class BroughtRewardAnswer(Answer):
    """What a friend brought the caller by one reward."""

    points = fields.Integer(
        required=True, allow_none=True, metadata={"example": 200, "description": "What is left; null for a coupon"}
    )
    text = fields.String(required=True, metadata={"example": "A friend's first purchase"})
    status = fields.String(required=True, validate=validate.OneOf(("pending", *REWARD_STATES)))
    at = fields.AwareDateTime(required=True)


class InvitationAnswer(Answer):
    """The caller's own code and the links that carry it."""

    code = fields.String(required=True, metadata={"example": "K7M3BXP9T"})
    written = fields.String(
        required=True, metadata={"example": "K7M-3BX-P9T", "description": "The code as it is read out"}
    )
    link = fields.String(required=True, metadata={"example": "https://loyalty.example.org/r/K7M3BXP9T"})
    links = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={
            "description": "A link for each channel, whose visits are counted apart",
            "example": {"qr": "https://loyalty.example.org/r/K7M3BXP9T?c=qr"},
        },
    )
    vanity = fields.Nested(
        ChosenCodeAnswer,
        required=True,
        allow_none=True,
        metadata={"description": "The code that the caller chose; null where they chose none"},
    )
    poster = fields.String(
        required=True,
        metadata={
            "description": "A page of the link and its QR code, to be printed on A5",
            "example": "https://loyalty.example.org/r/K7M3BXP9T/poster",
        },
    )
    visits = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many people opened the link, by channel", "example": {"qr": 3}},
    )
    offer = fields.Nested(
        Offer, required=True, allow_none=True, metadata={"description": "null where nothing is offered for inviting"}
    )
    plan = fields.List(
        fields.Nested(PlannedRewardAnswer),
        required=True,
        metadata={"description": "All that inviting brings, in the caller's language"},
    )
    milestones = fields.List(
        fields.Nested(MilestoneAnswer), required=True, metadata={"description": "The nearest first"}
    )
    may_name_advocate = fields.Boolean(
        required=True, metadata={"description": "The caller may still name who invited them"}
    )


class MomentAnswer(Answer):
    """A state that an invitation came to."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    at = fields.AwareDateTime(required=True)
    text = fields.String(
        required=True, metadata={"example": "Joined by your invitation", "description": "In the caller's language"}
    )


class FriendAnswer(Answer):
    """A friend whom the caller invited."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "Boris K."})
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    status_at = fields.AwareDateTime(required=True)
    joined_at = fields.AwareDateTime(required=True)
    available_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When pending points become the caller's"}
    )
    points = fields.Integer(
        required=True, metadata={"example": 200, "description": "The caller's, pending or rewarded"}
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it is held, refused or reversed, in the caller's language"},
    )
    may_dispute = fields.Boolean(
        required=True, metadata={"description": "Whether `/me/disputes` takes a question about it"}
    )
    decision_by = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "While it is held: until when a person decides"}
    )
    timeline = fields.List(
        fields.Nested(MomentAnswer), required=True, metadata={"description": "From joining to now, oldest first"}
    )
    rewards = fields.List(
        fields.Nested(BroughtRewardAnswer),
        required=True,
        metadata={"description": "What this friend brought the caller; shares of purchases stand together"},
    )


class FriendsAnswer(Answer):
    """A page of friends, newest first."""

    items = fields.List(fields.Nested(FriendAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class LeaderboardStandingAnswer(Answer):
    """The caller among those who agreed to be shown."""

    place = fields.Integer(
        required=True, allow_none=True, metadata={"example": 2, "description": "null while no friend counts"}
    )
    friends = fields.Integer(required=True, metadata={"example": 3})


class LeaderboardPlaceAnswer(Answer):
    """One who agreed to be shown."""

    place = fields.Integer(
        required=True, metadata={"example": 1, "description": "The same for all who brought as many"}
    )
    label = fields.String(required=True, metadata={"example": "Alice K."})
    friends = fields.Integer(required=True, metadata={"example": 4})
    is_me = fields.Boolean(required=True, metadata={"description": "Whether this is the caller"})


class LeaderboardAnswer(Answer):
    """Who brought the most friends this month, of those who agreed to be shown."""

    month = fields.String(required=True, metadata={"example": "2026-11"})
    mine = fields.Nested(LeaderboardStandingAnswer, required=True)
    items = fields.List(fields.Nested(LeaderboardPlaceAnswer), required=True)
    consented = fields.Boolean(required=True, metadata={"description": "Whether the caller agreed to be shown"})


class QrArguments(Schema):
    """Which link the QR code carries."""

    channel = fields.String(load_default="qr", validate=validate.OneOf(CHANNELS))


class QrPngArguments(QrArguments):
    """Which link, and how large the picture is."""

    size = fields.Integer(
        load_default=qr.SIZE_DEFAULT_PX,
        validate=validate.Range(min=qr.SIZE_MINIMUM_PX, max=qr.SIZE_MAXIMUM_PX),
        metadata={"description": "Side of the square in pixels"},
    )
