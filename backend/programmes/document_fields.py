"""The fields of a programme document: their mistakes are kinds with facts, and each says in the published JSON Schema
what it is for.
"""

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

from backend.programmes.mistakes import Problem
from backend.programmes.programme import Window
from backend.shared.schemas import CURRENCIES, Schema

NAME = r"^[a-z0-9][a-z0-9-]{0,63}\Z"
RULE_NAME = r"^[a-z][a-z0-9_]{0,63}\Z"
RATE_MAXIMUM_BASIS_POINTS = 1_000_000
DAYS_MAXIMUM = 36_500
MONTHS_MAXIMUM = 1_200
POINTS_MAXIMUM = 10**9
AMOUNT_MINOR_MAXIMUM = 10**12
DAY = re.compile(r"\d{4}-\d\d-\d\d")
INVALID = {
    fields.String: "not_a_text",
    fields.Integer: "not_whole",
    fields.Boolean: "not_yes_or_no",
    fields.List: "not_a_list",
    fields.Dict: "not_a_mapping",
    fields.Nested: "not_a_mapping",
}


class Section(Schema):
    """A part of the document. Its keys are known, and no others may stand there."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        known = tuple(field.data_key or name for name, field in self.fields.items())
        self.error_messages = {
            **self.error_messages,
            "unknown": Problem("unknown_key", known=known),
            "type": Problem("not_a_mapping"),
        }

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - marshmallow's shape
        """Gives a field, and what it holds, mistakes that are kinds."""
        inner: fields.Field[Any] | None = field_obj
        while inner is not None:
            kind = next((kind for type_, kind in INVALID.items() if isinstance(inner, type_)), "not_taken")
            common = {"required": Problem("missing_key", key=field_obj.data_key or field_obj.name)}
            common |= {name: Problem(kind) for name in ("invalid", "invalid_utf8", "too_large", "type")}
            inner.error_messages = {**inner.error_messages, **common, "null": Problem("nothing_here")}
            inner = getattr(inner, "inner", None) or getattr(inner, "value_field", None)


class Whole(fields.Integer):
    """A whole number between two bounds."""

    def __init__(self, minimum: int, maximum: int, **options: Any) -> None:
        bounds = validate.Range(min=minimum, max=maximum, error=Problem("out_of_range"))
        super().__init__(strict=True, validate=bounds, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid")
        return int(super()._deserialize(value, attr, data, **options))


class Day(fields.Field[date]):
    """A day of the calendar, `2026-12-31`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:  # noqa: ARG002
        if isinstance(value, str) and DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError as error:
                raise ValidationError(Problem("no_such_day")) from error
        raise ValidationError(Problem("not_a_day"))


class ConditionText(fields.String):
    """A condition; it is read when the sections that it may name are known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=1, error=Problem("nothing_here")), **options)


class TimeSpan(fields.Field[Window]):
    """`life`, `{calendar: year}` or `{months: 12}`."""

    def __init__(self, **options: Any) -> None:
        choices: list[dict[str, Any]] = [
            {"const": "life"},
            {"type": "object", "properties": {"calendar": {"const": "year"}}, "required": ["calendar"]},
            {
                "type": "object",
                "properties": {"months": {"type": "integer", "minimum": 1, "maximum": MONTHS_MAXIMUM}},
                "required": ["months"],
            },
        ]
        for choice in choices[1:]:
            choice["additionalProperties"] = False
        metadata = {"oneOf": choices} | options.pop("metadata", {})
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Window:  # noqa: ARG002
        match value:
            case "life":
                return Window()
            case {"calendar": "year", **rest} if not rest:
                return Window("year")
            case {"months": int(months), **rest} if not rest and 1 <= months <= MONTHS_MAXIMUM and months is not True:
                return Window("months", months)
        raise ValidationError(Problem("not_a_window"))


class CurrencyCode(fields.String):
    """An ISO 4217 code."""

    def __init__(self, **options: Any) -> None:
        metadata = {"pattern": "^[A-Z]{3}$", "examples": ["RUB"]} | options.pop("metadata", {})
        super().__init__(validate=self._known, metadata=metadata, **options)

    def _known(self, value: str) -> None:
        if value not in CURRENCIES:
            raise ValidationError(Problem("not_a_currency", found=value))


class TextByLanguage(Section):
    """A text in both languages."""

    en = fields.String(required=True, validate=validate.Length(min=1, max=200, error=Problem("text_length")))
    ru = fields.String(required=True, validate=validate.Length(min=1, max=200, error=Problem("text_length")))


def says(text: str) -> dict[str, str]:
    """What a key is for, in the published schema."""
    return {"description": text}


def name_of(text: str, *, pattern: str = RULE_NAME) -> fields.String:
    """The name by which other parts of the document, reports and explanations call something."""
    kind = "bad_programme_name" if pattern == NAME else "bad_name"
    return fields.String(required=True, validate=validate.Regexp(pattern, error=Problem(kind)), metadata=says(text))


def one_of(choices: tuple[str, ...], **options: Any) -> fields.String:
    """One of a few words."""
    error = Problem("unknown_value", choices=choices)
    return fields.String(validate=validate.OneOf(choices, error=error), **options)


def list_of(inner: type[Section] | fields.Field[Any], *, maximum: int = 500, **options: Any) -> fields.List[Any]:
    """A list, bounded."""
    minimum = options.pop("minimum", 0)
    item = fields.Nested(inner) if isinstance(inner, type) else inner
    length = validate.Length(min=minimum, max=maximum, error=Problem("list_length"))
    return fields.List(item, validate=length, **options)
