"""Reading what is plainly right without marshmallow's walk, which costs a till's request more than its rules do.

A schema that is read plainly gives each field one look. Whatever leaves the slightest doubt — a field that is missing,
unknown or not as it should be — is read again by marshmallow, which alone says what is wrong: so nothing is accepted
that it would not accept, and no message differs.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from marshmallow import fields, missing, validate

from backend.shared.schemas import Schema

Read = Callable[[Any], Any]


class Doubt(Exception):  # noqa: N818 - nothing is wrong yet
    """This is for marshmallow to say."""


@runtime_checkable
class PlainField(Protocol):
    """A field that knows what is plainly right for it."""

    def plainly(self, value: Any) -> Any:
        """The loaded value; `missing` where there is doubt."""


class PlainSchema(Schema):
    """A schema of the busiest routes."""

    def _deserialize(self, data: Any, **options: Any) -> Any:
        if type(data) is dict and not options.get("many") and not options.get("partial"):
            try:
                return self.read_plainly(data)
            except Doubt:
                pass
        return super()._deserialize(data, **options)

    def read_plainly(self, data: dict[str, Any]) -> dict[str, Any]:
        """What marshmallow would load.

        Raises:
            Doubt: it may have something to say.
        """
        loaded: dict[str, Any] = {}
        found = 0
        for name, read, default, takes_none in self._plan:
            value = data.get(name, missing)
            if value is missing:
                if default is Doubt:
                    raise Doubt
                if default is not missing:
                    loaded[name] = default() if callable(default) else default
                continue
            found += 1
            if value is None:
                if not takes_none:
                    raise Doubt
                loaded[name] = None
                continue
            value = read(value)
            if value is missing:
                raise Doubt
            loaded[name] = value
        if found != len(data):
            raise Doubt
        return loaded

    @cached_property
    def _plan(self) -> list[tuple[str, Read, Any, bool]]:
        return [
            (name, _reader(field), Doubt if field.required else field.load_default, bool(field.allow_none))
            for name, field in self.load_fields.items()
        ]


def _reader(field: Any) -> Read:
    if isinstance(field, PlainField):
        return field.plainly
    if type(field) is fields.List and isinstance(field.inner, fields.Nested):
        return _list_reader(field, field.inner)
    return _by_marshmallow(field)


def _list_reader(field: fields.List[Any], inner: fields.Nested) -> Read:
    lengths = [one for one in field.validators if isinstance(one, validate.Length) and one.equal is None]
    if not isinstance(inner.schema, PlainSchema) or any(inner.schema._hooks.values()) or lengths != field.validators:  # noqa: SLF001 - marshmallow has no other way to ask
        return _by_marshmallow(field)
    read = inner.schema.read_plainly
    minimum = max((one.min or 0 for one in lengths), default=0)
    maximum = min((one.max for one in lengths if one.max is not None), default=None)

    def read_list(value: Any) -> Any:
        if type(value) is not list or len(value) < minimum or (maximum is not None and len(value) > maximum):
            return missing
        return [read(one) if type(one) is dict else _doubt() for one in value]

    return read_list


def _doubt() -> Any:
    raise Doubt


def _by_marshmallow(field: Any) -> Read:
    def read(value: Any) -> Any:
        try:
            return field.deserialize(value)
        except Exception as error:
            raise Doubt from error

    return read
