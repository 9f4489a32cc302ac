"""The programme document: YAML in, a frozen `Programme` out, or a list of what is wrong and where.

programme: grain                    its name among programmes; letters, digits, hyphens
title: {en: …, ru: …}
currency: RUB                       ISO 4217; receipts in another one are refused
earning:                            rules add up
  - rule: base
    rate_basis_points: 500          of the receipt, in points of `point_value_minor`, rounded down
point_value_minor: 100              what one point pays, in minor units
availability: {pending_days: 14}    0 means at once
expiry: {days: 365}                 after they became available; absent means never
referral:                           absent means no rewards for recommendations
  advocate_points: 200
  friend_points: 200
  minimum_receipt_minor: 50000
  qualifying_receipt: first         or first_qualifying
  attribution: {first_or_last_visit: first, window_days: 30}
  cap: {friends: 10, window_days: 30}
screening:                          absent rules run in shadow
  - {rule: self_referral, mode: active}
"""

from dataclasses import dataclass, field
from typing import Any

import yaml
from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields, post_load, validate

from backend.programmes.errors import BadProgramme
from backend.shared.schemas import Currency, Schema

DOCUMENT_BYTES_MAXIMUM = 256 * 1024
NAME = r"^[a-z0-9][a-z0-9-]{0,63}\Z"
RULE_NAME = r"^[a-z][a-z0-9_]{0,63}\Z"
RATE_MAXIMUM_BASIS_POINTS = 1_000_000
DAYS_MAXIMUM = 36_500


@dataclass(frozen=True, slots=True)
class EarningRule:
    """Points for a receipt: a share of its total in money, turned into points, rounded down."""

    rule: str
    rate_basis_points: int


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many rewarded friends of one advocate in the window."""

    friends: int
    window_days: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """Which visit counts, and for how long after it a friend may join by it."""

    first_or_last_visit: str = "first"
    window_days: int = 30


@dataclass(frozen=True, slots=True)
class Referral:
    """What a recommendation is worth to either side, and for which receipt."""

    advocate_points: int
    friend_points: int
    minimum_receipt_minor: int
    qualifying_receipt: str = "first"
    attribution: Attribution = field(default_factory=Attribution)
    cap: Cap | None = None


@dataclass(frozen=True, slots=True)
class ScreeningRule:
    """A rule against fraud and how it runs: `active` decides, `shadow` only records what it would have decided."""

    rule: str
    mode: str
    limits: dict[str, int] = field(default_factory=dict)
    """Whole numbers by name, where they differ from the rule's defaults."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme document, read and found correct."""

    programme: str
    title: dict[str, str]
    currency: str
    point_value_minor: int
    earning: tuple[EarningRule, ...]
    pending_days: int
    expiry_days: int | None
    referral: Referral | None
    screening: tuple[ScreeningRule, ...]
    version: int = 0
    """Set where the document is stored; 0 for a draft."""


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
    if version:
        return Programme(
            **{name: getattr(programme, name) for name in programme.__slots__ if name != "version"}, version=version
        )
    return programme


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
    days = _whole(1, DAYS_MAXIMUM, required=True)


class _ProgrammeSchema(Schema):
    programme = fields.String(required=True, validate=validate.Regexp(NAME))
    title = fields.Nested(_TextByLanguage, required=True)
    currency = Currency(required=True)
    point_value_minor = _whole(1, 10**9, required=True)
    earning = fields.List(fields.Nested(_EarningRuleSchema), required=True, validate=[validate.Length(min=1, max=200)])
    availability = fields.Nested(_AvailabilitySchema, required=True)
    expiry = fields.Nested(_ExpirySchema, load_default=None)
    referral = fields.Nested(_ReferralSchema, load_default=None)
    screening = fields.List(fields.Nested(_ScreeningRuleSchema), load_default=list)

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
            expiry_days=data["expiry"]["days"] if data["expiry"] else None,
            referral=data["referral"],
            screening=tuple(data["screening"]),
        )
