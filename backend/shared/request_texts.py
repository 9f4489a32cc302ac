"""The last word on a text that no database keeps: a NUL, which a program may send, and nobody types.

Schemas refuse it by themselves (`Text`), so that of a till's batch only the one receipt is refused, and pages for
participants say it at the field. Wherever nobody looked for it, PostgreSQL's driver does, and it is told here.
"""

from collections.abc import Iterator

import psycopg
from flask import request
from flask_babel import lazy_gettext as _l

from backend.shared.db import driver_error
from backend.shared.errors import DomainError, Invalid, NotFound

NUL = "\0"


def refusal_of_unkeepable(error: Exception) -> DomainError | None:
    """What to tell the caller of a request whose text the database did not take; None where that is not what happened.

    A thing with a NUL in its name is not there; of arguments in an address and fields of a form, the wrong ones are
    named.
    """
    if not isinstance(driver_error(error), psycopg.DataError):
        return None
    if NUL in request.path:
        return NotFound()
    wrong = [name for name, text in _texts() if NUL in text]
    return Invalid(errors={name: [_l("Control characters are not permitted.")] for name in wrong}) if wrong else None


def _texts() -> Iterator[tuple[str, str]]:
    yield from request.args.items(multi=True)
    yield from request.form.items(multi=True)
