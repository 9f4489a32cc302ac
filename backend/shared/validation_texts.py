"""What marshmallow says of a wrong field, in the caller's language; its texts come with their figures written in."""

import re
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _

from backend.shared.wording import N_

TEXTS = (
    N_("Missing data for required field."),
    N_("Unknown field."),
    N_("Not a valid string."),
    N_("Not a valid integer."),
    N_("Not a valid number."),
    N_("Not a valid boolean."),
    N_("Not a valid UUID."),
    N_("Not a valid aware datetime."),
    N_("Not a valid datetime."),
    N_("Not a valid list."),
    N_("Not a valid mapping type."),
    N_("Number too large."),
    N_("Invalid input type."),
    N_("Invalid value."),
    N_("Field may not be null."),
    N_("String does not match expected pattern."),
    N_("Not a valid email address."),
    N_("Special numeric values (nan or infinity) are not permitted."),
)

TEXTS_WITH_FIGURES = (
    N_("Must be greater than or equal to {min} and less than or equal to {max}."),
    N_("Must be greater than or equal to {min}."),
    N_("Must be less than or equal to {max}."),
    N_("Length must be between {min} and {max}."),
    N_("Shorter than minimum length {min}."),
    N_("Longer than maximum length {max}."),
    N_("Must be one of: {choices}."),
)
_PATTERNS = [
    (re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(text)), re.DOTALL), text) for text in TEXTS_WITH_FIGURES
]


def translated(errors: Any) -> Any:
    """Errors by field, as deep as they are nested, in the current language."""
    if isinstance(errors, dict):
        return {str(field): translated(texts) for field, texts in errors.items()}
    if isinstance(errors, list | tuple):
        return [translated(text) for text in errors]
    return str(errors) if isinstance(errors, LazyString) else _text(str(errors))


def _text(text: str) -> str:
    for pattern, template in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return str(_(template)).format(**found.groupdict())
    return str(_(text))
