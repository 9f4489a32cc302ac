"""From trees to SQL: one pass over each source of rows, joined to the members who are there.

What a person typed is a parameter and never part of the text. Each condition is written so that nothing found makes it
plainly true or false, and, where it cannot hold for somebody without rows, so that the planner sees that too: then it
reads the few who have rows instead of everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.segments.tree import AllOf, InSegment, Leaf, MeasureKey, Moment, Not, Rule
from backend.shared.attributes import MEMBERS, Attribute, Source

MEMBER_OF_SEGMENT = """member.id IN (
    SELECT inside.member_id FROM segment_members AS inside JOIN segments AS nested ON nested.id = inside.segment_id
    WHERE nested.code = {code})"""


@dataclass(frozen=True)
class Measure:
    """A value that leaves look at: an attribute, perhaps of a window, perhaps of something."""

    attribute: Attribute
    window_days: int | None
    parameter: str | None


class Compiler:
    """Collects what conditions need while they are written; then `from_clause` brings the members with those values."""

    def __init__(self, *, moment: Moment, system_now: datetime, member_ids: Sequence[UUID] | None = None) -> None:
        """With `member_ids` only these members are looked at, and only their rows read."""
        self._moment = moment
        self._only_some = member_ids is not None
        self.parameters: dict[str, Any] = {"at": moment.at, "today": moment.today, "system_now": system_now}
        if member_ids is not None:
            self.parameters["member_ids"] = list(member_ids)
        self._sources: dict[str, Source] = {}
        self._measures: dict[str, dict[MeasureKey, Measure]] = {}

    def condition(self, rule: Rule) -> str:
        """A condition on a member, true or false and never null."""
        if isinstance(rule, Leaf):
            return self._leaf(rule)
        if isinstance(rule, InSegment):
            return MEMBER_OF_SEGMENT.format(code=self._bind(rule.code, "text"))
        if isinstance(rule, Not):
            return f"NOT ({self.condition(rule.rule)})"
        joint = " AND " if isinstance(rule, AllOf) else " OR "
        return f"({joint.join(self.condition(inner) for inner in rule.rules)})"

    def value(self, attribute: Attribute, window_days: int | None = None, parameter: str | None = None) -> str:
        """The value of an attribute, null where nothing was found."""
        source = attribute.source
        if source.name == MEMBERS.name:
            return attribute.value
        measures = self._measures.setdefault(source.name, {})
        if self._sources.setdefault(source.name, source) is not source and self._sources[source.name] != source:
            raise ValueError(f"Two sources are called {source.name}.")
        key = attribute.name, window_days, parameter
        measures.setdefault(key, Measure(attribute, window_days, parameter))
        return f"of_{source.name}.value_{list(measures).index(key)}"

    def from_clause(self) -> tuple[str, str]:
        """What stands before SELECT, and what follows it from FROM on: everybody who is there, with what was asked."""
        # Not called as the tables are: a later one would read an earlier one in the place of the table.
        tables = [f"of_{name} AS ({self._rows(source)})" for name, source in self._sources.items()]
        joins = "".join(f" LEFT JOIN of_{name} ON of_{name}.member_id = member.id" for name in self._sources)
        some = " AND member.id = ANY(%(member_ids)s)" if self._only_some else ""
        return ", ".join(tables), f"FROM members AS member{joins} WHERE member.erased_at IS NULL{some}"

    def _rows(self, source: Source) -> str:
        measures = list(self._measures[source.name].values())
        values = ", ".join(f"{self._value_of(measure)} AS value_{place}" for place, measure in enumerate(measures))
        conditions = [f"{source.member} IS NOT NULL"]
        if self._only_some:
            conditions.append(f"{source.member} = ANY(%(member_ids)s)")
        windows = [measure.window_days for measure in measures if not measure.attribute.ahead]
        longest = [days for days in windows if days is not None]
        if source.at is not None and len(longest) == len(measures):
            # Nobody looks further back: older rows are not read at all.
            conditions.append(f"{source.at} >= {self._bind(self._moment.before(max(longest)), 'timestamptz')}")
        grouped = "" if source.single else f" GROUP BY {source.member}"
        where = " AND ".join(conditions)
        return f"SELECT {source.member} AS member_id, {values} FROM {source.rows} WHERE {where}{grouped}"  # noqa: S608

    def _value_of(self, measure: Measure) -> str:
        attribute, window = measure.attribute, "true"
        if measure.window_days is not None and attribute.ahead:
            window = f"{attribute.source.at} <= {self._bind(self._moment.ahead(measure.window_days), 'timestamptz')}"
        elif measure.window_days is not None:
            window = f"{attribute.source.at} >= {self._bind(self._moment.before(measure.window_days), 'timestamptz')}"
        value = attribute.value.replace("{window}", window)
        if measure.parameter is not None:
            value = value.replace("{parameter}", self._bind(measure.parameter, "text"))
        return value

    def _leaf(self, leaf: Leaf) -> str:
        value = self.value(leaf.attribute, leaf.window_days, leaf.parameter)
        if leaf.operator in {"true", "false"}:
            return f"{value} IS {'NOT ' if leaf.operator == 'false' else ''}TRUE"
        if leaf.operator in {"one_of", "none_of"}:
            negated = "NOT " if leaf.operator == "none_of" else ""
            return f"({value} = ANY({self._bind(list(leaf.value), 'text[]')})) IS {negated}TRUE"
        if leaf.attribute.type == "day":
            return f"({value} {self._of_day(leaf)}) IS TRUE"
        if leaf.holds(None, self._moment):
            value = f"coalesce({value}, 0)"
        return f"({value} {self._of_number(leaf)}) IS TRUE"

    def _of_day(self, leaf: Leaf) -> str:
        if leaf.operator == "within_days":
            return f">= {self._bind(self._moment.before(leaf.value), 'timestamptz')}"
        if leaf.operator == "before":
            return f"< {self._bind(self._moment.beginning_of(leaf.value), 'timestamptz')}"
        return f">= {self._bind(self._moment.beginning_of(leaf.value + timedelta(days=1)), 'timestamptz')}"

    def _of_number(self, leaf: Leaf) -> str:
        if leaf.operator == "between":
            return f"BETWEEN {self._bind(leaf.value[0], 'bigint')} AND {self._bind(leaf.value[1], 'bigint')}"
        sign = {"at_least": ">=", "at_most": "<=", "equals": "="}[leaf.operator]
        return f"{sign} {self._bind(leaf.value, 'bigint')}"

    def _bind(self, value: Any, type_: str) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s::{type_}"


@dataclass(frozen=True)
class Statement:
    """A statement with what it is filled with."""

    text: str
    parameters: Mapping[str, Any]


def matching(rule: Rule, *, moment: Moment, system_now: datetime) -> Statement:
    """The ids of everybody for whom the rule holds, as column `id`."""
    compiler = Compiler(moment=moment, system_now=system_now)
    condition = compiler.condition(rule)
    tables, members = compiler.from_clause()
    text = f"{_with(tables)}SELECT member.id {members} AND {condition}"
    return Statement(text, compiler.parameters)


def each_counted(questions: Sequence[Leaf | InSegment], *, moment: Moment, system_now: datetime) -> Statement:
    """How many members there are, and of how many each question is true by itself; one row."""
    compiler = Compiler(moment=moment, system_now=system_now)
    counts = [f", count(*) FILTER (WHERE {compiler.condition(question)})" for question in questions]
    tables, members = compiler.from_clause()
    return Statement(f"{_with(tables)}SELECT count(*){''.join(counts)} {members}", compiler.parameters)


def measured(
    leaves: Sequence[Leaf], *, member_ids: Sequence[UUID], moment: Moment, system_now: datetime
) -> tuple[Statement, list[MeasureKey]]:
    """The values that these leaves look at, a row for each of the members who is there: id, then a value a key."""
    compiler = Compiler(moment=moment, system_now=system_now, member_ids=member_ids)
    by_key = {leaf.measure: leaf for leaf in leaves}
    values = [f", {compiler.value(leaf.attribute, leaf.window_days, leaf.parameter)}" for leaf in by_key.values()]
    tables, members = compiler.from_clause()
    return Statement(f"{_with(tables)}SELECT member.id{''.join(values)} {members}", compiler.parameters), list(by_key)


def _with(tables: str) -> str:
    return f"WITH {tables} " if tables else ""
