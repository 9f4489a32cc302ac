"""Support's view of members on the wire."""

from marshmallow import EXCLUDE, fields, validate

from backend.console.adjustment_form import NOTE_LENGTH_MAXIMUM
from backend.ledger.adjusting import FOR_DISPUTE, POINTS_MAXIMUM, REASONS, STATUSES
from backend.shared.schemas import EXTERNAL_ID_PATTERN, Answer, ExternalId, Points, Schema, Text

QUERY_LENGTH_MAXIMUM = 254


class FindArguments(Schema):
    """Who is looked for."""

    query = Text(
        required=True,
        maximum=QUERY_LENGTH_MAXIMUM,
        metadata={
            "description": "A phone in any notation, an e-mail address, a card's number or code, a receipt's number,"
            " the id in another system; never a name: names are encrypted, each with its own key",
            "example": "9710 0044 2031 3201",
        },
    )


class MemberFoundAnswer(Answer):
    """A member as staff sees them: contacts are masked."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "Alice K."})
    card_masked = fields.String(required=True, metadata={"example": "•• 3201"})
    phone_masked = fields.String(required=True, allow_none=True, metadata={"example": "+7 ••• •••-67-89"})
    email_masked = fields.String(required=True, allow_none=True, metadata={"example": "a•••@example.org"})
    external_id = fields.String(required=True, allow_none=True)
    joined_at = fields.AwareDateTime(required=True, format="iso")
    erased_at = fields.AwareDateTime(required=True, allow_none=True, format="iso")


class MembersFoundAnswer(Answer):
    """Whoever is meant: one, several where a receipt's number stands in several stores, or nobody."""

    items = fields.List(fields.Nested(MemberFoundAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True, metadata={"description": "Always null: one page"})


class BalanceOfMemberAnswer(Answer):
    """Points by account."""

    available = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    reserved = fields.Integer(required=True)
    debt = fields.Integer(required=True, metadata={"description": "Owed after a return; paid by the next points"})


class ComingAnswer(Answer):
    """Points for which something happens at a moment."""

    points = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True, format="iso")


class MemberAnswer(MemberFoundAnswer):
    """A member with the figures of their book."""

    locale = fields.String(required=True)
    zone = fields.String(required=True)
    balance = fields.Nested(BalanceOfMemberAnswer, required=True)
    earned = fields.Integer(
        required=True, metadata={"description": "All points for purchases and friends, less what returns took back"}
    )
    next_release = fields.Nested(ComingAnswer, required=True, allow_none=True)
    next_expiry = fields.Nested(ComingAnswer, required=True, allow_none=True)
    debt_reason = fields.String(required=True, allow_none=True, metadata={"description": "In the caller's language"})
    transactions_count = fields.Integer(required=True)
    frozen_at = fields.AwareDateTime(
        required=True, allow_none=True, format="iso", metadata={"description": "Since when nothing may be spent"}
    )
    frozen_reason = fields.String(required=True, allow_none=True)


class IdempotencyHeaders(Schema):
    """What makes a repeated request the same request."""

    class Meta:
        unknown = EXCLUDE

    idempotency_key = ExternalId(
        data_key="Idempotency-Key",
        load_default=None,
        metadata={
            "description": "Send a new one with each adjustment: repeated with it, a request is not done twice",
            "pattern": EXTERNAL_ID_PATTERN,
            "example": "crm-case-4711",
        },
    )


class LetSpendSchema(Schema):
    """Why somebody of the staff vouches for a member whose account was changed."""

    reason = Text(required=True, maximum=300, metadata={"example": "Came to the till with a passport"})


class NewAdjustmentSchema(Schema):
    """Points given or taken by hand."""

    points = Points(
        minimum=-POINTS_MAXIMUM,
        maximum=POINTS_MAXIMUM,
        required=True,
        refused=(0,),
        metadata={"description": "Above zero adds, below zero takes; never zero", "example": 300},
    )
    reason = Text(
        required=True,
        maximum=NOTE_LENGTH_MAXIMUM,
        metadata={
            "description": "Why, for staff and the audit log; the participant never reads it",
            "example": "Till of 22 November was down, case 4711",
        },
    )
    kind = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(REASONS),
        metadata={
            "description": "What the participant is told. Left out: the reason, if it is one of these; otherwise"
            " goodwill for points that are added and correction for points that are taken",
            "example": "complaint",
        },
    )


class AdjustmentAnswer(Answer):
    """An adjustment as it stands."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES), metadata={"example": "posted"})
    points = fields.Integer(required=True)
    kind = fields.String(required=True, attribute="reason", validate=validate.OneOf((*REASONS, FOR_DISPUTE)))
    transaction_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "In the book; null while it waits"}
    )
    waits_until = fields.AwareDateTime(
        required=True,
        allow_none=True,
        format="iso",
        metadata={"description": "When a request that needs a second person runs out; null where it needs none"},
    )
