"""The language of the app: one at a time, switched while it runs. English texts stand in the code."""

import gettext as standard
from functools import cache
from pathlib import Path

LANGUAGES = ("ru", "en")
LOCALES = Path(__file__).resolve().parent.parent / "locales"

_current = "en"


def use(language: str) -> None:
    """Makes everything that is said from now on be said in this language."""
    global _current
    _current = language if language in LANGUAGES else "en"


def current() -> str:
    """`ru` or `en`."""
    return _current


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Marks a text for the catalogue without translating it now."""
    return text


def gettext(text: str) -> str:
    """The text in the current language."""
    return _catalogue(_current).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The form that goes with this count, in the current language."""
    return _catalogue(_current).ngettext(one, many, abs(count))


@cache
def _catalogue(language: str) -> standard.NullTranslations:
    return standard.translation("app", LOCALES, [language], fallback=True)
