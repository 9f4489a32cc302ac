"""A segment's tree as it was read and found correct: groups, nested segments, and leaves that ask one thing each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.shared.attributes import Attribute

VERSION = 1
LEAVES_MAXIMUM, DEPTH_MAXIMUM = 100, 8

NUMBERS = ("at_least", "at_most", "equals", "between")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "flag": ("true", "false"),
    "whole": NUMBERS,
    "money": NUMBERS,
    "text": ("one_of", "none_of"),
    "choice": ("one_of", "none_of"),
    "day": ("within_days", "before", "after"),
}
"""What may be asked of an attribute of each type."""

MeasureKey = tuple[str, int | None, str | None]
"""Attribute, window and parameter: leaves with the same key look at the same value."""
Values = Mapping[MeasureKey, Any]
"""What is known of one member; None where there is nothing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a tree is asked, and in which zone its days are meant."""

    at: datetime
    zone: str

    def beginning_of(self, day: date) -> datetime:
        """The day's first moment."""
        return datetime.combine(day, time(), tzinfo=ZoneInfo(self.zone))

    @property
    def today(self) -> date:
        """The day that it is."""
        return self.at.astimezone(ZoneInfo(self.zone)).date()

    def before(self, days: int) -> datetime:
        """So many times 24 hours ago."""
        return self.at - timedelta(days=days)

    def ahead(self, days: int) -> datetime:
        """In so many times 24 hours."""
        return self.at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question; `value` is a number, a pair of them, a tuple of texts, a day or nothing, as `operator` needs."""

    path: str
    attribute: Attribute
    operator: str
    value: Any = None
    window_days: int | None = None
    parameter: str | None = None

    @property
    def measure(self) -> MeasureKey:
        """Which value it looks at."""
        return self.attribute.name, self.window_days, self.parameter

    def holds(self, found: Any, moment: Moment) -> bool:
        """The answer for a member of whom this was found; None is nothing."""
        if found is None and self.attribute.type in {"whole", "money"} and not self.attribute.may_lack:
            found = 0
        if found is None:
            return self.operator in {"false", "none_of"}
        return _TESTS[self.operator](found, self.value, moment)


_TESTS: Mapping[str, Callable[[Any, Any, Moment], bool]] = {
    "true": lambda found, _value, _moment: bool(found),
    "false": lambda found, _value, _moment: not found,
    "at_least": lambda found, value, _moment: bool(found >= value),
    "at_most": lambda found, value, _moment: bool(found <= value),
    "equals": lambda found, value, _moment: bool(found == value),
    "between": lambda found, value, _moment: bool(value[0] <= found <= value[1]),
    "one_of": lambda found, value, _moment: found in value,
    "none_of": lambda found, value, _moment: found not in value,
    "within_days": lambda found, value, moment: bool(found >= moment.before(value)),
    "before": lambda found, value, moment: bool(found < moment.beginning_of(value)),
    "after": lambda found, value, moment: bool(found >= moment.beginning_of(value + timedelta(days=1))),
}


@dataclass(frozen=True, slots=True)
class InSegment:
    """Who is in another segment."""

    path: str
    code: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of its rules hold."""

    path: str
    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of its rules holds."""

    path: str
    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Its rule does not hold."""

    path: str
    rule: "Rule"


Rule = AllOf | AnyOf | Not | InSegment | Leaf


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that can be asked; `document` is what it was read from."""

    document: Mapping[str, Any]
    rule: Rule

    @property
    def leaves(self) -> list[Leaf]:
        """Every question, in the order of the document."""
        return [part for part in parts(self.rule) if isinstance(part, Leaf)]

    @property
    def questions(self) -> list[Leaf | InSegment]:
        """Everything that is asked, nested segments too, in the order of the document."""
        return [part for part in parts(self.rule) if isinstance(part, Leaf | InSegment)]

    @property
    def segments(self) -> frozenset[str]:
        """The codes of the segments that it nests."""
        return frozenset(part.code for part in parts(self.rule) if isinstance(part, InSegment))


def parts(rule: Rule) -> Iterator[Rule]:
    """A rule and all that is inside it."""
    yield rule
    if isinstance(rule, AllOf | AnyOf):
        for inner in rule.rules:
            yield from parts(inner)
    elif isinstance(rule, Not):
        yield from parts(rule.rule)
