"""Codes and links on the wire."""

from marshmallow import fields

from backend.referrals.links import LINKS_MAXIMUM
from backend.shared.schemas import Answer, Schema, Text, Timestamp

LABEL_LENGTH_MAXIMUM = 60


class ChosenCodeSchema(Schema):
    """The code that the caller would like."""

    code = Text(
        required=True,
        maximum=40,
        metadata={
            "description": "4 to 16 letters or digits of one alphabet, Latin or Russian; case does not matter",
            "example": "ALICE",
        },
    )


class ChosenCodeAnswer(Answer):
    """The code that the caller chose, and the links that carry it."""

    code = fields.String(required=True, metadata={"example": "ALICE"})
    written = fields.String(required=True, metadata={"example": "ALICE", "description": "The code as it is read out"})
    link = fields.String(required=True, metadata={"example": "https://loyalty.example.org/r/ALICE"})
    links = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={
            "description": "A link for each channel, whose visits are counted apart",
            "example": {"qr": "https://loyalty.example.org/r/ALICE?c=qr"},
        },
    )
    may_change_on = fields.Date(required=True, metadata={"description": "From this day on another one can be chosen"})


class NewCodeAnswer(Answer):
    """The own code after the old one has ended."""

    code = fields.String(required=True, metadata={"example": "K7M3BXP9T"})
    written = fields.String(required=True, metadata={"example": "K7M-3BX-P9T"})
    link = fields.String(required=True, metadata={"example": "https://loyalty.example.org/r/K7M3BXP9T"})


class LinkSchema(Schema):
    """What a link is for, in its owner's words."""

    label = Text(
        required=True,
        maximum=LABEL_LENGTH_MAXIMUM,
        metadata={"description": "Seen by its owner and the shop alone, never by friends", "example": "My blog"},
    )


class LinkAnswer(Answer):
    """A link that the caller named."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "My blog"})
    slug = fields.String(required=True, metadata={"description": "Its name in the address", "example": "k7m3bx"})
    link = fields.String(required=True, metadata={"example": "https://loyalty.example.org/r/ALICE?c=own&l=k7m3bx"})
    visits = fields.Integer(required=True, metadata={"description": "How many people opened it", "example": 12})
    created_at = Timestamp(required=True)


class LinksAnswer(Answer):
    """The caller's named links, newest first."""

    items = fields.List(fields.Nested(LinkAnswer), required=True)
    maximum = fields.Integer(required=True, dump_default=LINKS_MAXIMUM, metadata={"example": LINKS_MAXIMUM})
