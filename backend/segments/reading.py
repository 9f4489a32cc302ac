"""Reading a tree from its document, and finding all that is wrong with it at once."""

import difflib
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from backend.segments.catalogue import Catalogue
from backend.segments.mistakes import BadTree, Mistake
from backend.segments.tree import (
    DEPTH_MAXIMUM,
    LEAVES_MAXIMUM,
    OPERATORS,
    VERSION,
    AllOf,
    AnyOf,
    InSegment,
    Leaf,
    Not,
    Rule,
    Tree,
)
from backend.shared.attributes import Attribute

RULE_KEYS = ("all", "any", "not", "segment", "attribute")
LEAF_KEYS = ("attribute", "is", "value", "window_days", "parameter")
DAYS_MAXIMUM = 3_660
TEXTS_MAXIMUM, TEXT_LENGTH_MAXIMUM = 100, 200
NUMBER_MAXIMUM = 10**15
SHOWN_MAXIMUM = 40

NOTHING = object()
"""Stands for a key that is not there: null is a value, and a wrong one."""


def read_tree(document: object, catalogue: Catalogue, *, known_segments: Collection[str]) -> Tree:
    """The tree of a document.

    Raises:
        BadTree: it cannot be asked; all its mistakes are named.
    """
    reader = _Reader(catalogue, known_segments)
    rule = reader.read(document)
    if reader.mistakes or rule is None or not isinstance(document, Mapping):
        raise BadTree(reader.mistakes)
    return Tree(document, rule)


class _Reader:
    def __init__(self, catalogue: Catalogue, known_segments: Collection[str]) -> None:
        self._catalogue = catalogue
        self._known_segments = known_segments
        self._questions = 0
        self.mistakes: list[Mistake] = []

    def read(self, document: object) -> Rule | None:
        if not isinstance(document, Mapping):
            self._wrong("", "not_a_document")
            return None
        self._check_keys("", document, ("version", "rule"))
        if "version" not in document:
            self._wrong("version", "version_missing")
        elif type(document["version"]) is not int or document["version"] != VERSION:
            self._wrong("version", "version_unknown")
        if "rule" not in document:
            self._wrong("rule", "rule_missing")
            return None
        return self._rule(document["rule"], "rule", depth=1)

    def _rule(self, document: object, path: str, *, depth: int) -> Rule | None:
        if depth > DEPTH_MAXIMUM:
            self._wrong(path, "too_deep", most=DEPTH_MAXIMUM)
            return None
        if not isinstance(document, Mapping):
            self._wrong(path, "not_a_rule")
            return None
        given = [key for key in RULE_KEYS if key in document]
        if not given:
            self._wrong(path, "not_a_rule")
            return None
        if len(given) > 1:
            self._wrong(path, "several_rules", found=", ".join(given))
            return None
        key = given[0]
        if key == "attribute":
            return self._leaf(document, path)
        self._check_keys(path, document, (key,))
        if key == "segment":
            return self._nested(document["segment"], f"{path}.segment")
        if key == "not":
            rule = self._rule(document["not"], f"{path}.not", depth=depth + 1)
            return Not(path, rule) if rule is not None else None
        return self._group(AllOf if key == "all" else AnyOf, document[key], f"{path}.{key}", depth=depth)

    def _group(
        self, kind: type[AllOf] | type[AnyOf], document: object, path: str, *, depth: int
    ) -> AllOf | AnyOf | None:
        if not isinstance(document, list):
            self._wrong(path, "not_a_list")
            return None
        if not document:
            self._wrong(path, "empty_group")
            return None
        if len(document) > LEAVES_MAXIMUM:
            self._wrong(path, "too_many", most=LEAVES_MAXIMUM)
            return None
        rules = [self._rule(inner, f"{path}[{place}]", depth=depth + 1) for place, inner in enumerate(document)]
        return kind(path, tuple(rule for rule in rules if rule is not None))

    def _nested(self, code: object, path: str) -> InSegment | None:
        self._count(path)
        if not isinstance(code, str):
            self._wrong(path, "segment_not_text")
            return None
        if code not in self._known_segments:
            self._wrong(path, "unknown_segment", **_nearest(code, self._known_segments))
            return None
        return InSegment(path.removesuffix(".segment"), code)

    def _leaf(self, document: Mapping[str, Any], path: str) -> Leaf | None:
        self._count(path)
        self._check_keys(path, document, LEAF_KEYS)
        name = document["attribute"]
        if not isinstance(name, str):
            self._wrong(f"{path}.attribute", "attribute_not_text")
            return None
        attribute = self._catalogue.attributes.get(name)
        if attribute is None:
            self._wrong(f"{path}.attribute", "unknown_attribute", **_nearest(name, self._catalogue.attributes))
            return None
        before = len(self.mistakes)
        parameter = self._parameter(document.get("parameter", NOTHING), attribute, f"{path}.parameter")
        window_days = self._window(document.get("window_days", NOTHING), attribute, f"{path}.window_days")
        operator = self._operator(document.get("is", NOTHING), attribute, f"{path}.is")
        value = self._value(document.get("value", NOTHING), attribute, operator, f"{path}.value") if operator else None
        if len(self.mistakes) > before:
            return None
        return Leaf(path, attribute, operator or "", value, window_days, parameter)

    def _operator(self, found: object, attribute: Attribute, path: str) -> str | None:
        permitted = OPERATORS[attribute.type]
        if found is NOTHING:
            self._wrong(path, "is_missing", expected=", ".join(permitted))
            return None
        if not isinstance(found, str) or found not in permitted:
            self._wrong(path, "unknown_is", found=_shown(found), expected=", ".join(permitted))
            return None
        return found

    def _value(self, found: object, attribute: Attribute, operator: str, path: str) -> Any:
        if operator in {"true", "false"}:
            if found is not NOTHING:
                self._wrong(path, "value_not_needed")
            return None
        expected, read = _EXPECTED.get(operator, (attribute.type, _number))
        if found is NOTHING:
            self._wrong(path, "value_missing", expected=expected)
            return None
        value = read(found)
        if value is None:
            self._wrong(path, "wrong_value", expected=expected)
            return None
        if operator == "between" and value[0] > value[1]:
            self._wrong(path, "between_reversed")
            return None
        if attribute.choices is not None:
            for place, text in enumerate(value):
                if text not in attribute.choices:
                    self._wrong(f"{path}[{place}]", "unknown_choice", **_nearest(text, attribute.choices))
        return value

    def _window(self, found: object, attribute: Attribute, path: str) -> int | None:
        if found is NOTHING:
            return None
        if not attribute.windowed:
            self._wrong(path, "window_not_possible")
            return None
        days = _days(found)
        if days is None:
            self._wrong(path, "wrong_window", most=f"{DAYS_MAXIMUM:,}")
        return days

    def _parameter(self, found: object, attribute: Attribute, path: str) -> str | None:
        wanted = attribute.parameter
        if wanted is None:
            if found is not NOTHING:
                self._wrong(path, "parameter_not_needed")
            return None
        if found is NOTHING:
            self._wrong(path, "parameter_missing", expected=wanted.name)
            return None
        if not _is_text(found):
            self._wrong(path, "wrong_parameter", most=TEXT_LENGTH_MAXIMUM)
            return None
        if wanted.choices is not None and found not in wanted.choices:
            self._wrong(path, "unknown_choice", **_nearest(str(found), wanted.choices))
            return None
        return str(found)

    def _count(self, path: str) -> None:
        self._questions += 1
        if self._questions == LEAVES_MAXIMUM + 1:
            self._wrong(path, "too_many", most=LEAVES_MAXIMUM)

    def _check_keys(self, path: str, document: Mapping[Any, Any], permitted: tuple[str, ...]) -> None:
        for key in document:
            if key not in permitted:
                place = f"{path}.{_shown(key)}" if path else _shown(key)
                self._wrong(place, "unknown_key", found=_shown(key), expected=", ".join(permitted))

    def _wrong(self, path: str, kind: str, **facts: Any) -> None:
        self.mistakes.append(Mistake(path, kind, facts))


def _shown(found: object) -> str:
    text = str(found)
    return text if len(text) <= SHOWN_MAXIMUM else f"{text[:SHOWN_MAXIMUM]}…"


def _nearest(found: str, known: Collection[str]) -> dict[str, str]:
    near = difflib.get_close_matches(found[:TEXT_LENGTH_MAXIMUM], list(known), n=1, cutoff=0.5)
    return {"found": _shown(found), "nearest": near[0] if near else ""}


def _is_text(found: object) -> bool:
    # A database stores neither NUL nor half a character.
    return (
        isinstance(found, str) and 0 < len(found) <= TEXT_LENGTH_MAXIMUM and "\0" not in found and found.isprintable()
    )


def _number(found: object) -> int | None:
    return found if type(found) is int and abs(found) <= NUMBER_MAXIMUM else None


def _pair(found: object) -> tuple[int, int] | None:
    if not isinstance(found, list) or len(found) != 2:
        return None
    first, second = _number(found[0]), _number(found[1])
    return (first, second) if first is not None and second is not None else None


def _texts(found: object) -> tuple[str, ...] | None:
    if not isinstance(found, list) or not 0 < len(found) <= TEXTS_MAXIMUM or not all(map(_is_text, found)):
        return None
    return tuple(dict.fromkeys(found))


def _days(found: object) -> int | None:
    return found if type(found) is int and 1 <= found <= DAYS_MAXIMUM else None


def _day(found: object) -> date | None:
    try:
        day = date.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
    # At the ends of the calendar a zone's offset leads out of it.
    return day if day is not None and 1 < day.year < 9999 and day.isoformat() == found else None


_EXPECTED: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "between": ("pair", _pair),
    "one_of": ("texts", _texts),
    "none_of": ("texts", _texts),
    "within_days": ("days", _days),
    "before": ("day", _day),
    "after": ("day", _day),
}
