"""Programmes on the wire. The document itself is a text: its places are what people see in their editor."""

from marshmallow import fields, validate

from backend.programmes.yaml_places import DOCUMENT_BYTES_MAXIMUM
from backend.shared.i18n import LOCALES
from backend.shared.schemas import Answer, Schema, Text, Timestamp

STATES = ("draft", "scheduled", "in_force", "replaced", "withdrawn")
NOTE_LENGTH_MAXIMUM = 500
DOCUMENT_EXAMPLE = """programme: cafe
title: {en: Café, ru: Кофейня}
currency: RUB
point_value_minor: 100
earning:
  - {rule: base, rate_basis_points: 500}
availability: {pending_days: 14}
"""


def document_field(*, required: bool = True) -> fields.String:
    """The document as a text."""
    return fields.String(
        required=required,
        validate=validate.Length(max=DOCUMENT_BYTES_MAXIMUM),
        metadata={"description": "The document, YAML", "example": DOCUMENT_EXAMPLE},
    )


class NewProgrammeSchema(Schema):
    """A document to be kept as the next version of its programme."""

    document = document_field()
    note = Text(
        minimum=0,
        maximum=NOTE_LENGTH_MAXIMUM,
        load_default="",
        metadata={"description": "Why, for whoever reads the list of versions", "example": "Beans before New Year"},
    )


class ProgrammeActivationSchema(Schema):
    """From when on a version is to judge."""

    from_ = Timestamp(
        data_key="from",
        load_default=None,
        allow_none=True,
        metadata={"description": "A moment still to come; absent: now", "example": "2026-12-01T00:00:00+03:00"},
    )


class ProgrammeToCheckSchema(Schema):
    """A document to be looked through."""

    document = document_field()


class AgainstArguments(Schema):
    """With which version to compare."""

    against = fields.UUID(
        load_default=None, metadata={"description": "The older version; absent: the one before this one"}
    )
    lang = fields.String(load_default=None, validate=validate.OneOf(LOCALES), metadata={"example": "en"})


class ProgrammeVersionAnswer(Answer):
    """A version of a programme, without its document."""

    id = fields.UUID(required=True)
    programme = fields.String(required=True, metadata={"example": "cafe"})
    version = fields.Integer(required=True, metadata={"example": 3})
    currency = fields.String(required=True, metadata={"example": "RUB"})
    state = fields.String(required=True, validate=validate.OneOf(STATES), metadata={"example": "in_force"})
    in_force_from = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    in_force_until = fields.AwareDateTime(required=True, allow_none=True, format="iso")
    recorded_at = fields.AwareDateTime(required=True, format="iso")
    created_by = fields.String(required=True)
    note = fields.String(required=True)


class ProgrammeAnswer(ProgrammeVersionAnswer):
    """A version of a programme with its document."""

    document = document_field()


class ProgrammesAnswer(Answer):
    """Every version there is, by programme, the newest first."""

    items = fields.List(fields.Nested(ProgrammeVersionAnswer), required=True)


class ProgrammeMistakeAnswer(Answer):
    """A mistake at its place; line and column count from 1."""

    line = fields.Integer(required=True, metadata={"example": 7})
    column = fields.Integer(required=True, metadata={"example": 12})
    path = fields.String(required=True, metadata={"example": "earning.0.when"})
    kind = fields.String(required=True, metadata={"example": "unknown_choice"})
    text = fields.String(required=True, metadata={"example": "`golt` is not one of `silver`, `gold`, `none`."})


class CheckedProgrammeAnswer(Answer):
    """Whether a document is a programme, and where not."""

    correct = fields.Boolean(required=True)
    mistakes = fields.List(fields.Nested(ProgrammeMistakeAnswer), required=True)
    programme = fields.String(metadata={"description": "Its name, where it is correct", "example": "cafe"})
    currency = fields.String(metadata={"example": "RUB"})


class ProgrammeDifferencesAnswer(Answer):
    """What is otherwise in a version than in an older one, in the caller's language."""

    version = fields.Integer(required=True)
    against = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: there is nothing to compare with"}
    )
    differences = fields.List(
        fields.String(), required=True, metadata={"example": ["Rule gold: gives 2 % of the receipt, was 1 %."]}
    )
