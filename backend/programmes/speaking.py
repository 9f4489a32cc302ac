"""Saying things of a programme in a language that is asked for by name, with no application around: the command line
checks and compares programmes without database and settings.
"""

import datetime
from collections.abc import Sequence
from functools import cache

from babel.dates import format_date
from babel.support import NullTranslations

from backend.shared import formatting
from backend.shared.i18n import LOCALES, load_translations
from backend.shared.wording import N_

OR = N_("{first} or {last}")
AND = N_("{first} and {last}")


@cache
def _translations(locale: str) -> NullTranslations:
    return load_translations(locale) if locale != "en" else NullTranslations()


def say(locale: str, text: str, /, **facts: object) -> str:
    """A marked text in this language, filled."""
    said = _translations(locale).gettext(text)
    return said.format(**facts) if facts else said


def in_both(text: str, /, **facts: object) -> dict[str, str]:
    """The same by language."""
    return {locale: say(locale, text, **facts) for locale in LOCALES}


def either(locale: str, texts: Sequence[str]) -> str:
    """Texts with an "or" before the last."""
    return _listed(locale, texts, OR)


def together(locale: str, texts: Sequence[str]) -> str:
    """Texts with an "and" before the last."""
    return _listed(locale, texts, AND)


def money(locale: str, amount_minor: int, currency: str) -> str:
    """An amount in its currency."""
    return formatting.money(amount_minor, currency, locale=locale)


def day(locale: str, value: datetime.date) -> str:
    """A day with its year."""
    return str(format_date(value, "d MMMM y", locale=locale))


def _listed(locale: str, texts: Sequence[str], joined: str) -> str:
    once = list(dict.fromkeys(texts))
    if len(once) < 2:
        return "".join(once)
    return say(locale, joined, first=", ".join(once[:-1]), last=once[-1])
