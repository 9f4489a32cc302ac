"""What brings points: rules, how they go together, rounding, actions."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from backend.programmes.document_fields import (
    AMOUNT_MINOR_MAXIMUM,
    DAYS_MAXIMUM,
    MONTHS_MAXIMUM,
    POINTS_MAXIMUM,
    RATE_MAXIMUM_BASIS_POINTS,
    ConditionText,
    Day,
    Section,
    TextByLanguage,
    Whole,
    name_of,
    one_of,
    says,
)
from backend.programmes.expiry import ACTIVITY, MONTHS_ROUNDED_TO, Expiry
from backend.programmes.mistakes import Problem
from backend.programmes.programme import (
    BASE_STACK,
    PAYMENT_KINDS,
    Action,
    EarningExclusions,
    PointsPerAmount,
    Rounding,
    Stack,
)

POLICIES = ("best", "sum", "first")
WAYS = ("rate_basis_points", "points", "points_per_item", "points_per_amount", "multiplier_basis_points")
"""How a rule may give points: exactly one of these."""
ONCE_BASIS_POINTS = 10_000


class AvailabilitySchema(Section):
    """When points may be spent."""

    pending_days = Whole(0, DAYS_MAXIMUM, required=True, metadata=says("Days until they may be spent; 0: at once."))


class ExpirySchema(Section):
    """When points burn."""

    days = Whole(1, DAYS_MAXIMUM, load_default=None, metadata=says("Days of 24 hours after they became available."))
    months = Whole(1, MONTHS_MAXIMUM, load_default=None, metadata=says("Or months of the calendar."))
    round_to = one_of(
        tuple(MONTHS_ROUNDED_TO), load_default=None, metadata=says("To the end of the month, quarter or year.")
    )
    prolonged_by = one_of(
        (ACTIVITY,), load_default=None, metadata=says("Each purchase and spend begins the period anew.")
    )

    @validates_schema
    def _one_period(self, data: dict[str, Any], **_options: Any) -> None:
        if data.get("days") is not None and data.get("months") is not None:
            raise ValidationError(Problem("days_and_months"), "months")
        if data.get("days") is None and data.get("months") is None:
            raise ValidationError(Problem("days_or_months"), "days")

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Expiry:
        return Expiry(**data)


class PointsPerAmountSchema(Section):
    """So many points for each such amount."""

    points = Whole(1, POINTS_MAXIMUM, required=True)
    amount_minor = Whole(1, AMOUNT_MINOR_MAXIMUM, required=True, metadata=says("In minor units: 1000 is 10 ₽."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> PointsPerAmount:
        return PointsPerAmount(**data)


class EarningRuleSchema(Section):
    """What brings points. It gives exactly one of a rate, points, points per item or per amount, and a multiplier."""

    rule = name_of("The name by which explanations and budgets call it.")
    title = fields.Nested(TextByLanguage, load_default=None, metadata=says("How guests read of it."))
    when = ConditionText(load_default=None, metadata=says('When it holds: `member.tier == "gold"`.'))
    lines = ConditionText(load_default=None, metadata=says('Which lines it looks at: `line.category == "beans"`.'))
    from_day = Day(data_key="from", load_default=None, metadata=says("The first day, in the store's zone."))
    until_day = Day(data_key="until", load_default=None, metadata=says("The last day, included."))
    rate_basis_points = Whole(
        1, RATE_MAXIMUM_BASIS_POINTS, load_default=None, metadata=says("A share of the amount: 500 is 5 %.")
    )
    points = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("So many points, once a receipt."))
    points_per_item = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("So many points for each piece."))
    points_per_amount = fields.Nested(PointsPerAmountSchema, load_default=None)
    multiplier_basis_points = Whole(
        ONCE_BASIS_POINTS + 1,
        RATE_MAXIMUM_BASIS_POINTS,
        load_default=None,
        metadata=says("How many times what base rules give for these lines: 20000 is twice."),
    )
    stack = fields.String(load_default=BASE_STACK, metadata=says("Its group under `stacking`."))
    priority = Whole(-1_000_000, 1_000_000, load_default=0, metadata=says("Under `first`, the greatest goes first."))
    maximum_points = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("At most so many, once a receipt."))
    availability = fields.Nested(AvailabilitySchema, load_default=None)
    expiry = fields.Nested(ExpirySchema, load_default=None)


class StackSchema(Section):
    """How the rules of a group go together."""

    policy = one_of(
        POLICIES, required=True, metadata=says("best: the one that gives most; sum: all; first: the first.")
    )
    maximum_points = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("Of the whole group, once a receipt."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Stack:
        return Stack(**data)


class RoundingSchema(Section):
    """How exact points become whole ones."""

    direction = one_of(("down", "nearest", "up"), load_default="down")
    per = one_of(("receipt", "line"), load_default="receipt")

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Rounding:
        return Rounding(**data)


class ActionSchema(Section):
    """Points for what is no purchase."""

    action = name_of("The name by which it is recorded: survey, visit, profile_filled.")
    title = fields.Nested(TextByLanguage, required=True)
    points = Whole(1, POINTS_MAXIMUM, required=True)
    per_member = Whole(1, 1_000_000, load_default=None, metadata=says("How often in all."))
    per_member_per_day = Whole(1, 1_000_000, load_default=None, metadata=says("How often on a day of the shop's zone."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Action:
        return Action(**data)


class EarningExclusionsSchema(Section):
    """What brings no points besides gift cards and what is paid with points."""

    categories = fields.List(fields.String(), load_default=list, metadata=says("Categories of receipt lines."))
    payment_kinds = fields.List(one_of(PAYMENT_KINDS), load_default=list, metadata=says("The part that is paid so."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> EarningExclusions:
        return EarningExclusions(frozenset(data["categories"]), frozenset(data["payment_kinds"]))
