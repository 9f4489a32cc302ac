"""Random conditions, written as a marketer writes them, and a slow reader of their trees that compiles nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from backend.programmes.conditions.condition import Condition, Scope
from backend.programmes.conditions.parsing import read_condition
from backend.programmes.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Quantified, Unary
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts
from backend.receipts.sale import SaleLine

CATEGORIES = ("coffee", "beans", "tobacco", "gift-card", "")
SKUS = ("A", "B", "C", "D")
TIERS = ("silver", "gold")
SEGMENTS = ("regulars", "vip")
REGIONS = ("moscow", "kazan")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def condition(text: str, place: Any = "receipt") -> Condition:
    """A condition that stands there."""
    return read_condition(text, scope=Scope(place, TIERS), currency="RUB")


def _money(minor: int) -> str:
    return f'money("{Decimal(minor) / 100:.2f}")'


def _listed(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return some.map(lambda chosen: "[" + ", ".join(f'"{value}"' for value in chosen) + "]")


_money_texts = st.integers(0, 30_000).map(_money)
_signs = st.sampled_from((">=", ">", "<", "<=", "==", "!="))
_of_a_line = st.one_of(
    _listed(CATEGORIES).map(lambda values: f"line.category in {values}"),
    _listed(SKUS).map(lambda values: f"line.sku in {values}"),
    st.sampled_from(CATEGORIES).map(lambda value: f'line.category == "{value}"'),
    _money_texts.map(lambda money: f"line.amount >= {money}"),
    st.sampled_from(SKUS).map(lambda value: f'line.sku.startsWith("{value}")'),
)
_of_a_receipt = st.one_of(
    st.builds("receipt.total {} {}".format, _signs, _money_texts),
    st.builds('receipt.amount_of("{}") {} {}'.format, st.sampled_from(CATEGORIES), _signs, _money_texts),
    st.sampled_from(SKUS).map(lambda value: f'"{value}" in receipt.skus'),
    st.sampled_from(CATEGORIES).map(lambda value: f'"{value}" in receipt.categories'),
    st.builds("receipt.lines.{}(line, {})".format, st.sampled_from(("exists", "all")), _of_a_line),
    st.integers(0, 4).map(lambda number: f"size(receipt.skus) >= {number}"),
    _listed(("none", *TIERS)).map(lambda values: f"member.tier in {values}"),
    st.sampled_from(SEGMENTS).map(lambda value: f'"{value}" in member.segments'),
    _listed(REGIONS).map(lambda values: f"store.region in {values}"),
    _listed(WEEKDAYS).map(lambda values: f"at.weekday in {values}"),
    st.integers(0, 3).map(lambda number: f"member.purchases == {number}"),
    st.integers(1, 3).map(lambda number: f"(member.purchases + 1) % {number} == 0"),
)
_of_terms = st.one_of(
    _listed(REGIONS).map(lambda values: f"store.region in {values}"),
    _listed(("none", *TIERS)).map(lambda values: f"member.tier in {values}"),
    st.sampled_from(SEGMENTS).map(lambda value: f'"{value}" in member.segments'),
)


def _joined(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        texts,
        texts.map(lambda text: f"!({text})"),
        st.builds("{} {} {}".format, texts, st.sampled_from(("&&", "||")), texts),
        st.builds("({} || {}) && {}".format, texts, texts, texts),
    )


receipt_conditions = _joined(_of_a_receipt).map(condition)
"""Conditions for `when`."""
line_conditions = _joined(st.one_of(_of_a_line, _of_a_line, _of_a_receipt)).map(lambda text: condition(text, "line"))
"""Conditions for `lines`."""
store_conditions = _joined(_of_terms).map(lambda text: condition(text, "terms"))
"""Conditions for `where`."""

_FACTS: dict[str, Callable[[ReceiptFacts, MemberFacts, Any], Any]] = {
    "receipt.total": lambda receipt, _member, _line: receipt.total_minor,
    "receipt.skus": lambda receipt, _member, _line: [line.sku for line in receipt.lines],
    "receipt.categories": lambda receipt, _member, _line: [line.category or "" for line in receipt.lines],
    "member.tier": lambda _receipt, member, _line: member.tier or "none",
    "member.segments": lambda _receipt, member, _line: member.segments,
    "member.purchases": lambda _receipt, member, _line: member.history.purchases if member.history else 0,
    "store.region": lambda receipt, _member, _line: receipt.store.region,
    "at.weekday": lambda receipt, _member, _line: WEEKDAYS[
        receipt.occurred_at.astimezone(ZoneInfo(receipt.store.zone)).weekday()
    ],
    "line.category": lambda _receipt, _member, line: line.category or "",
    "line.sku": lambda _receipt, _member, line: line.sku,
    "line.amount": lambda _receipt, _member, line: line.amount_minor,
}
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "in": lambda left, right: left in right,
    "+": lambda left, right: left + right,
    "%": lambda left, right: left % right,
    "&&": lambda left, right: left and right,
    "||": lambda left, right: left or right,
}


def holds(asked: Condition, receipt: ReceiptFacts, member: MemberFacts, line: SaleLine | None) -> bool:
    """Whether a condition holds, read from its tree."""
    return bool(_value(asked.tree, receipt, member, line))


def _value(node: Node, receipt: ReceiptFacts, member: MemberFacts, line: SaleLine | None) -> Any:  # noqa: C901 - one case a kind
    def value(inner: Node) -> Any:
        return _value(inner, receipt, member, line)

    match node:
        case Literal(value=literal):
            return literal
        case Name(name=name):
            return _FACTS[name](receipt, member, line)
        case ListOf(items=items):
            return [value(item) for item in items]
        case Unary(operator="!", operand=operand):
            return not value(operand)
        case Binary(operator=sign, left=left, right=right):
            return _OPERATORS[sign](value(left), value(right))
        case Call(name="size", arguments=(of,)):
            return len(set(value(of)))
        case Call(name="startsWith", arguments=(of, beginning)):
            return value(of).startswith(value(beginning))
        case Call(name="receipt.amount_of", arguments=(category,)):
            wanted = value(category)
            return sum(one.amount_minor for one in receipt.lines if (one.category or "") == wanted)
        case Quantified(quantifier=quantifier, body=body):
            found = [bool(_value(body, receipt, member, one)) for one in receipt.lines]
            return any(found) if quantifier == "exists" else all(found)
    raise TypeError(node)
