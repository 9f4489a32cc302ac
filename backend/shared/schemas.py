"""The fields and the base of every schema: unknown fields are refused, times are aware, money is minor units."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, ValidationError, fields, missing, validate
from marshmallow import Schema as MarshmallowSchema

from backend.shared.i18n import LOCALES

CURRENCIES = frozenset(get_global("all_currencies"))
POINTS_MAXIMUM = 10**12
AMOUNT_MINOR_MAXIMUM = 10**12
EXTERNAL_ID = re.compile("[A-Za-z0-9._:-]{1,64}")
EXTERNAL_ID_PATTERN = f"^{EXTERNAL_ID.pattern}$"
YEARS = (1970, 2200)
PLAIN_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class Schema(MarshmallowSchema):
    """Refuses unknown fields; keeps the order of declaration."""

    class Meta:
        unknown = RAISE


class Answer(MarshmallowSchema):
    """What Molva answers; never loaded."""


class Points(fields.Integer):
    """Whole points. JSON numbers only: `"5"` and `5.0` are refused."""

    def __init__(
        self, *, minimum: int = 0, maximum: int = POINTS_MAXIMUM, refused: Sequence[int] = (), **kwargs: Any
    ) -> None:
        validators = [validate.Range(min=minimum, max=maximum), *([validate.NoneOf(refused)] if refused else [])]
        super().__init__(strict=True, validate=validators, **kwargs)
        self._minimum, self._maximum, self._refused = minimum, maximum, refused

    def plainly(self, value: Any) -> Any:
        """See `shared.plain_reading`."""
        is_plain = type(value) is int and self._minimum <= value <= self._maximum and value not in self._refused
        return value if is_plain else missing

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return int(super()._deserialize(value, attr, data, **kwargs))


class AmountMinor(Points):
    """Money in whole minor units (kopecks, cents)."""

    def __init__(self, *, minimum: int = 0, **kwargs: Any) -> None:
        super().__init__(minimum=minimum, maximum=AMOUNT_MINOR_MAXIMUM, **kwargs)


class Text(fields.String):
    """A text without control characters, bounded, with its edges trimmed."""

    def __init__(self, *, minimum: int = 1, maximum: int = 200, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=minimum, max=maximum), **kwargs)
        self._minimum, self._maximum = minimum, maximum

    def plainly(self, value: Any) -> Any:
        """See `shared.plain_reading`."""
        if type(value) is not str or not value.isprintable():
            return missing
        text = value.strip()
        return text if self._minimum <= len(text) <= self._maximum else missing

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if any(ord(character) < 32 and character not in "\n\t" for character in text) or "\x7f" in text:
            raise ValidationError(str(_l("Control characters are not permitted.")))
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValidationError(str(_l("This text is not valid Unicode."))) from error
        return text


class Timestamp(fields.AwareDateTime):
    """RFC 3339 with an offset, in a year in which a shop can have been open; loaded as UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def plainly(self, value: Any) -> Any:
        """See `shared.plain_reading`."""
        if type(value) is not str or not PLAIN_TIMESTAMP.fullmatch(value):
            return missing
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return missing
        return moment.astimezone(UTC) if YEARS[0] < moment.year < YEARS[1] else missing

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        moment = super()._deserialize(value, attr, data, **kwargs)
        # What a database takes at the ends of its calendar, Python cannot read back.
        if not YEARS[0] < moment.year < YEARS[1]:
            raise ValidationError(str(_l("This is a time in which no shop was open.")))
        return moment.astimezone(UTC)


class Currency(fields.String):
    """An ISO 4217 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=self._known, metadata={"example": "RUB", "pattern": "^[A-Z]{3}$"}, **kwargs)

    def plainly(self, value: Any) -> Any:
        """See `shared.plain_reading`."""
        return value if type(value) is str and value in CURRENCIES else missing

    def _known(self, value: str) -> None:
        if value not in CURRENCIES:
            raise ValidationError(str(_l("This is no ISO 4217 currency.")))


class Locale(fields.String):
    """`ru` or `en`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.OneOf(LOCALES), **kwargs)


class Zone(fields.String):
    """An IANA time zone, such as `Europe/Moscow`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=self._known, metadata={"example": "Europe/Moscow"}, **kwargs)

    def _known(self, value: str) -> None:
        if value not in available_timezones():
            raise ValidationError(str(_l("This is no IANA time zone.")))


class ExternalId(fields.String):
    """A till's own identifier, unique per store."""

    def __init__(self, *, metadata: dict[str, Any] | None = None, **kwargs: Any) -> None:
        described = {"pattern": EXTERNAL_ID_PATTERN} | (metadata or {})
        super().__init__(validate=self._plain, metadata=described, **kwargs)

    def plainly(self, value: Any) -> Any:
        """See `shared.plain_reading`."""
        return value if type(value) is str and EXTERNAL_ID.fullmatch(value) else missing

    def _plain(self, value: str) -> None:
        if not EXTERNAL_ID.fullmatch(value):
            raise ValidationError(str(_l("Take 1 to 64 of letters, digits and . _ : -")))


QUANTITY_MAXIMUM = Decimal(10) ** 9


class Quantity(fields.Decimal):
    """How much of something: a number above zero with at most three decimals (pieces, kilograms)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            allow_nan=False,
            metadata={"type": "number", "example": 1, "minimum": 0.001, "maximum": 10**9},
            **kwargs,
        )

    def plainly(self, value: Any) -> Any:
        """See `shared.plain_reading`."""
        if type(value) is int:
            return Decimal(value) if 0 < value <= QUANTITY_MAXIMUM else missing
        try:
            return self._deserialize(value, None, None)
        except ValidationError:
            return missing

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        quantity = Decimal(str(super()._deserialize(value, attr, data, **kwargs)))
        exponent = quantity.normalize().as_tuple().exponent
        if not 0 < quantity <= QUANTITY_MAXIMUM or not isinstance(exponent, int) or exponent < -3:
            raise ValidationError(str(_l("A quantity is above zero, with at most three decimals.")))
        return quantity
