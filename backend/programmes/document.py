"""The programme document: YAML in, a frozen `Programme` out, or a list of what is wrong and where.

programme: grain                    its name among programmes; letters, digits, hyphens
title: {en: …, ru: …}
currency: RUB                       ISO 4217; receipts in another one are refused
earning:                            rules add up
  - rule: base
    rate_basis_points: 500          of the receipt, in points of `point_value_minor`, rounded down
point_value_minor: 100              what one point pays, in minor units
availability: {pending_days: 14}    0 means at once
expiry:                             after they became available; absent means never
  days: 365                         or `months: 12`; exactly one of the two
  round_to: month                   to its end, or the end of the quarter or year; absent means to the second
  prolonged_by: activity            each purchase and spend begins the period anew; absent means nothing does
transfers:                          between members; absent means none
  allowed: true
  minimum_points: 10                of one transfer; absent means 1
  maximum_points_per_day: 1000      that one member gives away in a day of the shop's zone; absent means any number
referral:                           absent means no rewards for recommendations
  advocate_points: 200
  friend_points: 200
  minimum_receipt_minor: 50000
  qualifying_receipt: first         or first_qualifying
  attribution: {first_or_last_visit: first, window_days: 30}
  cap: {friends: 10, window_days: 30}
redemption:                         how much of a receipt may be paid with points; absent means all of it
  maximum_share_basis_points: 10000
earning_exclusions:                 what brings no points besides gift cards and what is paid with points
  categories: [tobacco]             of receipt lines
  payment_kinds: [gift_card]        the part of a receipt that is paid so
returns: {debt: owe}                points of a returned receipt that are spent already: owed, or `forgive`
unattached: {claim_window_days: 30} how long a receipt that nobody was named on may be claimed
adjustments:                        that staff makes by hand
  second_person_above_points: 1000  beyond it somebody else has to approve; 0 means always
screening:                          absent rules run in shadow
  - {rule: self_referral, mode: active}
"""

from dataclasses import replace
from typing import Any

import yaml
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from backend.programmes.errors import BadProgramme
from backend.programmes.expiry import ACTIVITY, MONTHS_ROUNDED_TO, Expiry
from backend.programmes.programme import (
    PAYMENT_KINDS,
    WHOLE_RECEIPT_BASIS_POINTS,
    Adjustments,
    Attribution,
    Cap,
    EarningExclusions,
    EarningRule,
    Programme,
    Redemption,
    Referral,
    Returns,
    ScreeningRule,
    Transfers,
    Unattached,
)
from backend.shared.schemas import Currency, Schema

DOCUMENT_BYTES_MAXIMUM = 256 * 1024
NAME = r"^[a-z0-9][a-z0-9-]{0,63}\Z"
RULE_NAME = r"^[a-z][a-z0-9_]{0,63}\Z"
RATE_MAXIMUM_BASIS_POINTS = 1_000_000
DAYS_MAXIMUM = 36_500
MONTHS_MAXIMUM = 1_200
POINTS_MAXIMUM = 10**9


def read_programme(text: str, *, version: int = 0) -> Programme:
    """Reads a document.

    Raises:
        BadProgramme: it is not YAML, or something in it is wrong; its errors name each place.
    """
    if len(text.encode("utf-8", errors="surrogatepass")) > DOCUMENT_BYTES_MAXIMUM:
        raise BadProgramme(errors={"": [f"The document is larger than {DOCUMENT_BYTES_MAXIMUM // 1024} KiB."]})
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadProgramme(errors={"": [_place_in_yaml(error)]}) from error
    if not isinstance(document, dict):
        raise BadProgramme(errors={"": ["The document is a mapping that begins with `programme: name`."]})
    return _checked(document, version)


def _checked(document: dict[Any, Any], version: int) -> Programme:
    try:
        programme: Programme = _ProgrammeSchema().load(document)
    except ValidationError as error:
        raise BadProgramme(errors=dict(_places(error.messages))) from error
    return replace(programme, version=version)


def _place_in_yaml(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f"This is not YAML: {error}"
    problem = getattr(error, "problem", None) or "it cannot be read"
    return f"Line {mark.line + 1}, column {mark.column + 1}: {problem}."


def _places(messages: Any, path: str = "") -> list[tuple[str, list[str]]]:
    if isinstance(messages, dict):
        found = []
        for name, inner in messages.items():
            found += _places(inner, f"{path}.{name}" if path else str(name))
        return found
    return [(path, [str(message) for message in messages])]


class _TextByLanguage(MarshmallowSchema):
    en = fields.String(required=True, validate=validate.Length(min=1, max=200))
    ru = fields.String(required=True, validate=validate.Length(min=1, max=200))


def _whole(minimum: int, maximum: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=minimum, max=maximum), **options)


class _EarningRuleSchema(Schema):
    rule = fields.String(required=True, validate=validate.Regexp(RULE_NAME))
    rate_basis_points = _whole(1, RATE_MAXIMUM_BASIS_POINTS, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> EarningRule:
        return EarningRule(**data)


class _CapSchema(Schema):
    friends = _whole(1, 1_000_000, required=True)
    window_days = _whole(1, DAYS_MAXIMUM, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Cap:
        return Cap(**data)


class _AttributionSchema(Schema):
    first_or_last_visit = fields.String(load_default="first", validate=validate.OneOf(("first", "last")))
    window_days = _whole(1, DAYS_MAXIMUM, load_default=30)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Attribution:
        return Attribution(**data)


class _ReferralSchema(Schema):
    advocate_points = _whole(0, 10**9, required=True)
    friend_points = _whole(0, 10**9, required=True)
    minimum_receipt_minor = _whole(0, 10**12, required=True)
    qualifying_receipt = fields.String(load_default="first", validate=validate.OneOf(("first", "first_qualifying")))
    attribution = fields.Nested(_AttributionSchema, load_default=Attribution)
    cap = fields.Nested(_CapSchema, load_default=None)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Referral:
        return Referral(**data)


class _RedemptionSchema(Schema):
    maximum_share_basis_points = _whole(0, WHOLE_RECEIPT_BASIS_POINTS, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Redemption:
        return Redemption(**data)


class _EarningExclusionsSchema(Schema):
    categories = fields.List(fields.String(validate=validate.Length(min=1, max=64)), load_default=list)
    payment_kinds = fields.List(fields.String(validate=validate.OneOf(PAYMENT_KINDS)), load_default=list)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> EarningExclusions:
        return EarningExclusions(frozenset(data["categories"]), frozenset(data["payment_kinds"]))


class _ReturnsSchema(Schema):
    debt = fields.String(required=True, validate=validate.OneOf(("owe", "forgive")))

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Returns:
        return Returns(**data)


class _UnattachedSchema(Schema):
    claim_window_days = _whole(0, DAYS_MAXIMUM, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Unattached:
        return Unattached(**data)


class _AdjustmentsSchema(Schema):
    second_person_above_points = _whole(0, POINTS_MAXIMUM, required=True)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Adjustments:
        return Adjustments(**data)


class _ScreeningRuleSchema(Schema):
    rule = fields.String(required=True, validate=validate.Regexp(RULE_NAME))
    mode = fields.String(required=True, validate=validate.OneOf(("active", "shadow")))
    limits = fields.Dict(
        keys=fields.String(validate=validate.Regexp(RULE_NAME)), values=_whole(0, 10**9), load_default=dict
    )

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> ScreeningRule:
        return ScreeningRule(**data)


class _AvailabilitySchema(Schema):
    pending_days = _whole(0, DAYS_MAXIMUM, required=True)


class _ExpirySchema(Schema):
    days = _whole(1, DAYS_MAXIMUM, load_default=None)
    months = _whole(1, MONTHS_MAXIMUM, load_default=None)
    round_to = fields.String(load_default=None, validate=validate.OneOf(tuple(MONTHS_ROUNDED_TO)))
    prolonged_by = fields.String(load_default=None, validate=validate.OneOf((ACTIVITY,)))

    @validates_schema
    def _one_period(self, data: dict[str, Any], **_options: Any) -> None:
        if data.get("days") is not None and data.get("months") is not None:
            raise ValidationError("`days` stands here too: points burn after so many days or so many months.", "months")
        if data.get("days") is None and data.get("months") is None:
            raise ValidationError(
                "Say after how many days or `months` points burn; without `expiry` they never do.", "days"
            )

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Expiry:
        return Expiry(**data)


class _TransfersSchema(Schema):
    allowed = fields.Boolean(required=True, truthy={True}, falsy={False})
    minimum_points = _whole(1, POINTS_MAXIMUM, load_default=1)
    maximum_points_per_day = _whole(1, POINTS_MAXIMUM, load_default=None)

    @validates_schema
    def _possible(self, data: dict[str, Any], **_options: Any) -> None:
        maximum = data.get("maximum_points_per_day")
        if maximum is not None and data.get("minimum_points", 1) > maximum:
            raise ValidationError("One transfer would be more than a day allows.", "minimum_points")

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Transfers | None:
        return Transfers(data["minimum_points"], data["maximum_points_per_day"]) if data["allowed"] else None


class _ProgrammeSchema(Schema):
    programme = fields.String(required=True, validate=validate.Regexp(NAME))
    title = fields.Nested(_TextByLanguage, required=True)
    currency = Currency(required=True)
    point_value_minor = _whole(1, 10**9, required=True)
    earning = fields.List(fields.Nested(_EarningRuleSchema), required=True, validate=[validate.Length(min=1, max=200)])
    availability = fields.Nested(_AvailabilitySchema, required=True)
    expiry = fields.Nested(_ExpirySchema, load_default=None)
    transfers = fields.Nested(_TransfersSchema, load_default=None)
    referral = fields.Nested(_ReferralSchema, load_default=None)
    screening = fields.List(fields.Nested(_ScreeningRuleSchema), load_default=list)
    redemption = fields.Nested(_RedemptionSchema, load_default=Redemption)
    earning_exclusions = fields.Nested(_EarningExclusionsSchema, load_default=EarningExclusions)
    returns = fields.Nested(_ReturnsSchema, load_default=Returns)
    unattached = fields.Nested(_UnattachedSchema, load_default=Unattached)
    adjustments = fields.Nested(_AdjustmentsSchema, load_default=Adjustments)

    @post_load
    def _freeze(self, data: dict[str, Any], **_options: Any) -> Programme:
        for section in ("earning", "screening"):
            names = [rule.rule for rule in data[section]]
            repeated = {name for name in names if names.count(name) > 1}
            if repeated:
                raise ValidationError(f"Rule {sorted(repeated)[0]} stands here twice.", field_name=section)
        return Programme(
            programme=data["programme"],
            title=data["title"],
            currency=data["currency"],
            point_value_minor=data["point_value_minor"],
            earning=tuple(data["earning"]),
            pending_days=data["availability"]["pending_days"],
            expiry=data["expiry"],
            referral=data["referral"],
            screening=tuple(data["screening"]),
            transfers=data["transfers"],
            redemption=data["redemption"],
            earning_exclusions=data["earning_exclusions"],
            returns=data["returns"],
            unattached=data["unattached"],
            adjustments=data["adjustments"],
        )
