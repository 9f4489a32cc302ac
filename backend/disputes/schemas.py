"""Disputes on the wire."""

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import EXCLUDE, ValidationError, fields, validate, validates_schema

from backend.disputes.models import STATES
from backend.disputes.queries import STAFF_LISTS
from backend.disputes.rules import ABOUT, TOPICS
from backend.shared.i18n import _l
from backend.shared.schemas import (
    EXTERNAL_ID_PATTERN,
    AmountMinor,
    Answer,
    Currency,
    ExternalId,
    Points,
    Schema,
    Text,
    Timestamp,
)

TEXT_LENGTH_MAXIMUM = 2000
POINTS_ADDED_MAXIMUM = 10**9


def _words(**options: Any) -> Text:
    return Text(required=True, maximum=TEXT_LENGTH_MAXIMUM, **options)


class IdempotencyKeySchema(Schema):
    """What tells a repetition from a new request."""

    class Meta:
        unknown = EXCLUDE

    key = ExternalId(
        data_key="Idempotency-Key",
        load_default=None,
        metadata={
            "description": "Made by the caller, anew for each request; with it, a repetition changes nothing",
            "pattern": EXTERNAL_ID_PATTERN,
        },
    )


class MissingReceiptSchema(Schema):
    """What stands on the paper."""

    number = ExternalId(required=True, metadata={"description": "The receipt's number", "example": "0042"})
    on = fields.Date(required=True, metadata={"description": "The day of the purchase", "example": "2026-11-20"})
    store = Text(maximum=64, load_default=None, metadata={"description": "The store's code", "example": "pokrovka"})
    amount = AmountMinor(
        load_default=None,
        metadata={"description": "The total in minor units; only with it a receipt is found at once", "example": 54000},
    )
    currency = Currency(load_default=None)


class NewDisputeSchema(Schema):
    """What is wrong, and with what: exactly one of an entry, an invitation and a receipt."""

    entry_id = fields.UUID(metadata={"description": "A row of `/me/entries`"})
    referral_id = fields.UUID(metadata={"description": "A row of `/me/referrals`"})
    receipt = fields.Nested(MissingReceiptSchema, metadata={"description": "A purchase that is missing"})
    text = _words(metadata={"example": "I paid 1,500 with my own card, not with a gift card."})
    about = fields.String(
        load_default=None,
        validate=validate.OneOf(ABOUT),
        metadata={
            "description": "What should be different. Without it, or with `not_yet`, points that only wait for the end"
            " of the return window are explained at once",
            "example": "too_few",
        },
    )
    insists = fields.Boolean(
        load_default=False,
        metadata={"description": "A person shall look at it, whatever a rule says; opens a settled one again"},
    )

    @validates_schema
    def _one_subject(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if len({"entry_id", "referral_id", "receipt"} & data.keys()) != 1:
            raise ValidationError(str(_l("Name one thing: an entry, an invitation or a receipt.")), "entry_id")


class NewMessageSchema(Schema):
    """A word in the thread."""

    text = _words(metadata={"example": "The receipt is attached."})


class EvidenceSchema(Schema):
    """A photograph."""

    photo = Upload(required=True, metadata={"description": "JPEG, PNG or WebP, at most 8 MB"})


class RatingSchema(Schema):
    """How it went."""

    rating = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=5), metadata={"example": 5})
    text = Text(minimum=0, maximum=500, load_default=None, allow_none=True)


class DecisionSchema(Schema):
    """The shop's word."""

    outcome = fields.String(required=True, validate=validate.OneOf(("upheld", "refused")))
    points = Points(
        load_default=None,
        allow_none=True,
        maximum=POINTS_ADDED_MAXIMUM,
        metadata={
            "description": "Added by the decision. Left out: a refused invitation is rewarded, a receipt that was found"
            " is attached. 0: the member is right, and nothing is to be added",
            "example": 30,
        },
    )
    text = _words(
        metadata={
            "description": "What the member reads, here and in the history; it stays there for ever, so without names",
            "example": "The till had the payment wrong. 30 points are added.",
        }
    )


class SubjectReceiptAnswer(Answer):
    """A missing receipt as the caller told it."""

    number = fields.String(required=True)
    on = fields.String(required=True, metadata={"format": "date", "example": "2026-11-20"})
    store = fields.String(required=True, allow_none=True)
    store_name = fields.String(required=True, allow_none=True)
    amount = fields.Integer(required=True, allow_none=True, attribute="amount_minor")
    currency = fields.String(required=True, allow_none=True)


class SubjectAnswer(Answer):
    """What it is about."""

    kind = fields.String(required=True, validate=validate.OneOf(("entry", "referral", "receipt")))
    id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "null for a receipt until it is the caller's"}
    )
    title = fields.String(required=True, metadata={"example": "Pokrovka 12"})
    occurred_at = Timestamp(required=True, allow_none=True)
    points = fields.Integer(required=True, allow_none=True, metadata={"description": "Signed", "example": 120})
    receipt = fields.Nested(SubjectReceiptAnswer, required=True, allow_none=True)


class DecisionAnswer(Answer):
    """How it ended."""

    outcome = fields.String(required=True, validate=validate.OneOf(("upheld", "refused", "settled")))
    text = fields.String(required=True, metadata={"description": "In the caller's language where a rule speaks"})
    points = fields.Integer(required=True, allow_none=True, metadata={"description": "Added by the decision"})
    entry_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The row of `/me/entries` that the decision made"}
    )
    decided_at = Timestamp(required=True)
    decided_by = fields.String(
        required=True, allow_none=True, metadata={"description": "null for a rule", "example": "Olga"}
    )


class SaidAnswer(Answer):
    """One event of the thread."""

    id = fields.UUID(required=True)
    at = Timestamp(required=True)
    kind = fields.String(
        required=True,
        metadata={
            "description": "`opened`, `insisted`, `message`, `evidence`, `settled`, `upheld`, `refused`, `withdrawn`"
        },
    )
    side = fields.String(required=True, validate=validate.OneOf(("member", "shop", "rule")))
    name = fields.String(required=True, allow_none=True, metadata={"description": "Who of the shop wrote"})
    text = fields.String(required=True, allow_none=True)
    evidence_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The photo; null where it is not kept any more"}
    )


class DisputeRowAnswer(Answer):
    """A question without its thread."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATES))
    status_at = Timestamp(required=True)
    about = fields.String(required=True, allow_none=True)
    opened_at = Timestamp(required=True)
    due_on = fields.Date(required=True, metadata={"description": "The last day for the shop's answer"})
    subject = fields.Nested(SubjectAnswer, required=True)
    text = fields.String(required=True, metadata={"description": "What the caller wrote first"})
    decision = fields.Nested(DecisionAnswer, required=True, allow_none=True)
    may_write = fields.Boolean(
        required=True, metadata={"description": "Also after a rule's answer: a person looks at it then"}
    )
    may_rate = fields.Boolean(required=True)
    rating = fields.Integer(required=True, allow_none=True)


class DisputeAnswer(DisputeRowAnswer):
    """A question with its thread, in order of time."""

    thread = fields.List(fields.Nested(SaidAnswer), required=True)


class DisputesAnswer(Answer):
    """A page of questions, newest first."""

    items = fields.List(fields.Nested(DisputeRowAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True, metadata={"description": "null on the last page"})


class StaffListArguments(Schema):
    """Which disputes."""

    state = fields.String(
        load_default="open",
        validate=validate.OneOf((*STAFF_LISTS, *(state for state in STATES if state not in STAFF_LISTS))),
        metadata={"description": "A state, or a list of the desk: `open` holds what is answered too"},
    )


class StaffDisputeRowAnswer(DisputeRowAnswer):
    """A dispute as staff sees it in a list."""

    member_id = fields.UUID(required=True)
    topic = fields.String(required=True, validate=validate.OneOf(TOPICS))
    due_at = Timestamp(required=True)
    reminded_at = Timestamp(required=True, allow_none=True)
    escalated_at = Timestamp(
        required=True, allow_none=True, metadata={"description": "Since when it is beyond its deadline"}
    )
    ended_at = Timestamp(required=True, allow_none=True)


class StaffDisputeAnswer(StaffDisputeRowAnswer):
    """A dispute as staff sees it, with all that happened."""

    thread = fields.List(fields.Nested(SaidAnswer), required=True)


class StaffDisputesAnswer(Answer):
    """A list of the desk: what is open by deadline, what is over newest first."""

    items = fields.List(fields.Nested(StaffDisputeRowAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True, metadata={"description": "null on the last page"})
