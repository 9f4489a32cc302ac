"""A participant's own data on the wire."""

import re
from calendar import monthrange
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from backend.members.consents import CHANNELS, CONSENT_TEXTS, PURPOSES
from backend.members.devices import INSTALL_ID
from backend.shared.i18n import _l
from backend.shared.schemas import Answer, Locale, Schema, Text, Timestamp, Zone

NAME_LENGTH_MAXIMUM = 100
PLATFORMS = ("android", "ios", "desktop", "web")
CONSENTS_MAXIMUM = 20
PUSH_TOKEN_LENGTH_MAXIMUM = 4096
MONTH_AND_DAY = re.compile("([0-9]{2})-([0-9]{2})")


def name_field(**kwargs: Any) -> Text:
    """The name by which a member wants to be called."""
    return Text(maximum=NAME_LENGTH_MAXIMUM, metadata={"example": "Alice Kovaleva"}, **kwargs)


class InstallId(fields.String):
    """The id that an installation of the app gave itself."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "description": "An id that the installation made for itself, the same for as long as it lives",
            "example": "6f0c1d1e-1c55-4a6e-9d7e-2f3c5b1a9e77",
            "pattern": f"^{INSTALL_ID.pattern}$",
        }
        super().__init__(validate=self._plain, metadata=metadata, **kwargs)

    def _plain(self, value: str) -> None:
        if not INSTALL_ID.fullmatch(value):
            raise ValidationError(str(_l("Take 1 to 64 of letters, digits and . _ : -")))


class Birthday(fields.String):
    """Month and day, `MM-DD`; 29 February is a birthday too. The year is nobody's business."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"description": "Month and day", "example": "05-17", "pattern": "^[0-9]{2}-[0-9]{2}$"}
        super().__init__(validate=self._of_a_leap_year, metadata=metadata, **kwargs)

    def _of_a_leap_year(self, value: str) -> None:
        match = MONTH_AND_DAY.fullmatch(value)
        if match is None or not _is_day(int(match[1]), int(match[2])):
            raise ValidationError(str(_l("Write month and day, such as 05-17.")))


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(2000, month)[1]


class Word(fields.Boolean):
    """Yes or no, in so many words: `1` and `"yes"` are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


class ConsentPairSchema(Schema):
    """A purpose in a channel."""

    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES), metadata={"example": "marketing"})
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS), metadata={"example": "push"})

    @validates_schema
    def _known(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if (data["purpose"], data["channel"]) not in CONSENT_TEXTS:
            raise ValidationError(str(_l("Nothing is asked for this purpose in this channel.")), "channel")


class ConsentChangeSchema(ConsentPairSchema):
    """A person's word on a purpose in a channel."""

    given = Word(required=True)


def refuse_repeated_pairs(consents: list[dict[str, Any]]) -> None:
    """A purpose in a channel is answered once in a request."""
    pairs = [(consent["purpose"], consent["channel"]) for consent in consents]
    if len(set(pairs)) != len(pairs):
        raise ValidationError(str(_l("The same purpose and channel stand here twice.")))


class ProfileChangeSchema(Schema):
    """What a member changes; what is left out stays."""

    name = name_field(allow_none=True)
    locale = Locale()
    zone = Zone()
    birthday = Birthday(allow_none=True)
    consents = fields.List(
        fields.Nested(ConsentChangeSchema), validate=[validate.Length(max=CONSENTS_MAXIMUM), refuse_repeated_pairs]
    )


class PhoneChangeSchema(Schema):
    """Another phone, and the one-time code that was sent to it."""

    phone = Text(required=True, maximum=64, metadata={"example": "8 (912) 345-67-89"})
    code = Text(required=True, maximum=64, metadata={"example": "1234567"})


class ConsentAnswer(Answer):
    """A member's newest word on a purpose in a channel."""

    purpose = fields.String(required=True, metadata={"example": "marketing"})
    channel = fields.String(required=True, metadata={"example": "push"})
    given = fields.Boolean(required=True)
    given_at = Timestamp(required=True)


class ProfileAnswer(Answer):
    """A member as they see themselves."""

    id = fields.UUID(required=True)
    name = fields.String(required=True, allow_none=True, metadata={"example": "Alice Kovaleva"})
    card_number = fields.String(
        required=True,
        metadata={"description": "16 digits; the last one checks the rest (Luhn)", "example": "9710004420313201"},
    )
    locale = fields.String(required=True, metadata={"example": "ru"})
    zone = fields.String(required=True, metadata={"example": "Europe/Moscow"})
    phone_masked = fields.String(required=True, allow_none=True, metadata={"example": "+7 ••• •••-67-89"})
    email_masked = fields.String(required=True, allow_none=True, metadata={"example": "a•••@example.org"})
    joined_at = Timestamp(required=True)
    birthday = Birthday(required=True, allow_none=True)
    consents = fields.List(
        fields.Nested(ConsentAnswer),
        required=True,
        metadata={"description": "What the member ever answered; what is not here was never given"},
    )


class DeviceSchema(Schema):
    """An installation of the app, and how it is pushed to: by `push_token` or by `fid`, or not at all."""

    platform = fields.String(required=True, validate=validate.OneOf(PLATFORMS))
    push_token = Text(
        maximum=PUSH_TOKEN_LENGTH_MAXIMUM, metadata={"description": "FCM registration token", "example": "dGVz:APA91b"}
    )
    fid = Text(maximum=200, metadata={"description": "Firebase installation id", "example": "cZ3p9mQkR0aVt1Yx7w"})
    app_version = Text(maximum=40, metadata={"example": "1.4.0"})

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if "push_token" in data and "fid" in data:
            raise ValidationError(str(_l("Send push_token or fid, not both.")), "fid")


class DeviceAnswer(Answer):
    """A registered installation."""

    install_id = fields.String(required=True)
    platform = fields.String(required=True, metadata={"example": "android"})
    app_version = fields.String(required=True, allow_none=True)
    push = fields.Boolean(required=True, metadata={"description": "Whether it can be pushed to"})
    refreshed_at = Timestamp(required=True)


class CardKeyRequestSchema(Schema):
    """Which installation wants to make codes."""

    install_id = InstallId(required=True)


class CardKeyAnswer(Answer):
    """What a phone needs to make card codes without a network; docs/card-code.md says how."""

    version = fields.Integer(required=True, metadata={"example": 1})
    device_id = fields.String(required=True, metadata={"description": "8 bytes, hex", "example": "0011223344556677"})
    secret = fields.String(required=True, metadata={"description": "32 bytes, base64"})
    step_seconds = fields.Integer(required=True, metadata={"example": 30})
    server_time = Timestamp(required=True, metadata={"description": "The phone keeps the difference to its own clock"})


class CardAnswer(Answer):
    """The member's card."""

    number = fields.String(required=True, metadata={"example": "9710004420313201"})
    code = fields.String(required=True, metadata={"description": "40 characters for a QR code; new at each call"})
    valid_until = Timestamp(required=True, metadata={"description": "Until when the code may spend"})
