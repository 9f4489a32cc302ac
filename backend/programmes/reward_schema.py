"""What points are spent on besides receipts."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from backend.programmes.document_fields import (
    AMOUNT_MINOR_MAXIMUM,
    DAYS_MAXIMUM,
    POINTS_MAXIMUM,
    ConditionText,
    Day,
    Section,
    TextByLanguage,
    Whole,
    name_of,
    one_of,
    says,
)
from backend.programmes.mistakes import Problem
from backend.programmes.programme import WHOLE_RECEIPT_BASIS_POINTS, RewardLimits

KINDS = ("discount_coupon", "goods", "event_place", "gift_card", "money_off", "partner_coupon")
WORTH = {"money_off": "amount_minor", "gift_card": "amount_minor", "discount_coupon": "rate_basis_points"}
"""What each kind has to say of its worth; the others say nothing."""


class RewardLimitsSchema(Section):
    """How many there are."""

    in_all = Whole(1, POINTS_MAXIMUM, load_default=None)
    per_day = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("On a day of the shop's zone."))
    per_member = Whole(1, POINTS_MAXIMUM, load_default=None)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> RewardLimits:
        return RewardLimits(**data)


class RewardSchema(Section):
    """Something that members order for points."""

    reward = name_of("The name by which orders keep it.")
    title = fields.Nested(TextByLanguage, required=True)
    description = fields.Nested(TextByLanguage, load_default=None)
    kind = one_of(KINDS, required=True)
    price_points = Whole(1, POINTS_MAXIMUM, required=True)
    group = fields.Nested(TextByLanguage, load_default=None, metadata=says("Where it stands in the catalogue."))
    icon = fields.String(load_default=None, metadata=says("The name of a picture: cup, gift, ticket."))
    valid_days = Whole(1, DAYS_MAXIMUM, load_default=None, metadata=says("Days after it was issued."))
    valid_until = Day(load_default=None, metadata=says("Or the last day of the shop's zone."))
    limits = fields.Nested(RewardLimitsSchema, load_default=RewardLimits)
    codes = one_of(("made", "loaded"), load_default="made", metadata=says("loaded: the partner's, from a list."))
    issue = one_of(("at_once", "by_staff"), load_default="at_once")
    when = ConditionText(load_default=None, metadata=says('Who may order it: `member.tier == "gold"`.'))
    amount_minor = Whole(1, AMOUNT_MINOR_MAXIMUM, load_default=None, metadata=says("Of money off and gift cards."))
    rate_basis_points = Whole(
        1, WHOLE_RECEIPT_BASIS_POINTS, load_default=None, metadata=says("Of discount coupons: 1000 is 10 %.")
    )
    minimum_receipt_minor = Whole(0, AMOUNT_MINOR_MAXIMUM, load_default=None)
    partner = fields.Nested(TextByLanguage, load_default=None, metadata=says("Whose coupon it is."))

    @validates_schema
    def _whole_terms(self, data: dict[str, Any], **_options: Any) -> None:
        if data.get("valid_days") is not None and data.get("valid_until") is not None:
            raise ValidationError(Problem("valid_twice"), "valid_until")
        kind = data.get("kind")
        if kind not in KINDS:
            return
        for key in ("amount_minor", "rate_basis_points"):
            wanted = WORTH.get(kind) == key
            if wanted and data.get(key) is None:
                raise ValidationError(Problem("reward_needs", reward_kind=kind, key=key), key)
            if not wanted and data.get(key) is not None:
                raise ValidationError(Problem("reward_has_no", reward_kind=kind, key=key), key)
        if kind != "partner_coupon" and data.get("partner") is not None:
            raise ValidationError(Problem("reward_has_no", reward_kind=kind, key="partner"), "partner")
