"""From a checked tree to a closure that looks at a receipt. Nothing in it can fail: the checker has seen to that."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from backend.programmes.conditions.condition import Sight
from backend.programmes.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Quantified, Unary
from backend.programmes.conditions.vocabulary import EVERYTHING, METHODS

Look = Callable[[Sight], Any]
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def compiled(node: Node) -> Look:
    """The closure of a tree."""
    match node:
        case Literal(value=value):
            return lambda _sight: value
        case Name(name=name):
            return EVERYTHING[name].value
        case Call():
            return _call(node)
        case Unary(operator=sign, operand=operand):
            look = compiled(operand)
            return (lambda sight: not look(sight)) if sign == "!" else (lambda sight: -look(sight))
        case Binary():
            return _binary(node)
        case ListOf(items=items):
            looks = [compiled(item) for item in items]
            return lambda sight: [look(sight) for look in looks]
        case Quantified():
            return _quantified(node)
    raise TypeError(node)


def _call(node: Call) -> Look:
    if node.name in EVERYTHING:
        fact, argument = EVERYTHING[node.name].value, node.arguments[0]
        value = argument.value if isinstance(argument, Literal) else None
        return lambda sight: fact(sight, value)
    looks = [compiled(argument) for argument in node.arguments]
    if node.name == "size":
        return lambda sight: len(looks[0](sight))
    method, of, argument_look = METHODS[node.name], looks[0], looks[1]
    return lambda sight: method(of(sight), argument_look(sight))


def _binary(node: Binary) -> Look:
    if node.operator == "in":
        return _membership(node)
    left, right = compiled(node.left), compiled(node.right)
    if node.operator == "&&":
        return lambda sight: left(sight) and right(sight)
    if node.operator == "||":
        return lambda sight: left(sight) or right(sight)
    if node.operator in "/%":
        divisor = node.right.value if isinstance(node.right, Literal) else 1
        divide = _remainder if node.operator == "%" else _quotient
        return lambda sight: divide(left(sight), divisor)
    compare = COMPARE[node.operator]
    if isinstance(node.right, Literal):
        return _with_value(node.operator, left, node.right.value)
    return lambda sight: compare(left(sight), right(sight))


def _with_value(sign: str, left: Look, value: Any) -> Look:
    """The commonest shapes, without a call for the value that is written out."""
    match sign:
        case "==":
            return lambda sight: left(sight) == value
        case ">=":
            return lambda sight: left(sight) >= value
        case "<=":
            return lambda sight: left(sight) <= value
    compare = COMPARE[sign]
    return lambda sight: compare(left(sight), value)


def _membership(node: Binary) -> Look:
    left, right = compiled(node.left), compiled(node.right)
    if isinstance(node.right, ListOf) and all(isinstance(item, Literal) for item in node.right.items):
        values = frozenset(item.value for item in node.right.items if isinstance(item, Literal))
        return lambda sight: left(sight) in values
    return lambda sight: left(sight) in right(sight)


def _quantified(node: Quantified) -> Look:
    body, joined = compiled(node.body), any if node.quantifier == "exists" else all

    def look(sight: Sight) -> bool:
        outer = sight.line
        try:
            return joined(body(sight) for sight.line in sight.receipt.lines)
        finally:
            sight.line = outer

    return look


def _quotient(value: Any, divisor: int) -> Any:
    """Whole numbers are cut towards zero, as CEL has it."""
    if isinstance(value, Decimal):
        return value / divisor
    return abs(value) // abs(divisor) * (1 if (value < 0) == (divisor < 0) else -1)


def _remainder(value: int, divisor: int) -> int:
    """With the sign of what was divided, as CEL has it."""
    return abs(value) % abs(divisor) * (-1 if value < 0 else 1)
