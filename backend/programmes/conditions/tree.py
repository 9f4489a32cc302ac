"""What a condition is made of: frozen nodes, each with its place in the text and its type."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; both count from 1, within the condition's own text."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a value: bool, int, number, text, money, date, time, choice (of `choices`), list (of `item`)."""

    name: str
    choices: tuple[str, ...] = ()
    item: "Type | None" = None


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in a condition."""

    place: Place
    type: Type


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value that is written out: money in minor units, a date, a time, a number, a text, true or false."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact: `receipt.total`, `member.tier`, `line.sku`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function, a method of a value, or a fact with arguments: `size(list)`, `member.purchases_in_days(30)`."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!` or `-` before a value."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two values and what stands between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """Values in square brackets."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`receipt.lines.exists(line, …)` or `.all(line, …)`: whether the body holds for one of the lines, or for each."""

    quantifier: str
    variable: str
    body: Node
