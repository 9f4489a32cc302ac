"""What may be compared with what, and reckoned with what."""

from typing import TYPE_CHECKING

from backend.programmes.conditions.tree import Binary, ListOf, Literal, Name, Node, Place, Type, Unary
from backend.programmes.conditions.vocabulary import BOOL, EVERYTHING, INT, MONEY, NO_TIER, NUMBER
from backend.programmes.mistakes import nearest

if TYPE_CHECKING:
    from backend.programmes.conditions.checking import Checker

UNKNOWN = Type("unknown")
"""Of what is a mistake already."""
ORDERED = ("int", "number", "money", "date", "time")
NUMBERS = ("int", "number")
SUMS: dict[tuple[str, str], Type] = {
    ("int", "int"): INT,
    ("int", "number"): NUMBER,
    ("number", "int"): NUMBER,
    ("number", "number"): NUMBER,
    ("money", "money"): MONEY,
}
PRODUCTS: dict[tuple[str, str], Type] = {
    **{pair: type_ for pair, type_ in SUMS.items() if "money" not in pair},
    ("money", "int"): MONEY,
    ("int", "money"): MONEY,
}
QUOTIENTS: dict[tuple[str, str], Type] = {("int", "int"): INT, ("number", "int"): NUMBER, ("money", "int"): MONEY}
REMAINDERS: dict[tuple[str, str], Type] = {("int", "int"): INT}
RESULTS = {"+": SUMS, "-": SUMS, "*": PRODUCTS, "/": QUOTIENTS, "%": REMAINDERS}


def is_a(node: Node, *types: str) -> bool:
    """Whether a node is of one of these types; what is a mistake already is of any."""
    return node.type == UNKNOWN or node.type.name in types


def arithmetic(checker: "Checker", place: Place, operator: str, left: Node, right: Node) -> Node:
    """Sums, products, quotients by a number that is written out."""
    if UNKNOWN in (left.type, right.type):
        return Literal(place, UNKNOWN, None)
    result = RESULTS[operator].get((left.type.name, right.type.name))
    if operator in "/%" and not (isinstance(right, Literal) and right.type == INT and right.value):
        return checker.found(right.place, "divisor")
    if result is None:
        facts = {"left": left.type.name, "operator": operator, "right": right.type.name}
        if "money" in (left.type.name, right.type.name) and operator in "+-":
            return _money_with_number(checker, left, right, **facts)
        return checker.found(left.place, "wrong_arithmetic", **facts)
    return Binary(place, result, operator, left, right)


def comparison(checker: "Checker", place: Place, operator: str, left: Node, right: Node) -> Node:
    """Two values of one type; those that have an order, by it."""
    if UNKNOWN in (left.type, right.type):
        return Literal(place, BOOL, None)
    for node, other in ((left, right), (right, left)):
        if node.type.name == "choice" and not _is_choice(checker, other, node.type):
            return Literal(place, BOOL, None)
    if not comparable(left.type, right.type) or _are_other_choices(left.type, right.type):
        return _money_with_number(checker, left, right, left=left.type.name, right=right.type.name)
    if operator not in ("==", "!=") and left.type.name not in ORDERED:
        return checker.found(place, "no_order", found=left.type.name)
    return Binary(place, BOOL, operator, left, right)


def membership(checker: "Checker", place: Place, operator: str, left: Node, right: Node) -> Node:
    """`value in list`."""
    if UNKNOWN in (left.type, right.type):
        return Literal(place, BOOL, None)
    if right.type.name != "list" or right.type.item is None:
        return checker.found(right.place, "wrong_type", expected=("list",), found=right.type.name)
    if isinstance(right, Name) and right.name == "member.segments" and not isinstance(left, Literal):
        example = EVERYTHING["member.segments"].example
        return checker.found(left.place, "literal_needed", name=right.name, example=example)
    pairs = [(left, item) for item in right.items] if isinstance(right, ListOf) else [(left, None)]
    for value, item in pairs:
        item_type = item.type if item else right.type.item
        choice = value.type if value.type.name == "choice" else item_type if item_type.name == "choice" else None
        if choice is not None:
            other = item if value.type == choice else value
            if other is not None and not _is_choice(checker, other, choice):
                return Literal(place, BOOL, None)
        if not comparable(value.type, item_type):
            at = item if item is not None and isinstance(item, Literal) else value
            return _money_with_number(checker, value, at, left=value.type.name, right=item_type.name)
    return Binary(place, BOOL, operator, left, right)


def comparable(left: Type, right: Type) -> bool:
    """Whether two types have values in common."""
    names = {left.name, right.name}
    if "list" in names:
        return False
    return len(names) == 1 or names == set(NUMBERS) or names == {"choice", "text"}


def _are_other_choices(left: Type, right: Type) -> bool:
    return left.name == right.name == "choice" and left.choices != right.choices


def _is_choice(checker: "Checker", node: Node, choice: Type) -> bool:
    """Whether what is compared with a choice is one of its values, written out; notes the mistake where not."""
    if node.type.name == "choice" and not isinstance(node, Literal):
        return True
    if isinstance(node, Literal) and node.type.name == "text":
        if node.value in choice.choices:
            return True
        if choice.choices == (NO_TIER,):
            checker.found(node.place, "no_tiers", found=node.value)
            return False
        found = {"found": node.value, "choices": choice.choices, "nearest": nearest(node.value, choice.choices)}
        checker.found(node.place, "unknown_choice", **found)
        return False
    checker.found(node.place, "unknown_choice", found=shown(node), choices=choice.choices)
    return False


def _money_with_number(checker: "Checker", left: Node, right: Node, /, **facts: str) -> Node:
    """The commonest mistake gets its own words: an amount with a bare number beside it."""
    number = next((node for node in (left, right) if node.type.name in NUMBERS), None)
    if number is not None and "money" in (left.type.name, right.type.name):
        example = shown(number) if isinstance(number, Literal) else "500"
        return checker.found(number.place, "money_with_number", example=example, currency=checker.currency)
    kind = "wrong_arithmetic" if "operator" in facts else "not_comparable"
    return checker.found(right.place, kind, **facts)


def shown(node: Node) -> str:
    """A node as it may be named in a mistake."""
    match node:
        case Literal(value=value):
            return str(value).lower() if isinstance(value, bool) else str(value)
        case Name(name=name):
            return name
        case Unary(operator=operator, operand=operand):
            return operator + shown(operand)
    return node.type.name
