"""Signing in, points and the shop on the wire."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from backend.members.addresses import EMAIL_LENGTH_MAXIMUM, PHONE_LENGTH_MAXIMUM
from backend.members.schemas import (
    CONSENTS_MAXIMUM,
    ConsentPairSchema,
    ProfileAnswer,
    name_field,
    refuse_repeated_pairs,
)
from backend.shared.i18n import _l
from backend.shared.schemas import AmountMinor, Answer, ExternalId, Locale, Points, Schema, Text, Timestamp


class AddressSchema(Schema):
    """A phone or an e-mail address: one of the two."""

    phone = Text(
        maximum=PHONE_LENGTH_MAXIMUM,
        metadata={
            "description": "As people write it; without a country code, a number of the shop's country",
            "example": "8 (912) 345-67-89",
        },
    )
    email = Text(maximum=EMAIL_LENGTH_MAXIMUM, metadata={"example": "anna@example.org"})

    @validates_schema
    def _one_of_them(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if "phone" in data and "email" in data:
            raise ValidationError(str(_l("Give a phone or an e-mail address, not both.")), "email")
        if "phone" not in data and "email" not in data:
            raise ValidationError(str(_l("Give a phone or an e-mail address.")), "phone")


class CodeSentAnswer(Answer):
    """The same answer for everybody."""

    expires_in = fields.Integer(required=True, metadata={"description": "Seconds for which it works", "example": 600})
    digits = fields.Integer(required=True, metadata={"description": "How many digits to ask for", "example": 7})


class UtmSchema(Schema):
    """How the shop's own campaign named itself in the link; longer words are cut to 64 characters."""

    utm_source = Text(maximum=1_000, metadata={"example": "vk"})
    utm_medium = Text(maximum=1_000, metadata={"example": "post"})
    utm_campaign = Text(maximum=1_000, metadata={"example": "autumn"})


class SignInSchema(AddressSchema):
    """The proof of having a phone or a mailbox, and what a new member says of themselves."""

    code = Text(required=True, maximum=20, metadata={"description": "The one-time code", "example": "1234567"})
    referral_code = Text(
        maximum=300, metadata={"description": "The code of whoever invited, or their link", "example": "K7M-3QX-B9T"}
    )
    referral_channel = Text(
        maximum=32,
        metadata={
            "description": "How the code reached the app, where store or clipboard kept it; absent: it was typed",
            "example": "qr",
        },
    )
    referral_link = Text(maximum=32, metadata={"description": "The named link's own name", "example": "k7m3bx"})
    utm = fields.Nested(UtmSchema)
    name = name_field()
    locale = Locale()
    consents = fields.List(
        fields.Nested(ConsentPairSchema),
        validate=[validate.Length(max=CONSENTS_MAXIMUM), refuse_repeated_pairs],
        metadata={"description": "What the person ticked; nothing means nothing was agreed to"},
    )


class TokensAnswer(Answer):
    """What a signed-in app holds."""

    access_token = fields.String(required=True, metadata={"description": "Bearer token of every call"})
    refresh_token = fields.String(required=True, metadata={"description": "Good once, for the next pair"})
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds of the access token", "example": 600})


class SignedInAnswer(TokensAnswer):
    """Tokens, and whose they are."""

    member = fields.Nested(ProfileAnswer, required=True)
    joined = fields.Boolean(required=True, metadata={"description": "Whether they became a member just now"})


class RefreshSchema(Schema):
    """The refresh token of the last answer."""

    refresh_token = Text(required=True, maximum=200)


class ExpiringAnswer(Answer):
    """Points that burn on one day."""

    points = Points(required=True)
    expires_on = fields.Date(required=True)


class TierAnswer(Answer):
    """Where the caller stands. Amounts are in the unit of the measure; money in minor units."""

    tier = fields.String(required=True, allow_none=True, metadata={"description": "null below the first"})
    title = fields.String(required=True, allow_none=True, metadata={"description": "In the caller's language"})
    since = Timestamp(required=True, allow_none=True)
    holds_until = Timestamp(required=True, allow_none=True, metadata={"description": "null: for life"})
    benefits = fields.List(fields.String(), required=True)
    measure = fields.String(required=True, validate=validate.OneOf(("spend", "points", "visits", "referrals")))
    currency = fields.String(required=True, metadata={"example": "RUB"})
    measured = fields.Integer(required=True, metadata={"description": "In the window of the programme"})
    next_tier = fields.String(required=True, allow_none=True, metadata={"description": "null at the top"})
    next_title = fields.String(required=True, allow_none=True)
    missing = fields.Integer(required=True, metadata={"description": "To the next tier"})


class SpendingPauseAnswer(Answer):
    """Why no points can be spent for now."""

    text = fields.String(required=True, metadata={"description": "Why, in the caller's language"})
    until = Timestamp(
        required=True, allow_none=True, metadata={"description": "null where a person looks first and nobody knows"}
    )


class BalanceAnswer(Answer):
    """What the caller has, in points."""

    available = Points(required=True, metadata={"description": "Can be spent now"})
    pending = Points(required=True, metadata={"description": "Become available when the return window is over"})
    reserved = Points(required=True, metadata={"description": "Held by a sale that is being paid"})
    debt = Points(required=True, metadata={"description": "Owed after returns; the next points pay it off"})
    expiring = fields.List(fields.Nested(ExpiringAnswer), required=True)
    tier = fields.Nested(
        TierAnswer, required=True, allow_none=True, metadata={"description": "null where the programme has no tiers"}
    )
    spending_pause = fields.Nested(
        SpendingPauseAnswer, required=True, allow_none=True, metadata={"description": "null where points can be spent"}
    )


class ReviewAnswer(Answer):
    """A person looks at a purchase before its points come, or has decided that it brings none."""

    state = fields.String(required=True, validate=validate.OneOf(("open", "refused")))
    text = fields.String(required=True, metadata={"description": "Why, in the caller's language"})
    due_on = fields.Date(required=True, allow_none=True, metadata={"description": "Decided on this day at the latest"})


class EntryAnswer(Answer):
    """One event of the caller's history."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"example": "accrual"})
    points = fields.Integer(required=True, metadata={"description": "Signed", "example": 120})
    occurred_at = Timestamp(required=True)
    title = fields.String(required=True, metadata={"description": "In the caller's language"})
    status = fields.String(required=True, validate=validate.OneOf(("pending", "posted", "cancelled")))
    expires_on = fields.Date(required=True, allow_none=True)
    available_on = fields.Date(required=True, allow_none=True)
    receipt_id = fields.UUID(required=True, allow_none=True)
    referral_id = fields.UUID(required=True, allow_none=True)
    review = fields.Nested(
        ReviewAnswer, required=True, allow_none=True, metadata={"description": "Where a person looks, or has looked"}
    )


class EntriesAnswer(Answer):
    """A page of the history, newest first."""

    items = fields.List(fields.Nested(EntryAnswer), required=True)
    next_cursor = fields.String(required=True, allow_none=True, metadata={"description": "null on the last page"})


class StepAnswer(Answer):
    """One line of the sum."""

    text = fields.String(required=True)
    figure = fields.String(required=True)


class ExplanationAnswer(Answer):
    """Why an entry is what it is."""

    text = fields.String(required=True, metadata={"description": "In the caller's language"})
    rule = fields.String(required=True, allow_none=True)
    rule_version = fields.Integer(required=True, allow_none=True)
    inputs = fields.Dict(required=True, metadata={"description": "The facts that were stored with the entry"})
    steps = fields.List(fields.Nested(StepAnswer), required=True)


class IdempotencyKeySchema(Schema):
    """What tells a repetition from a new request."""

    key = ExternalId(
        required=True,
        data_key="Idempotency-Key",
        metadata={"description": "Made by the caller, anew for each transfer; the same one to repeat it"},
    )


class TransferSchema(Schema):
    """To whom, and how many points."""

    to = Text(
        required=True,
        maximum=PHONE_LENGTH_MAXIMUM,
        metadata={"description": "The recipient's card number or phone", "example": "9710 0044 2031 3201"},
    )
    points = Points(required=True, minimum=1)
    programme = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=64),
        metadata={"description": "Whose points; absent means those of the oldest programme that allows transfers"},
    )


class TransferAnswer(Answer):
    """A transfer that was made."""

    id = fields.UUID(required=True, metadata={"description": "Of the sender's entry, which explains itself"})
    points = Points(required=True)
    occurred_at = Timestamp(required=True)
    available = Points(required=True, metadata={"description": "What the sender had left to spend"})


class ReferralTermsAnswer(Answer):
    """What both sides get for a friend's first purchase."""

    advocate_points = Points(required=True)
    friend_points = Points(required=True)
    minimum_amount_minor = fields.Integer(required=True, metadata={"description": "Of the purchase, in minor units"})
    pending_days = fields.Integer(required=True, metadata={"description": "Until the points can be spent"})


class TransferTermsAnswer(Answer):
    """How members may give each other points."""

    minimum_points = Points(required=True, metadata={"description": "Of one transfer"})
    maximum_points_per_day = Points(
        required=True, allow_none=True, metadata={"description": "That one member gives away; null: any number"}
    )


class ConsentTextAnswer(Answer):
    """The words that a person agrees to, for one purpose in one channel."""

    purpose = fields.String(required=True, metadata={"example": "marketing"})
    channel = fields.String(required=True, metadata={"example": "push"})
    text = fields.String(required=True, metadata={"description": "In the caller's language"})


class ShopAnswer(Answer):
    """The shop as anybody may see it."""

    name = fields.String(required=True, metadata={"description": "In the caller's language", "example": "Grain"})
    accent = fields.String(required=True, allow_none=True, metadata={"example": "#5E2750"})
    spark = fields.String(required=True, allow_none=True, metadata={"example": "#F4A871"})
    zone = fields.String(required=True, metadata={"example": "Europe/Moscow"})
    locale = fields.String(required=True, metadata={"example": "ru"})
    currency = fields.String(required=True, allow_none=True, metadata={"example": "RUB"})
    referral = fields.Nested(ReferralTermsAnswer, required=True, allow_none=True)
    transfers = fields.Nested(
        TransferTermsAnswer, required=True, allow_none=True, metadata={"description": "null where they are not allowed"}
    )
    consent_texts = fields.List(fields.Nested(ConsentTextAnswer), required=True)


class ReceiptClaimSchema(Schema):
    """What stands on the paper."""

    external_id = ExternalId(required=True, metadata={"description": "The receipt's number"})
    total = AmountMinor(required=True, metadata={"description": "Before points, in minor units", "example": 54000})
    store = Text(
        load_default=None,
        allow_none=True,
        maximum=64,
        metadata={"description": "Code of the store, where several have a receipt of this number and total"},
    )


class ClaimedReceiptAnswer(Answer):
    """What the receipt brought."""

    receipt_id = fields.UUID(required=True)
    points_earned = fields.Integer(required=True, metadata={"description": "Available now"})
    points_pending = fields.Integer(required=True)
    messages = fields.List(fields.String(), required=True, metadata={"description": "In the caller's language"})
