"""What tills send and are told."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from backend.programmes.programme import PAYMENT_KINDS
from backend.shared.plain_reading import PlainSchema
from backend.shared.problems import ProblemSchema
from backend.shared.schemas import (
    AmountMinor,
    Answer,
    Currency,
    ExternalId,
    Points,
    Quantity,
    Schema,
    Text,
    Timestamp,
)
from backend.till.models import RESERVATION_STATUSES
from backend.till.receipt_request import UnreadableReceipt

LINES_MAXIMUM = 1_000
CASHIER_LENGTH_MAXIMUM = 64
BATCH_MAXIMUM = 5_000


class LineSchema(PlainSchema):
    """A line of a sale."""

    sku = Text(required=True, maximum=64, metadata={"example": "FLAT-WHITE"})
    category = Text(load_default=None, allow_none=True, maximum=64, metadata={"example": "coffee"})
    quantity = Quantity(required=True)
    amount = AmountMinor(required=True, metadata={"description": "Of the whole line, in minor units", "example": 35000})


class PaymentSchema(PlainSchema):
    """How a part of the receipt was paid."""

    kind = fields.String(required=True, validate=validate.OneOf(PAYMENT_KINDS), metadata={"example": "card"})
    amount = AmountMinor(required=True)
    token_hash = fields.String(
        validate=validate.Regexp(r"[\x21-\x7e]{16,128}\Z"),
        metadata={
            "description": "The card's fingerprint as the acquirer gives it, never its number. It is kept as a keyed "
            "hash alone, and compared by the rules against fraud"
        },
    )


class ReceiptSchema(PlainSchema):
    """A sale as the till tells it."""

    external_id = ExternalId(required=True, metadata={"example": "pokrovka-2026-11-22-0042"})
    code = Text(maximum=512, metadata={"description": "Whatever was scanned or typed: code, card number, phone"})
    member_id = fields.UUID(metadata={"description": "Instead of code, from the answer to a scan. Neither: nobody"})
    occurred_at = Timestamp(required=True)
    currency = Currency(required=True)
    total = AmountMinor(
        required=True, metadata={"description": "Sum of lines.amount, in minor units", "example": 35000}
    )
    lines = fields.List(fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=LINES_MAXIMUM))
    cashier = Text(load_default=None, allow_none=True, maximum=CASHIER_LENGTH_MAXIMUM)
    payments = fields.List(
        fields.Nested(PaymentSchema),
        load_default=list,
        validate=validate.Length(max=20),
        metadata={"description": "Together the total less what points paid; `points` for that may stand among them"},
    )
    reservation_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Points set aside for it; confirmed with it"}
    )
    offline = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    referral_code = Text(
        load_default=None,
        allow_none=True,
        maximum=512,
        metadata={"description": "The code of whoever recommended the shop, at a friend's first purchase"},
    )

    @validates_schema(skip_on_field_errors=True)
    def _one_member(self, data: dict[str, Any], **_options: Any) -> None:
        if "code" in data and "member_id" in data:
            raise ValidationError(str(_l("Send either code or member_id.")), field_name="code")


class ReceiptOfBatch(fields.Nested):
    """A receipt that is judged by itself: one that cannot be read stands as such among its neighbours."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ReceiptSchema, **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """As any field, but that nothing in the place of a receipt is one that cannot be read."""
        return super().deserialize({} if value is None else value, *args, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, *args, **kwargs)
        except ValidationError as error:
            external_id = value.get("external_id") if isinstance(value, dict) else None
            return UnreadableReceipt(external_id if isinstance(external_id, str) else None, error.messages_dict)


class BatchSchema(Schema):
    """Receipts of a till that was away; each is judged by itself."""

    receipts = fields.List(ReceiptOfBatch(), required=True, validate=validate.Length(min=1, max=BATCH_MAXIMUM))


class ScanSchema(Schema):
    """Whatever a scanner read or a cashier typed."""

    code = Text(required=True, maximum=512, metadata={"example": "4276 0000 0000 5589"})


class EnrolSchema(Schema):
    """A guest without the app."""

    phone = Text(required=True, maximum=32, metadata={"example": "8 (912) 345-67-89"})
    referral_code = Text(load_default=None, allow_none=True, maximum=512)


class GuestMember(Answer):
    """A guest, as much as a cashier may know."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "Alice K."})
    card_masked = fields.String(required=True, metadata={"example": "•• 5589"})
    tier = fields.String(allow_none=True, required=True, metadata={"example": "silver"})
    tier_title = fields.String(
        allow_none=True, required=True, metadata={"description": "In the caller's language", "example": "Silver"}
    )


class TillCoupon(Answer):
    """A coupon that a guest has."""

    id = fields.UUID(required=True)
    reward_id = fields.String(required=True, metadata={"example": "grain:cappuccino"})
    kind = fields.String(required=True, metadata={"example": "goods"})
    title = fields.String(required=True, metadata={"description": "In the caller's language"})
    note = fields.String(required=True, metadata={"example": "coupon until 4 December"})
    icon = fields.String(required=True, metadata={"example": "cup"})
    code = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "To hand it over; null unless the guest's fresh code or the coupon was scanned"},
    )
    state = fields.String(required=True, validate=validate.OneOf(("issued", "used")))
    valid_until = fields.Date(required=True, allow_none=True, metadata={"description": "The last day, included"})
    currency = fields.String(required=True, metadata={"example": "RUB"})
    amount = AmountMinor(required=True, allow_none=True, metadata={"description": "Where it is worth money"})
    rate_basis_points = fields.Integer(required=True, allow_none=True, metadata={"description": "What it takes off"})
    minimum_receipt = AmountMinor(required=True, allow_none=True)


class CouponUseSchema(Schema):
    """A coupon that is handed over."""

    code = Text(required=True, maximum=128, metadata={"description": "The coupon's own", "example": "C7K2-MQ3X-B9TW"})
    external_id = ExternalId(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of the receipt that it belongs to: for it, twice is as good as once"},
    )
    amount = AmountMinor(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of the receipt before the coupon, to have the coupon's least purchase looked at"},
    )


class CouponGuest(Answer):
    """Whose coupon it was."""

    id = fields.UUID(required=True)
    label = fields.String(required=True, metadata={"example": "Alice K."})
    card_masked = fields.String(required=True, metadata={"example": "•• 5589"})


class CouponUseAnswer(Answer):
    """What was handed over, and what there is to do."""

    coupon = fields.Nested(TillCoupon, required=True)
    member = fields.Nested(CouponGuest, required=True)
    messages = fields.List(fields.String(), required=True, metadata={"example": ["Take ₽500 off the receipt."]})


class GuestReferral(Answer):
    """A referral code that was scanned."""

    code = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "First name of whoever recommends"})


class GuestAnswer(Answer):
    """Who was scanned and what they may spend."""

    kind = fields.String(required=True, validate=validate.OneOf(("member", "referral", "coupon")))
    member = fields.Nested(GuestMember, allow_none=True, required=True)
    referral = fields.Nested(GuestReferral, allow_none=True, required=True)
    coupons = fields.List(
        fields.Nested(TillCoupon), required=True, metadata={"description": "What ends first; a scanned one before all"}
    )
    discount_basis_points = fields.Integer(
        required=True, metadata={"description": "To be taken off before the receipt's total is told", "example": 300}
    )
    available = Points(required=True)
    pending = Points(required=True)
    spendable_points = Points(required=True)
    may_spend = fields.Boolean(required=True)
    spending_paused_until = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "No points are spent before: the guest's account was changed; messages say how"},
    )
    fresh = fields.Boolean(required=True, metadata={"description": "The code was made just now, on the guest's phone"})
    messages = fields.List(fields.String(), required=True)


class TillBalance(Answer):
    """A guest's points after the receipt."""

    available = Points(required=True)
    pending = Points(required=True)
    reserved = Points(required=True)
    debt = Points(required=True)


class ReceiptAnswer(Answer):
    """What the receipt brought."""

    receipt_id = fields.UUID(required=True)
    points_earned = fields.Integer(required=True, metadata={"description": "Available now"})
    points_pending = fields.Integer(required=True)
    points_spent = Points(required=True)
    discount = AmountMinor(required=True, metadata={"description": "What the points paid, in minor units"})
    unattached = fields.Boolean(
        required=True, metadata={"description": "Nobody was named on it: it is kept, and may be claimed"}
    )
    balance = fields.Nested(TillBalance, required=True, allow_none=True)
    messages = fields.List(fields.String(), required=True)


class ClaimSchema(Schema):
    """Whose receipt it was."""

    code = Text(required=True, maximum=512, metadata={"description": "Code, card number or phone of the guest"})


class ClaimAnswer(ReceiptAnswer):
    """What a claimed receipt brought, and to whom."""

    member = fields.Nested(GuestMember, required=True)


class BatchItem(Answer):
    """What became of one receipt of a batch."""

    external_id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(("recorded", "repeated", "refused")))
    receipt_id = fields.UUID()
    points_earned = fields.Integer()
    points_pending = fields.Integer()
    unattached = fields.Boolean()
    problem = fields.Nested(ProblemSchema, metadata={"description": "Why it was refused"})


class BatchAnswer(Answer):
    """What became of each receipt, in the order they came."""

    items = fields.List(fields.Nested(BatchItem), required=True)


class ReservationSchema(PlainSchema):
    """Points for a sale that is being paid."""

    external_id = ExternalId(required=True, metadata={"example": "pokrovka-2026-11-22-0042"})
    code = Text(required=True, maximum=512, metadata={"description": "The code that the guest's phone shows now"})
    points = Points(required=True, minimum=1, metadata={"description": "As many as the guest wants", "example": 120})
    amount = AmountMinor(required=True, metadata={"description": "Of the receipt, before points", "example": 54000})
    currency = Currency(load_default=None, allow_none=True)


class ConfirmationSchema(PlainSchema):
    """Nothing for all that is set aside; fewer points, or what the receipt came to, for a part of it."""

    points = Points(load_default=None, allow_none=True, minimum=1, metadata={"description": "The rest goes back"})
    amount = AmountMinor(
        load_default=None, allow_none=True, metadata={"description": "Of the receipt, where it has changed"}
    )


class ReservationStanding(Answer):
    """A reservation as it stands."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, validate=validate.OneOf(RESERVATION_STATUSES))
    points = Points(required=True)
    discount = AmountMinor(required=True, metadata={"description": "What the points pay, in minor units"})
    currency = fields.String(required=True, metadata={"example": "RUB"})
    balance = fields.Nested(TillBalance, required=True)


class ReservationAnswer(ReservationStanding):
    """What was set aside, and until when."""

    amount_due = fields.Integer(required=True, metadata={"description": "What is left to pay, in minor units"})
    # Stored as it is told, so that it stays the same.
    expires_at = fields.String(
        required=True, metadata={"format": "date-time", "description": "When the points are let go by themselves"}
    )


class ContextSpending(Answer):
    """How points pay."""

    point_value_minor = AmountMinor(required=True, metadata={"description": "What one point pays, in minor units"})
    maximum_share_basis_points = fields.Integer(
        required=True, metadata={"description": "How much of a receipt points may pay", "example": 10000}
    )


class ContextStore(Answer):
    """The till's store."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


class ContextAnswer(Answer):
    """Where the till stands and in which money it sells."""

    store = fields.Nested(ContextStore, required=True)
    shop = fields.String(required=True)
    currency = fields.String(required=True, allow_none=True)
    spending = fields.Nested(ContextSpending, required=True, allow_none=True)
    cashier = fields.String(required=True, allow_none=True)
