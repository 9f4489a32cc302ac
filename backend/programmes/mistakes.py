"""Mistakes in a programme: where each stands, what it is, and how it is said in either language.

A mistake is a kind with facts. The words are filled without an application around them: `molva programme check` needs
neither database nor settings.
"""

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from backend.programmes.mistake_words import TOKENS, TYPES, WORDS
from backend.programmes.speaking import either, say
from backend.shared.wording import N_

AT_LINE_AND_COLUMN = N_("Line {line}, column {column}: {text}")
IN_THE_CONDITION = N_("in the condition, at its column {column}: {text}")
PERHAPS = N_("Perhaps you mean `{nearest}`.")
SHOWN_MAXIMUM = 60


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong at a place; line and column count from 1. `path` names the section: `earning.0.when`."""

    line: int
    column: int
    path: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Problem(str):
    """What is wrong with a value, as marshmallow carries it: to it a text, that keeps its kind and facts."""

    kind: str
    facts: dict[str, Any]

    def __new__(cls, kind: str, **facts: Any) -> "Problem":
        """A text that is the kind, with the facts beside it."""
        made = super().__new__(cls, kind)
        made.kind, made.facts = kind, facts
        return made

    def format(self, *_positional: Any, **facts: Any) -> "Problem":
        """Marshmallow writes bounds and choices into a message; here they become facts."""
        return Problem(self.kind, **{**facts, **self.facts})


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one, where one is like it."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def in_words(mistake: Mistake, locale: str) -> str:
    """A sentence or two, `ru` or `en`, that says what was found and what was expected. The place is not in it."""
    text = _Filler(locale).vformat(say(locale, WORDS[mistake.kind]), (), mistake.facts)
    if mistake.facts.get("nearest"):
        text += " " + say(locale, PERHAPS, nearest=mistake.facts["nearest"])
    if mistake.facts.get("column_in_condition"):
        text = say(locale, IN_THE_CONDITION, column=mistake.facts["column_in_condition"], text=text)
    return text[0].upper() + text[1:]


def with_place(mistake: Mistake, locale: str) -> str:
    """The same with line and column before it."""
    said = in_words(mistake, locale)
    return say(locale, AT_LINE_AND_COLUMN, line=mistake.line, column=mistake.column, text=said)


def by_path(mistakes: Iterable[Mistake], locale: str) -> dict[str, list[str]]:
    """The mistakes as problem+json has them: texts by the path of what is wrong."""
    texts: dict[str, list[str]] = {}
    for mistake in mistakes:
        texts.setdefault(mistake.path, []).append(with_place(mistake, locale))
    return texts


class _Filler(string.Formatter):
    """Holes of a text: `code` in backticks, `codes` many of them, `token(s)` of a condition and `type(s)` in words."""

    def __init__(self, locale: str) -> None:
        self._locale = locale

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "code":
                return _code(value)
            case "codes":
                return ", ".join(_code(one) for one in value)
            case "token":
                return self._token(value)
            case "tokens":
                return either(self._locale, [self._token(one) for one in value])
            case "type":
                return say(self._locale, TYPES[value])
            case "types":
                return either(self._locale, [say(self._locale, TYPES[one]) for one in value])
        return str(value)

    def _token(self, name: str) -> str:
        return say(self._locale, TOKENS[name]) if name in TOKENS else _code(name)


def _code(value: Any) -> str:
    text = str(value).replace("\n", " ")
    return f"`{text[: SHOWN_MAXIMUM - 1]}…`" if len(text) > SHOWN_MAXIMUM else f"`{text}`"
