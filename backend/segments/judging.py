"""Judging one member by a tree, on values that were read: the answer, and the questions that decided it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from backend.segments.tree import AllOf, AnyOf, InSegment, Leaf, Moment, Not, Rule, Values


@dataclass(frozen=True, slots=True)
class Line:
    """A question with what was found, and its own answer."""

    question: Leaf | InSegment
    found: Any
    holds: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Whether a rule holds, and which questions decided it."""

    holds: bool
    lines: tuple[Line, ...]


def holds(rule: Rule, values: Values, inside: Collection[str], moment: Moment) -> bool:
    """Whether the rule holds for a member with these values, who is in these segments."""
    if isinstance(rule, Leaf):
        return rule.holds(values.get(rule.measure), moment)
    if isinstance(rule, InSegment):
        return rule.code in inside
    if isinstance(rule, Not):
        return not holds(rule.rule, values, inside, moment)
    if isinstance(rule, AllOf):
        return all(holds(inner, values, inside, moment) for inner in rule.rules)
    return any(holds(inner, values, inside, moment) for inner in rule.rules)


def judge(rule: Rule, values: Values, inside: Collection[str], moment: Moment) -> Why:
    """Why the rule holds or not: of `all` that fails, what fails; of `any` that holds, what holds; else everything."""
    if isinstance(rule, Leaf):
        found = values.get(rule.measure)
        answer = rule.holds(found, moment)
        return Why(answer, (Line(rule, found, answer),))
    if isinstance(rule, InSegment):
        answer = rule.code in inside
        return Why(answer, (Line(rule, answer, answer),))
    if isinstance(rule, Not):
        inner = judge(rule.rule, values, inside, moment)
        return Why(not inner.holds, inner.lines)
    return _of_group(rule, [judge(inner, values, inside, moment) for inner in rule.rules])


def _of_group(rule: AllOf | AnyOf, whys: list[Why]) -> Why:
    is_all = isinstance(rule, AllOf)
    answer = all(why.holds for why in whys) if is_all else any(why.holds for why in whys)
    # One that fails decides `all`, one that holds decides `any`; the others have no part in it.
    decided_by_some = answer is not is_all
    lines = (line for why in whys if not decided_by_some or why.holds is answer for line in why.lines)
    return Why(answer, tuple(lines))
