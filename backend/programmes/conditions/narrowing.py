"""What follows from a condition without looking at any receipt: its conjuncts, the facts that it needs, and values of
which one must be there for it to hold.
"""

from collections.abc import Iterator
from functools import reduce
from operator import or_

from backend.programmes.conditions.condition import Narrowing
from backend.programmes.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Quantified, Unary
from backend.programmes.conditions.vocabulary import EVERYTHING, NO_TIER
from backend.programmes.needs import NO_NEEDS, Needs

ANCHOR_OF = {
    "line.sku": "sku",
    "line.category": "category",
    "receipt.skus": "sku",
    "receipt.categories": "category",
    "receipt.amount_of": "category",
    "receipt.quantity_of": "category",
    "member.segments": "segment",
    "member.tier": "tier",
    "store.code": "store",
    "store.region": "region",
    "at.weekday": "weekday",
}
ABSENT = {"", NO_TIER}
"""Values that say that nothing is there: a rule is not found by them."""


def conjuncts(tree: Node) -> list[Node]:
    """What is joined by `&&` at the top, in order."""
    if isinstance(tree, Binary) and tree.operator == "&&":
        return [*conjuncts(tree.left), *conjuncts(tree.right)]
    return [tree]


def needs_of(tree: Node) -> Needs:
    """The facts that a condition looks at."""
    return reduce(or_, (_needs_of_one(node) for node in nodes(tree)), NO_NEEDS)


def narrowing_of(tree: Node) -> Narrowing:
    """Values of which one must be there."""
    match tree:
        case Binary(operator="&&", left=left, right=right):
            return narrowing_of(left) & narrowing_of(right)
        case Binary(operator="||", left=left, right=right):
            return narrowing_of(left) | narrowing_of(right)
        case Binary(operator="==", left=Name(name=name), right=Literal(value=value)):
            return _narrowed(name, [value])
        case Binary(operator="==", left=Literal(value=value), right=Name(name=name)):
            return _narrowed(name, [value])
        case Binary(operator="in", left=Name(name=name), right=ListOf(items=items)):
            values = [item.value for item in items if isinstance(item, Literal)]
            return _narrowed(name, values) if len(values) == len(items) else Narrowing()
        case Binary(operator="in", left=Literal(value=value), right=Name(name=name)):
            return _narrowed(name, [value])
        case Binary(
            operator=">" | ">=", left=Call(name=name, arguments=(Literal(value=of),)), right=Literal(value=least)
        ):
            return _narrowed(name, [of]) if least > 0 else Narrowing()
        case Quantified(quantifier="exists", body=body):
            found = narrowing_of(body).values
            return Narrowing({name: found[name] for name in ("sku", "category") if name in found})
    return Narrowing()


def nodes(tree: Node) -> Iterator[Node]:
    """A tree's nodes, itself first."""
    yield tree
    match tree:
        case Binary(left=left, right=right):
            inner: tuple[Node, ...] = (left, right)
        case Unary(operand=operand):
            inner = (operand,)
        case Call(arguments=arguments):
            inner = arguments
        case ListOf(items=items):
            inner = items
        case Quantified(body=body):
            inner = (body,)
        case _:
            inner = ()
    for node in inner:
        yield from nodes(node)


def _narrowed(name: str, values: list[object]) -> Narrowing:
    texts = frozenset(value for value in values if isinstance(value, str))
    if name not in ANCHOR_OF or len(texts) != len(set(values)) or texts & ABSENT:
        return Narrowing()
    return Narrowing({ANCHOR_OF[name]: texts})


def _needs_of_one(node: Node) -> Needs:
    match node:
        case Name(name=name):
            return EVERYTHING[name].needs
        case Call(name=name, arguments=(Literal(value=int(days)),)) if name in EVERYTHING:
            fact = EVERYTHING[name]
            return fact.needs | Needs(window_days=days if fact.needs_window else 0)
        case Call(name=name) if name in EVERYTHING:
            return EVERYTHING[name].needs
        case Binary(operator="in", left=Literal(value=str(segment)), right=Name(name="member.segments")):
            return Needs(segments=frozenset({segment}))
    return NO_NEEDS
