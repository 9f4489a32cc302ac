"""The rows of the segments' editor: a tree as its form shows it, and the form read back. Pure.

A field's name is the place of its row: `rule.0.attribute` is asked of the first row of the outermost group `rule`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from werkzeug.datastructures import MultiDict

from backend.segments.queries import AttributeShown
from backend.segments.tree import DEPTH_MAXIMUM, LEAVES_MAXIMUM, OPERATORS
from backend.shared.formatting import minor_digits

ROOT = "rule"
SEGMENT = "segment"
"""Stands in the choice of attributes for being in another segment."""
GROUP_KINDS = ("all", "any", "none", "not_all")
WAYS: Mapping[str, tuple[str, ...]] = {**OPERATORS, SEGMENT: ("in", "not_in")}
"""How an attribute of each type may be asked; the first is what a new row begins with."""
WAYS_WITHOUT_VALUE = frozenset({"true", "false"})
WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)


@dataclass
class Row:
    """One condition, as it was typed."""

    place: str
    attribute: str = ""
    way: str = ""
    values: list[str] = field(default_factory=list)
    until: str = ""
    """The second value of `between`."""
    window_days: str = ""
    parameter: str = ""

    @property
    def value(self) -> str:
        """What is typed where only one value is."""
        return self.values[0] if self.values else ""


@dataclass
class Group:
    """Conditions, then groups, of which all, any, none, or not all must hold."""

    place: str
    kind: str = "all"
    rows: list[Row] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)

    @property
    def depth(self) -> int:
        """How deep it lies; the outermost group is at 1."""
        return self.place.count(".") + 1

    def every_group(self) -> Iterator["Group"]:
        """Itself and all groups within."""
        yield self
        for group in self.groups:
            yield from group.every_group()

    def every_row(self) -> Iterator[Row]:
        """All conditions, those of its groups too."""
        for group in self.every_group():
            yield from group.rows

    def numbered(self) -> "Group":
        """The same with places that follow each other: conditions first, then groups."""
        for number, row in enumerate(self.rows):
            row.place = f"{self.place}.{number}"
        for number, group in enumerate(self.groups, start=len(self.rows)):
            group.place = f"{self.place}.{number}"
            group.numbered()
        return self


def from_form(typed: MultiDict[str, str], place: str = ROOT) -> Group:
    """The rows as the browser sent them; whatever is missing is empty."""
    kind = typed.get(f"{place}.kind", "all")
    group = Group(place, kind if kind in GROUP_KINDS else "all")
    numbers = {
        int(found[1]) for name in typed if (found := re.match(rf"{re.escape(place)}\.(\d{{1,4}})\.", name, re.ASCII))
    }
    for number in sorted(numbers):
        within = f"{place}.{number}"
        if f"{within}.kind" in typed and within.count(".") < DEPTH_MAXIMUM:
            group.groups.append(from_form(typed, within))
        elif f"{within}.attribute" in typed:
            group.rows.append(_row(typed, within))
    return group


def _row(typed: MultiDict[str, str], place: str) -> Row:
    return Row(
        place,
        attribute=typed.get(f"{place}.attribute", ""),
        way=typed.get(f"{place}.is", ""),
        values=[value.strip() for value in typed.getlist(f"{place}.value") if value.strip()],
        until=typed.get(f"{place}.until", "").strip(),
        window_days=typed.get(f"{place}.days", "").strip(),
        parameter=typed.get(f"{place}.parameter", "").strip(),
    )


def changed(root: Group, act: str) -> str:
    """Does what a button of the editor says: `condition:rule.1`, `group:rule`, `remove:rule.0`; says which field is to
    be looked at next, by its name.
    """
    what, _colon, place = act.partition(":")
    focus = ""
    if what == "remove":
        focus = _remove(root, place)
    elif (group := next((one for one in root.every_group() if one.place == place), None)) is not None:
        if what == "condition" and sum(1 for _ in root.every_row()) < LEAVES_MAXIMUM:
            row = Row("")
            group.rows.append(row)
            root.numbered()
            focus = f"{row.place}.attribute"
        elif what == "group" and group.depth < DEPTH_MAXIMUM:
            inner = Group("", "any", rows=[Row("")])
            group.groups.append(inner)
            root.numbered()
            focus = f"{inner.place}.kind"
    root.numbered()
    return focus


def _remove(root: Group, place: str) -> str:
    for group in root.every_group():
        group.rows = [row for row in group.rows if row.place != place]
        group.groups = [inner for inner in group.groups if inner.place != place]
    around = place.rpartition(".")[0]
    return f"condition:{around}"


# From the tree to the form


def from_tree(tree: Mapping[str, Any], attributes: Mapping[str, AttributeShown], *, currency: str) -> Group:
    """A kept tree as rows; one that is a single condition stands in a group of its own."""
    rule = tree.get("rule") or {}
    grouped = _group_kind(rule)
    root = _group(rule, attributes, currency) if grouped else _group({"all": [rule]}, attributes, currency)
    return root.numbered()


def _group_kind(rule: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
    if "all" in rule or "any" in rule:
        kind = "all" if "all" in rule else "any"
        return kind, rule[kind]
    if "not" in rule:
        inner = rule["not"]
        if SEGMENT in inner and "attribute" not in inner:
            return None
        return ("not_all", inner["all"]) if "all" in inner else ("none", inner.get("any", [inner]))
    return None


def _group(rule: Mapping[str, Any], attributes: Mapping[str, AttributeShown], currency: str) -> Group:
    kind, inner = _group_kind(rule) or ("all", [])
    group = Group(ROOT, kind)
    for one in inner:
        if _group_kind(one):
            group.groups.append(_group(one, attributes, currency))
        else:
            group.rows.append(_row_of(one, attributes, currency))
    return group


def _row_of(rule: Mapping[str, Any], attributes: Mapping[str, AttributeShown], currency: str) -> Row:
    if SEGMENT in rule:
        return Row("", SEGMENT, "in", [str(rule[SEGMENT])])
    if "not" in rule:
        return Row("", SEGMENT, "not_in", [str(rule["not"][SEGMENT])])
    attribute = attributes.get(str(rule.get("attribute")))
    is_money = attribute is not None and attribute.type == "money"
    given = rule.get("value")
    values = given if isinstance(given, list) else [] if given is None else [given]
    written = [_major(value, currency) if is_money else str(value) for value in values]
    between = rule.get("is") == "between" and len(written) == 2
    return Row(
        "",
        str(rule.get("attribute", "")),
        str(rule.get("is", "")),
        written[:1] if between else written,
        until=written[1] if between else "",
        window_days=str(rule.get("window_days") or ""),
        parameter=str(rule.get("parameter") or ""),
    )


def _major(amount_minor: Any, currency: str) -> str:
    digits = minor_digits(currency)
    amount = Decimal(amount_minor).scaleb(-digits)
    return f"{amount:f}" if amount % 1 else f"{amount:.0f}"


# From the form to the tree


@dataclass
class Written:
    """A tree, and at which row of the form each of its rules stands."""

    tree: dict[str, Any]
    places: dict[str, str]
    """Path of a rule in the tree → place of its row in the form."""

    def place_of(self, path: str) -> str:
        """The place of the row that a path of the tree lies in, or of the group."""
        fitting = [known for known in self.places if path == known or path.startswith((f"{known}.", f"{known}["))]
        return self.places[max(fitting, key=len)] if fitting else ROOT


def to_tree(root: Group, attributes: Mapping[str, AttributeShown], *, currency: str) -> Written:
    """The form as a tree. What is no number stays as it was typed: the reader of trees says what is wrong with it."""
    places: dict[str, str] = {}
    return Written({"version": 1, "rule": _rule_of_group(root, "rule", places, attributes, currency)}, places)


def _rule_of_group(
    group: Group, path: str, places: dict[str, str], attributes: Mapping[str, AttributeShown], currency: str
) -> dict[str, Any]:
    negated = group.kind in {"none", "not_all"}
    key = {"none": "any", "not_all": "all"}.get(group.kind, group.kind)
    places[path] = group.place
    inside = f"{path}.not.{key}" if negated else f"{path}.{key}"
    rules = []
    for number, row in enumerate(group.rows):
        places[f"{inside}[{number}]"] = row.place
        rules.append(_rule_of_row(row, attributes, currency))
    for number, inner in enumerate(group.groups, start=len(group.rows)):
        rules.append(_rule_of_group(inner, f"{inside}[{number}]", places, attributes, currency))
    return {"not": {key: rules}} if negated else {key: rules}


def _rule_of_row(row: Row, attributes: Mapping[str, AttributeShown], currency: str) -> dict[str, Any]:
    if row.attribute == SEGMENT:
        named = {SEGMENT: row.value}
        return {"not": named} if row.way == "not_in" else named
    attribute = attributes.get(row.attribute)
    rule: dict[str, Any] = {"attribute": row.attribute, "is": way_of(row, attribute)}
    if attribute is None:
        return rule
    # What is empty is left out: the reader of trees says what is missing.
    if rule["is"] not in WAYS_WITHOUT_VALUE and (row.values or row.until):
        rule["value"] = _value(row, rule["is"], attribute, currency)
    if attribute.windowed and row.window_days:
        rule["window_days"] = _whole(row.window_days)
    if attribute.parameter and row.parameter:
        rule["parameter"] = row.parameter
    return rule


def way_of(row: Row, attribute: AttributeShown | None) -> str:
    """How the row asks: as it was chosen, or the first way of an attribute of another type."""
    ways = WAYS.get(SEGMENT if row.attribute == SEGMENT else attribute.type if attribute else "whole", ())
    return row.way if row.way in ways else ways[0]


def _value(row: Row, way: str, attribute: AttributeShown, currency: str) -> Any:
    if way in {"one_of", "none_of"}:
        if attribute.choices is not None:
            return row.values
        return [part.strip() for value in row.values for part in value.split(",") if part.strip()]
    read = _reader(way, attribute, currency)
    return [read(row.value), read(row.until)] if way == "between" else read(row.value)


def _reader(way: str, attribute: AttributeShown, currency: str) -> Any:
    if way == "within_days" or attribute.type == "whole":
        return _whole
    if attribute.type == "money":
        return lambda typed: _minor(typed, currency)
    return lambda typed: typed


def _whole(typed: str) -> int | str:
    plain = re.sub(r"[ \u00a0\u202f]", "", typed).replace("\u2212", "-")
    return int(plain) if WHOLE.fullmatch(plain) else typed


def _minor(typed: str, currency: str) -> int | str:
    plain = re.sub(r"[ \u00a0\u202f]", "", typed).replace(",", ".")
    try:
        amount = Decimal(plain).scaleb(minor_digits(currency))
    except InvalidOperation:
        return typed
    return int(amount) if amount.is_finite() and amount % 1 == 0 and abs(amount) < 10**15 else typed
