"""The root of the document, and its short sections."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from backend.programmes.document_fields import (
    DAYS_MAXIMUM,
    NAME,
    POINTS_MAXIMUM,
    RULE_NAME,
    ConditionText,
    CurrencyCode,
    Section,
    TextByLanguage,
    Whole,
    list_of,
    name_of,
    one_of,
    says,
)
from backend.programmes.earning_schema import (
    ActionSchema,
    AvailabilitySchema,
    EarningExclusionsSchema,
    EarningRuleSchema,
    ExpirySchema,
    RoundingSchema,
    StackSchema,
)
from backend.programmes.mistakes import Problem
from backend.programmes.programme import (
    WHOLE_RECEIPT_BASIS_POINTS,
    Adjustments,
    EarningExclusions,
    Redemption,
    Returns,
    Rounding,
    ScreeningRule,
    Transfers,
    Unattached,
)
from backend.programmes.referral_schema import ReferralSchema
from backend.programmes.reward_schema import RewardSchema
from backend.programmes.standing_schema import BudgetSchema, DiscountSchema, TiersSchema
from backend.screening.known_rules import KNOWN

KINDS = ("bonus", "cumulative", "tiers", "combined")
LIMIT_MAXIMUM = {"days": DAYS_MAXIMUM, "hours": DAYS_MAXIMUM * 24, "minutes": DAYS_MAXIMUM * 24 * 60}
"""The most that a limit of a rule against fraud may be, by the unit that its name ends with."""


class RedemptionSchema(Section):
    """How much of a receipt may be paid with points."""

    maximum_share_basis_points = Whole(0, WHOLE_RECEIPT_BASIS_POINTS, required=True, metadata=says("5000 is half."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Redemption:
        return Redemption(**data)


class ReturnsSchema(Section):
    """What becomes of points of a returned receipt that are spent already."""

    debt = one_of(("owe", "forgive"), required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Returns:
        return Returns(**data)


class UnattachedSchema(Section):
    """Receipts that nobody was named on."""

    claim_window_days = Whole(0, DAYS_MAXIMUM, required=True, metadata=says("How long they may be claimed."))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Unattached:
        return Unattached(**data)


class AdjustmentsSchema(Section):
    """Points that staff gives or takes by hand."""

    second_person_above_points = Whole(
        0, POINTS_MAXIMUM, required=True, metadata=says("Beyond so many somebody else has to approve; 0: always.")
    )

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Adjustments:
        return Adjustments(**data)


class ScreeningRuleSchema(Section):
    """A rule against fraud; those that do not stand here run in shadow."""

    rule = one_of(tuple(KNOWN), required=True, metadata=says("The rule's name."))
    mode = one_of(("active", "shadow"), required=True)
    limits = fields.Dict(
        keys=fields.String(),
        values=Whole(0, POINTS_MAXIMUM),
        load_default=dict,
        metadata=says("The rule's own limits, by name; those that do not stand here keep their defaults."),
    )

    @validates_schema(skip_on_field_errors=False)
    def _limits_of_the_rule(self, data: dict[str, Any], **_options: Any) -> None:
        rule = KNOWN.get(data.get("rule", ""))
        if rule is None:
            return
        mistakes: dict[Any, list[str]] = {}
        for limit, value in data.get("limits", {}).items():
            maximum = LIMIT_MAXIMUM.get(limit.rpartition("_")[2], POINTS_MAXIMUM)
            if not rule.limits:
                mistakes[limit] = [Problem("rule_without_limits", rule=rule.name)]
            elif limit not in rule.limits:
                mistakes[limit] = [Problem("unknown_limit", rule=rule.name, known=tuple(rule.limits))]
            elif value > maximum:
                mistakes[limit] = [Problem("out_of_range", min=0, max=maximum)]
        if mistakes:
            raise ValidationError({"limits": mistakes})

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> ScreeningRule:
        return ScreeningRule(**data)


class TransfersSchema(Section):
    """Points that members give each other."""

    # What YAML of older days read as a switch is one still.
    allowed = fields.Boolean(required=True, truthy={True, "yes", "on"}, falsy={False, "no", "off"})
    minimum_points = Whole(1, POINTS_MAXIMUM, load_default=1, metadata=says("Of one transfer."))
    maximum_points_per_day = Whole(
        1, POINTS_MAXIMUM, load_default=None, metadata=says("That one member gives away in a day of the shop's zone.")
    )

    @validates_schema
    def _possible(self, data: dict[str, Any], **_options: Any) -> None:
        maximum = data.get("maximum_points_per_day")
        if maximum is not None and data.get("minimum_points", 1) > maximum:
            raise ValidationError(Problem("transfer_more_than_day", maximum=maximum), "minimum_points")

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Transfers | None:
        return Transfers(data["minimum_points"], data["maximum_points_per_day"]) if data["allowed"] else None


class VaryingSchema(Section):
    """The sections that terms may replace for some stores and members."""

    rounding = fields.Nested(RoundingSchema, load_default=Rounding)
    availability = fields.Nested(AvailabilitySchema, required=True)
    expiry = fields.Nested(ExpirySchema, load_default=None, metadata=says("When points burn; absent: never."))
    referral = fields.Nested(ReferralSchema, load_default=None, metadata=says("Absent: no rewards for friends."))
    redemption = fields.Nested(RedemptionSchema, load_default=Redemption)
    earning_exclusions = fields.Nested(EarningExclusionsSchema, load_default=EarningExclusions)
    returns = fields.Nested(ReturnsSchema, load_default=Returns)
    discount = fields.Nested(DiscountSchema, load_default=None)
    stacking = fields.Dict(
        keys=fields.String(validate=validate.Regexp(RULE_NAME, error=Problem("bad_name"))),
        values=fields.Nested(StackSchema),
        load_default=dict,
        metadata=says("How the rules of each `stack` go together; rules that name none add up."),
    )


class TermsSchema(VaryingSchema):
    """Other terms where a condition holds: whole sections are replaced, rules by their name."""

    terms = name_of("The name by which explanations call them.")
    where = ConditionText(required=True, metadata=says('Where they hold: `store.region == "kazan"`.'))
    earning = list_of(EarningRuleSchema, load_default=list)
    availability = fields.Nested(AvailabilitySchema, load_default=None)


class ProgrammeSchema(VaryingSchema):
    """A loyalty programme."""

    programme = name_of("Its name among programmes.", pattern=NAME)
    title = fields.Nested(TextByLanguage, required=True)
    kind = one_of(
        KINDS,
        load_default="bonus",
        metadata=says("bonus: points alone; cumulative: a discount that grows; tiers: levels; combined: any of these."),
    )
    currency = CurrencyCode(required=True, metadata=says("ISO 4217; receipts in another one are not judged by it."))
    point_value_minor = Whole(1, 10**9, required=True, metadata=says("What one point pays, in minor units."))
    earning = list_of(EarningRuleSchema, minimum=1, required=True, metadata=says("What brings points."))
    actions = list_of(ActionSchema, load_default=list, metadata=says("Points for what is no purchase."))
    tiers = fields.Nested(TiersSchema, load_default=None)
    terms = list_of(TermsSchema, maximum=100, load_default=list, metadata=says("The first that fits holds."))
    budgets = list_of(BudgetSchema, maximum=100, load_default=list)
    rewards = list_of(RewardSchema, load_default=list, metadata=says("What points are spent on besides receipts."))
    transfers = fields.Nested(TransfersSchema, load_default=None, metadata=says("Absent: none."))
    screening = list_of(ScreeningRuleSchema, load_default=list)
    unattached = fields.Nested(UnattachedSchema, load_default=Unattached)
    adjustments = fields.Nested(AdjustmentsSchema, load_default=Adjustments)
