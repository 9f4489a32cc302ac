"""The programme document: YAML in, a frozen `Programme` out, or every mistake with its line and column.

What may stand in it is described by `docs/programme.md` and, for editors, by `programme.schema.json`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from backend.programmes.building import Builder, mistakes_in_conditions
from backend.programmes.cross_checks import check
from backend.programmes.document_schema import ProgrammeSchema
from backend.programmes.errors import BadProgramme
from backend.programmes.mistakes import Mistake, Problem, nearest
from backend.programmes.programme import Programme
from backend.programmes.yaml_places import Path, Places, read_yaml

AT_KEY = {"unknown_key", "missing_key", "unknown_limit", "rule_without_limits"}
"""Kinds that are wrong with a key, not with its value."""
LANGUAGES = ("en", "ru")
"""The keys of a text: whatever else stands there with nothing after it came from a comma."""


def read_programme(text: str, *, version: int = 0) -> Programme:
    """Reads a document.

    Raises:
        BadProgramme: it is not YAML, or something in it is wrong; it names each place.
    """
    document, places = read_yaml(text)
    if not isinstance(document, dict):
        raise BadProgramme([Mistake(*places.of_value(()), "", "not_a_document")])
    try:
        data = ProgrammeSchema().load(document)
    except ValidationError as error:
        found = [*_mistakes(error.messages, document, places), *mistakes_in_conditions(document, places)]
        raise BadProgramme(found) from error
    builder = Builder(data, document, places, version)
    programme = builder.build()
    check(builder, programme)
    if builder.mistakes:
        raise BadProgramme(builder.mistakes)
    return programme


def _mistakes(messages: Any, document: Any, places: Places, path: Path = ()) -> Iterator[Mistake]:
    """Marshmallow's messages, as deep as they are nested, as mistakes at their places."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # A mapping with free keys tells of its keys and its values; the document has no such part.
            is_part = name == "_schema" or (name in ("key", "value") and name not in _keys(document))
            under = path[-1] if name == "key" and is_part else document if is_part else _part(document, name)
            yield from _mistakes(inner, under, places, path if is_part else (*path, name))
        return
    for message in messages:
        yield _mistake(message, document, places, path)


def _mistake(message: Any, value: Any, places: Places, path: Path) -> Mistake:
    if not isinstance(message, Problem):
        raise TypeError(f"{path}: {message!r} has no words.")
    facts = {**message.facts, "found": value}
    if message.kind == "unknown_key":
        line, column = places.of_key(path)
        known = facts["known"]
        if value is None and known == LANGUAGES:
            return Mistake(line, column, _as_text(path), "comma_in_text", {"key": path[-1]})
        facts = {"key": path[-1], "nearest": nearest(str(path[-1]), known), "known": known}
    elif message.kind == "unknown_limit":
        facts |= {"key": path[-1], "nearest": nearest(str(path[-1]), facts["known"])}
    elif message.kind == "unknown_value":
        facts["nearest"] = nearest(str(value), facts["choices"])
    line, column = places.of_key(path) if message.kind in AT_KEY else places.of_value(path)
    return Mistake(line, column, _as_text(path), message.kind, facts)


def _as_text(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _keys(document: Any) -> Any:
    return document if isinstance(document, Mapping) else ()


def _part(document: Any, name: Any) -> Any:
    if isinstance(document, Mapping):
        return document.get(name)
    return document[name] if isinstance(document, list) and isinstance(name, int) and name < len(document) else None
