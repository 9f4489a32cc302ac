"""Cursor pagination: `{"items": […], "next_cursor": …}`, newest first, stable while rows arrive."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from backend.shared.errors import Invalid
from backend.shared.schemas import Schema

Row = TypeVar("Row")
PAGE_ROWS_DEFAULT = 50
PAGE_ROWS_MAXIMUM = 200


class PageArguments(Schema):
    """How much of a list, and from where."""

    cursor = fields.String(
        load_default=None, metadata={"description": "next_cursor of the page before", "pattern": "^[A-Za-z0-9_-]{22}$"}
    )
    limit = fields.Integer(load_default=PAGE_ROWS_DEFAULT, validate=validate.Range(min=1, max=PAGE_ROWS_MAXIMUM))


def read_cursor(cursor: str | None) -> UUID | None:
    """The id after which the page starts.

    Raises:
        Invalid: the cursor is not one that Molva gave.
    """
    if cursor is None:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Invalid(errors={"cursor": [_l("This cursor is not valid. Start from the first page.")]}) from error


def page(rows: Sequence[Row], *, limit: int, id_of: Callable[[Row], UUID]) -> dict[str, Any]:
    """A page of at most `limit` of `rows`, which hold one more where there is a next page."""
    shown = list(rows[:limit])
    next_cursor = None
    if len(rows) > limit:
        next_cursor = base64.urlsafe_b64encode(id_of(shown[-1]).bytes).rstrip(b"=").decode()
    return {"items": shown, "next_cursor": next_cursor}
