"""The document's JSON Schema, for editors and for other programs: made from the very schemas that read the document.

What a schema cannot say (conditions, names that have to exist, levels that rise) only `molva programme check` sees.
"""

import json
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.field_converter import FieldConverterMixin
from marshmallow import fields

from backend.programmes.document_fields import Day
from backend.programmes.document_schema import ProgrammeSchema

FILE = Path(__file__).with_name("programme.schema.json")
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema as a JSON document; sections that stand at several places are under `$defs`."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec("Molva programme", "1", "3.1.0", plugins=[plugin])
    converter = plugin.converter
    if converter is None:
        raise RuntimeError("apispec has made no converter.")
    converter.add_attribute_function(_days)  # type: ignore[no-untyped-call]
    converter.add_attribute_function(_python_patterns)  # type: ignore[no-untyped-call]
    spec.components.schema("Programme", schema=ProgrammeSchema)
    schemas = {name: _tidy(schema) for name, schema in sorted(spec.components.schemas.items())}
    root = schemas.pop("Programme")
    return {
        "$schema": DRAFT,
        "title": "Molva programme",
        "description": "A loyalty programme. Amounts are in minor units of the currency, rates in basis points.",
        **root,
        "$defs": schemas,
    }


def json_schema_text() -> str:
    """The schema as the committed file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _name(schema: Any) -> str:
    name = (schema if isinstance(schema, type) else type(schema)).__name__
    return name.removesuffix("Schema")


def _days(_self: FieldConverterMixin, field: fields.Field[Any], **_options: Any) -> dict[str, Any]:
    return {"type": "string", "format": "date"} if isinstance(field, Day) else {}


def _python_patterns(_self: FieldConverterMixin, field: fields.Field[Any], **_options: Any) -> dict[str, Any]:
    """Python's end of a text is not everybody's."""
    patterns = [one.regex.pattern for one in field.validators if hasattr(one, "regex")]
    return {"pattern": patterns[0].replace(r"\Z", "$")} if patterns else {}


def _tidy(node: Any) -> Any:
    """References into `$defs`, and no defaults that are objects of Python."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "type" in node and "properties" in node:
        node = {**node, "additionalProperties": False}
    return {
        key: value.replace("#/components/schemas/", "#/$defs/") if key == "$ref" else _tidy(value)
        for key, value in node.items()
        if not (key == "default" and not isinstance(value, str | int | bool))
    }
