"""What inviting brings, and how friends are bound."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validates_schema

from backend.programmes.document_fields import (
    AMOUNT_MINOR_MAXIMUM,
    DAYS_MAXIMUM,
    POINTS_MAXIMUM,
    RATE_MAXIMUM_BASIS_POINTS,
    ConditionText,
    Section,
    TextByLanguage,
    Whole,
    list_of,
    name_of,
    one_of,
    says,
)
from backend.programmes.mistakes import Problem
from backend.programmes.referral import FOLLOWING, Attribution, Cap, RewardCap

EVENTS = ("join", "qualifying", "purchase", "every_purchase", "spend", "milestone")
SIDES = ("advocate", "friend", "second_advocate")
NEEDED = {"purchase": "number", "spend": "from_minor", "milestone": "friends"}
"""What an event has to say of itself; no other says it."""
WITH_RATE = frozenset({"qualifying", "purchase", "every_purchase"})
"""Those that have a receipt of which a share can be given."""


class CapSchema(Section):
    """At most so many rewarded friends of one advocate in the window."""

    friends = Whole(1, 1_000_000, required=True)
    window_days = Whole(1, DAYS_MAXIMUM, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Cap:
        return Cap(**data)


class AttributionSchema(Section):
    """Which visit counts, for how long after it a friend may join by it, and whether members may name an advocate."""

    first_or_last_visit = one_of(("first", "last"), load_default="first")
    window_days = Whole(1, DAYS_MAXIMUM, load_default=30)
    existing_members = one_of(("never", "no_purchase_yet"), load_default="never")

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Attribution:
        return Attribution(**data)


class RewardCapSchema(Section):
    """At most so many times, or so many points, for each member who gets it, in the window."""

    times = Whole(1, 1_000_000, load_default=None)
    points = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("What is left of them is given."))
    window_days = Whole(1, DAYS_MAXIMUM, required=True)

    @validates_schema
    def _one_measure(self, data: dict[str, Any], **_options: Any) -> None:
        if data.get("times") is not None and data.get("points") is not None:
            raise ValidationError(Problem("times_and_points"), "points")
        if "window_days" in data and data.get("times") is None and data.get("points") is None:
            raise ValidationError(Problem("missing_key", key="times"), "times")

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> RewardCap:
        return RewardCap(**data)


class ReferralRewardSchema(Section):
    """What inviting brings besides the points of the qualifying purchase: points, a share of it, or a coupon."""

    reward = name_of("The name by which budgets and explanations call it.")
    title = fields.Nested(TextByLanguage, load_default=None, metadata=says("How members read of it."))
    on = one_of(
        EVENTS,
        required=True,
        metadata=says(
            "join; qualifying: the purchase that qualifies the friend; purchase: the friend's purchase of a `number` "
            "since joining; every_purchase; spend: `from_minor` since joining; milestone: so many `friends` qualified."
        ),
    )
    to = one_of(SIDES, required=True, metadata=says("second_advocate: whoever invited the advocate."))
    points = Whole(1, POINTS_MAXIMUM, load_default=None, metadata=says("Beside a coupon: where there is none left."))
    rate_basis_points = Whole(
        1, RATE_MAXIMUM_BASIS_POINTS, load_default=None, metadata=says("A share of the receipt: 100 is 1 %.")
    )
    coupon = fields.String(load_default=None, metadata=says("One of the catalogue `rewards`, given for nothing."))
    number = Whole(1, 1_000_000, load_default=None, metadata=says("Of the friend's purchases since joining."))
    from_minor = Whole(1, AMOUNT_MINOR_MAXIMUM, load_default=None, metadata=says("Spent since joining, less returns."))
    friends = Whole(1, 1_000_000, load_default=None, metadata=says("Of one advocate, qualified and not returned."))
    within_days = Whole(1, DAYS_MAXIMUM, load_default=None, metadata=says("Of joining."))
    cap = fields.Nested(RewardCapSchema, load_default=None)
    when = ConditionText(load_default=None, metadata=says("When it holds: `receipt.total >= money(500)`."))

    @validates_schema
    def _whole_terms(self, data: dict[str, Any], **_options: Any) -> None:
        on = data.get("on")
        if on not in EVENTS:
            return
        for event, key in NEEDED.items():
            if on == event and data.get(key) is None:
                raise ValidationError(Problem("referral_reward_needs", event=on, key=key), key)
            if on != event and data.get(key) is not None:
                raise ValidationError(Problem("referral_reward_has_no", event=on, key=key), key)
        if on not in FOLLOWING and data.get("within_days") is not None:
            raise ValidationError(Problem("referral_reward_has_no", event=on, key="within_days"), "within_days")
        if on not in WITH_RATE and data.get("rate_basis_points") is not None:
            raise ValidationError(
                Problem("referral_reward_has_no", event=on, key="rate_basis_points"), "rate_basis_points"
            )
        if on == "milestone" and data.get("to") not in (None, "advocate"):
            raise ValidationError(Problem("milestone_to"), "to")


class ReferralSchema(Section):
    """What a recommendation is worth."""

    advocate_points = Whole(0, POINTS_MAXIMUM, required=True)
    friend_points = Whole(0, POINTS_MAXIMUM, required=True)
    minimum_receipt_minor = Whole(0, AMOUNT_MINOR_MAXIMUM, required=True)
    qualifying_receipt = one_of(("first", "first_qualifying"), load_default="first")
    attribution = fields.Nested(AttributionSchema, load_default=Attribution)
    cap = fields.Nested(CapSchema, load_default=None)
    second_level = one_of(
        ("allowed",),
        load_default=None,
        metadata=says("Whoever invited the advocate may be rewarded too; never further."),
    )
    rewards = list_of(
        ReferralRewardSchema, maximum=50, load_default=list, metadata=says("What inviting brings besides these points.")
    )
