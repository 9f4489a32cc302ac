"""The inbox on the wire."""

from marshmallow import fields

from backend.shared.schemas import Answer


class MessageAnswer(Answer):
    """One message of the inbox, in the member's language."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"description": "What it is about, stable", "example": "campaign"})
    title = fields.String(required=True, metadata={"example": "+120 points"})
    body = fields.String(required=True, metadata={"example": "Grain, Pokrovka 12. Yours on 6 December."})
    created_at = fields.AwareDateTime(required=True, format="iso")
    read_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")


class InboxAnswer(Answer):
    """A page of the inbox, newest first."""

    items = fields.List(fields.Nested(MessageAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True, metadata={"description": "null on the last page"})
    unread = fields.Integer(required=True, metadata={"description": "Unread messages of the whole inbox"})
