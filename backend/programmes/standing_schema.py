"""What a member comes to over time: tiers and the growing discount; and how much may be given at all: budgets."""

from typing import Any

from marshmallow import fields, post_load

from backend.programmes.document_fields import (
    AMOUNT_MINOR_MAXIMUM,
    DAYS_MAXIMUM,
    Section,
    TextByLanguage,
    TimeSpan,
    Whole,
    list_of,
    name_of,
    one_of,
    says,
)
from backend.programmes.programme import WHOLE_RECEIPT_BASIS_POINTS, Budget, Discount, DiscountLevel

THRESHOLDS = {"spend": "from_minor", "points": "from_points", "visits": "from_visits", "referrals": "from_referrals"}
"""By what a ladder measures, the key under which each level says from how much it begins."""
PERIODS = ("day", "week", "month", "quarter", "year", "all")


class LevelSchema(Section):
    """A tier. Its threshold is in the unit of the measure."""

    tier = name_of("The name by which conditions call it.")
    title = fields.Nested(TextByLanguage, required=True)
    from_minor = Whole(0, AMOUNT_MINOR_MAXIMUM, load_default=None, metadata=says("From how much spending."))
    from_points = Whole(0, AMOUNT_MINOR_MAXIMUM, load_default=None, metadata=says("From how many points earned."))
    from_visits = Whole(0, 1_000_000, load_default=None, metadata=says("From how many days with a purchase."))
    from_referrals = Whole(0, 1_000_000, load_default=None, metadata=says("From how many rewarded friends."))
    benefits = list_of(TextByLanguage, maximum=50, load_default=list, metadata=says("What it brings, in words."))


class TiersSchema(Section):
    """The ladder, its lowest level first."""

    measure = one_of(tuple(THRESHOLDS), required=True)
    window = TimeSpan(required=True, metadata=says("Over which time it is measured."))
    grace_days = Whole(0, DAYS_MAXIMUM, load_default=0, metadata=says("How long a level outlives its time."))
    landing = one_of(
        ("soft", "hard"), load_default="soft", metadata=says("soft: one level down at most; hard: where it measured.")
    )
    levels = list_of(LevelSchema, minimum=1, maximum=50, required=True)


class DiscountLevelSchema(Section):
    """A discount, and from how much spending it begins."""

    from_minor = Whole(0, AMOUNT_MINOR_MAXIMUM, required=True)
    rate_basis_points = Whole(1, WHOLE_RECEIPT_BASIS_POINTS, required=True, metadata=says("300 is 3 %."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> DiscountLevel:
        return DiscountLevel(**data)


class DiscountSchema(Section):
    """A discount that grows with spending. The till is told it at the scan, and takes it off before the total."""

    window = TimeSpan(required=True)
    levels = list_of(DiscountLevelSchema, minimum=1, maximum=50, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Discount:
        return Discount(data["window"], tuple(data["levels"]))


class BudgetSchema(Section):
    """At most so many points in each period."""

    budget = name_of("The name by which it is watched.")
    rules = list_of(
        fields.String(),
        load_default=list,
        metadata=says("Rules, actions and `referral`; none: all that gives points."),
    )
    points = Whole(1, AMOUNT_MINOR_MAXIMUM, required=True)
    period = one_of(PERIODS, required=True)
    scope = one_of(("all", "member"), load_default="all", metadata=says("all members together, or each member."))
    at_end = one_of(
        ("partial", "skip", "stop"),
        load_default="partial",
        metadata=says(
            "partial: what is left is given; skip: all or nothing; stop: all earning ends until the period's end."
        ),
    )

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Budget:
        return Budget(**{**data, "rules": tuple(data["rules"])})
