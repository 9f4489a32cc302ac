"""What the editor of segments offers to choose from: attributes by their groups, ways to ask, values, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.console.segment_rows import SEGMENT, WAYS, WAYS_WITHOUT_VALUE, Row, way_of
from backend.segments.queries import AttributeShown
from backend.shared.formatting import currency_symbol
from backend.shared.i18n import _, _l

ICONS = {
    "Profile": "user",
    "How they are reached": "device-mobile",
    "Agreed to offers": "mail",
    "Purchases": "receipt",
    "Where they buy": "map-pin",
    "What they buy": "category",
    "Points": "flame",
    "Friends": "users",
    "Messages": "message-2",
    "Tier": "chart-bar",
    "Rewards": "ticket",
}
ICON_OF_OTHERS = "filter"
WAY_WORDS: Mapping[str, Any] = {
    "at_least": _l("is at least"),
    "at_most": _l("is at most"),
    "equals": _l("is exactly"),
    "between": _l("is between"),
    "one_of": _l("is one of"),
    "none_of": _l("is none of"),
    "true": _l("yes"),
    "false": _l("no"),
    "within_days": _l("was within the last"),
    "before": _l("was before"),
    "after": _l("was after"),
    "in": _l("is in"),
    "not_in": _l("is not in"),
}
KIND_WORDS: Mapping[str, Any] = {
    "all": _l("All of"),
    "any": _l("Any of"),
    "none": _l("None of"),
    "not_all": _l("Not all of"),
}


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: str


@dataclass(frozen=True)
class OptionGroup:
    """Things to choose that belong together."""

    label: str
    options: list[Option]


@dataclass(frozen=True)
class AskedParameter:
    """What an attribute asks for besides."""

    label: str
    options: list[Option]


@dataclass(frozen=True)
class Asked:
    """What a row shows of its attribute."""

    icon: str
    ways: list[Option]
    way: str
    value: str
    """Which field the value has: number, between, day, texts, choices, segment; empty where there is none."""
    windowed: bool = False
    ahead: bool = False
    parameter: AskedParameter | None = None
    options: Sequence[Option] = ()
    unit: str = ""


class Choices:
    """All that can be chosen, in the reader's language."""

    def __init__(self, known: Sequence[AttributeShown], segments: Mapping[str, str], *, currency: str) -> None:
        self.known = {attribute.name: attribute for attribute in known}
        self._currency = currency
        self._icons = {str(_(group)): icon for group, icon in ICONS.items()}
        self.segments = [Option(code, name) for code, name in sorted(segments.items(), key=lambda one: one[1])]
        self.kinds = [Option(kind, str(words)) for kind, words in KIND_WORDS.items()]
        self.kinds_words = KIND_WORDS
        self.attributes = self._groups()

    def of(self, row: Row) -> Asked:
        """What a row shows."""
        if row.attribute == SEGMENT:
            return Asked("filter", _ways(WAYS[SEGMENT]), way_of(row, None), "segment")
        attribute = self.known.get(row.attribute)
        if attribute is None:
            return Asked("plus", [], "", "")
        way = way_of(row, attribute)
        return Asked(
            self._icons.get(attribute.group, ICON_OF_OTHERS),
            _ways(attribute.operators),
            way,
            _field(attribute, way),
            windowed=attribute.windowed,
            ahead=attribute.ahead,
            parameter=_parameter(attribute),
            options=_options(attribute.choices),
            unit=self._unit(attribute, way),
        )

    def _groups(self) -> list[Option | OptionGroup]:
        groups: dict[str, list[Option]] = {}
        for attribute in self.known.values():
            groups.setdefault(attribute.group, []).append(Option(attribute.name, attribute.label))
        found: list[Option | OptionGroup] = [Option("", str(_("Choose what is asked…")))]
        found += [OptionGroup(group, options) for group, options in groups.items()]
        if self.segments:
            found.append(OptionGroup(str(_("Other segments")), [Option(SEGMENT, str(_("A segment")))]))
        return found

    def _unit(self, attribute: AttributeShown, way: str) -> str:
        if way == "within_days":
            return str(_("days"))
        return currency_symbol(self._currency) if attribute.type == "money" else ""


def _field(attribute: AttributeShown, way: str) -> str:
    if way in WAYS_WITHOUT_VALUE:
        return ""
    if way in {"one_of", "none_of"}:
        return "choices" if attribute.choices else "texts"
    return {"between": "between", "before": "day", "after": "day"}.get(way, "number")


def _parameter(attribute: AttributeShown) -> AskedParameter | None:
    parameter = attribute.parameter
    if parameter is None:
        return None
    options = _options(parameter.choices)
    return AskedParameter(parameter.label, [Option("", str(_("choose…"))), *options] if options else [])


def _options(choices: Mapping[str, str] | None) -> list[Option]:
    return [Option(value, label) for value, label in (choices or {}).items()]


def _ways(ways: Sequence[str]) -> list[Option]:
    return [Option(way, str(WAY_WORDS[way])) for way in ways]
