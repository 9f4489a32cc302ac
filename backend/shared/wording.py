"""Wordings: what Molva says of a stored fact, rendered from a kind and its facts, by whoever needs the text.

A row (ledger transaction, message) keeps the kind and the facts; it never keeps a sentence. The feature that writes
rows of a kind registers its wording here, and the ledger or the inbox renders it without knowing that feature.

A text is a gettext msgid with typed holes, `{points:points} · {store}`. The type after the colon says how the fact is
written in the reader's language; without one it stands as it is:
points (1,240 points), signed (+120), count (1,240), money (a mapping of amount_minor and currency), percent (basis
points), date (RFC 3339 text, written as the day in the reader's zone), time, text (a mapping of language to text),
member (the id of a member, who is called by the first name as of now), said (a mapping of kind and facts: the title of
that kind, filled with them).

A name never stands in the facts: it would outlive its owner's wish to be forgotten. `{friend:member a new guest}` says
after the type how to call somebody who has no name, or none any more; the words are translated with the text.
"""

import contextlib
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _

from backend.shared import formatting
from backend.shared.clock import business_now

Step = tuple[str, str] | tuple[str, str, str]
"""What was counted, and its figure; with a third text, once for each mapping of the fact of that name."""


@dataclass(frozen=True)
class Wording:
    """The msgids of one kind: a short title, a body of one or two sentences (may be empty), and the steps of a sum.

    A step is left out where one of its facts is missing.
    """

    title: str
    body: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Whom a text is for: language and time zone."""

    locale: str
    zone: str = "UTC"


class Said(NamedTuple):
    """Something to be told: a registered kind and its facts."""

    kind: str
    facts: Mapping[str, Any]


Names = Mapping[UUID, str]
"""First names of the members whom the facts name; whoever is not in it has none."""

NO_NAMES: Names = {}
_wordings: dict[str, Wording] = {}


def register(kind: str, *, title: str, body: str = "", steps: tuple[Step, ...] = ()) -> None:
    """Declares the wording of a kind. Mark the texts with `N_` so that the catalogue finds them."""
    _wordings[kind] = Wording(title, body, steps)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Marks a text for the catalogue without translating it now."""
    return text


def registered_kinds() -> Mapping[str, Wording]:
    """All kinds with their wordings."""
    return dict(_wordings)


def members_named(kind: str, facts: Mapping[str, Any]) -> set[UUID]:
    """The members whom title and body of a kind name, for looking up many names at once."""
    wording = _wordings[kind]
    holes = (hole for text in (wording.title, wording.body) for hole in string.Formatter().parse(text))
    return {UUID(facts[name]) for _text, name, spec, _conversion in holes if name and _type_of(spec)[0] == "member"}


def render_title(kind: str, facts: Mapping[str, Any], reader: Reader, names: Names = NO_NAMES) -> str:
    """The title of a kind, filled with its facts, in the reader's language."""
    return _render(_wordings[kind].title, facts, reader, names)


def render_body(kind: str, facts: Mapping[str, Any], reader: Reader, names: Names = NO_NAMES) -> str:
    """The body of a kind, filled with its facts, in the reader's language; empty where it has none."""
    return _render(_wordings[kind].body, facts, reader, names)


def render_steps(kind: str, facts: Mapping[str, Any], reader: Reader) -> list[tuple[str, str]]:
    """The steps of a kind's sum, filled with its facts; a step whose facts are missing is left out."""
    steps = []
    for text, figure, *each in _wordings[kind].steps:
        for filling in facts.get(each[0], ()) if each else (facts,):
            with contextlib.suppress(KeyError):
                steps.append((_render(text, filling, reader), _render(figure, filling, reader)))
    return steps


def render_text(text: str, facts: Mapping[str, Any], reader: Reader) -> str:
    """Any registered msgid with typed holes, in the reader's language."""
    return _render(text, facts, reader)


def _render(text: str, facts: Mapping[str, Any], reader: Reader, names: Names = NO_NAMES) -> str:
    if not text:
        return ""
    with force_locale(reader.locale):
        return _Filler(reader, names).vformat(_(text), (), facts)


class _Filler(string.Formatter):
    def __init__(self, reader: Reader, names: Names) -> None:
        self._reader = reader
        self._names = names

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return str(value)
        type_, words = _type_of(format_spec)
        if type_ == "member":
            return self._names.get(UUID(value)) or words
        return _WRITERS[type_](value, self._reader)


def _type_of(format_spec: str | None) -> tuple[str, str]:
    """The type of a hole, and the words after it."""
    type_, _space, words = (format_spec or "").partition(" ")
    return type_, words


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _date(value: Any, reader: Reader) -> str:
    zone = ZoneInfo(reader.zone)
    today = business_now().astimezone(zone).date()
    return formatting.date(_moment(value).astimezone(zone).date(), locale=reader.locale, today=today)


def _said(value: Mapping[str, Any], reader: Reader) -> str:
    return _render(_wordings[value["kind"]].title, value["facts"], reader)


_WRITERS: dict[str, Callable[[Any, Reader], str]] = {
    "points": lambda value, reader: formatting.points(value, locale=reader.locale),
    "signed": lambda value, reader: formatting.signed(value, locale=reader.locale),
    "signed_points": lambda value, reader: formatting.signed_points(value, locale=reader.locale),
    "count": lambda value, reader: formatting.count(value, locale=reader.locale),
    "money": lambda value, reader: formatting.money(value["amount_minor"], value["currency"], locale=reader.locale),
    "percent": lambda value, reader: formatting.percent(value, locale=reader.locale),
    "date": _date,
    "time": lambda value, reader: formatting.time(_moment(value), locale=reader.locale, zone=reader.zone),
    "text": lambda value, reader: str(value.get(reader.locale) or value["en"]),
    "said": _said,
}
