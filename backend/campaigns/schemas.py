"""Campaigns on the wire. The console's form goes through the same schema."""

from marshmallow import fields, validate

from backend.campaigns.models import KINDS, STATUSES
from backend.shared.schemas import Answer, Schema, Text, Timestamp

NAME_LENGTH_MAXIMUM = 80
TITLE_LENGTH_MAXIMUM = 60
BODY_LENGTH_MAXIMUM = 240
RATE_PER_SECOND_MAXIMUM = 10_000
HOLDOUT_PERCENT_MAXIMUM = 50


class TextSchema(Schema):
    """What a phone shows, in one language."""

    title = Text(maximum=TITLE_LENGTH_MAXIMUM, required=True, metadata={"example": "Double points on beans"})
    body = Text(maximum=BODY_LENGTH_MAXIMUM, required=True, metadata={"example": "Until Sunday, in every café."})


class MessageSchema(Schema):
    """The message in both languages; each member gets the own one."""

    ru = fields.Nested(TextSchema, required=True)
    en = fields.Nested(TextSchema, required=True)


class NewCampaignSchema(Schema):
    """A campaign to be written."""

    name = Text(maximum=NAME_LENGTH_MAXIMUM, required=True, metadata={"example": "Double points on beans"})
    kind = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        metadata={
            "description": "marketing keeps quiet at night and comes twice a week at most",
            "example": "marketing",
        },
    )
    segment_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "Whom it is for, as its members are when they are put in line; null: everybody with the app."
            " Offers go to those who agreed to offers by push, in either case"
        },
    )
    message = fields.Nested(MessageSchema, required=True)
    rate_per_second = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=RATE_PER_SECOND_MAXIMUM),
        metadata={"description": "null: as fast as it goes", "example": 40},
    )
    starts_at = Timestamp(load_default=None, allow_none=True, metadata={"description": "null: when it is started"})
    holdout_percent = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(min=0, max=HOLDOUT_PERCENT_MAXIMUM),
        metadata={"description": "Of a hundred people, how many get nothing, to compare with", "example": 10},
    )


class CampaignStatusAnswer(Answer):
    """Where the campaign stands after it."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES), metadata={"example": "running"})


class NewCampaignAnswer(CampaignStatusAnswer):
    """A campaign that was written."""

    id = fields.UUID(required=True)


class CountsAnswer(Answer):
    """People by state; each is counted once, where the best of their devices stands."""

    queued = fields.Integer(required=True)
    held = fields.Integer(required=True, metadata={"description": "Night where they are, or two offers this week"})
    sending = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    # marshmallow keeps the plain name for itself.
    of_unknown_fate = fields.Integer(
        required=True,
        attribute="unknown",
        data_key="unknown",
        metadata={"description": "No answer came; not repeated by itself"},
    )
    dropped = fields.Integer(required=True, metadata={"description": "Consent withdrawn, device gone, or too late"})


class CampaignAnswer(NewCampaignAnswer):
    """A campaign and how it stands."""

    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    segment_id = fields.UUID(required=True, allow_none=True)
    message = fields.Nested(MessageSchema, required=True)
    rate_per_second = fields.Integer(required=True, allow_none=True)
    starts_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    holdout_percent = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True, format="iso")
    created_by = fields.String(required=True)
    counts = fields.Nested(CountsAnswer, required=True)
    holdout = fields.Integer(required=True, metadata={"description": "People kept out to compare with"})


class CampaignPageAnswer(Answer):
    """A page of campaigns, newest first."""

    items = fields.List(fields.Nested(CampaignAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
