"""Conditions written out in their own notation."""

from datetime import date, time
from decimal import Decimal

from backend.programmes.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Quantified, Unary
from backend.shared.formatting import minor_digits

STRENGTH = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "+": 4, "-": 4}
"""How tightly operators bind; those that do not stand here, tighter."""


def source(node: Node, currency: str, *, within: int = 0) -> str:
    """A tree in its own notation; brackets only where they are needed."""
    match node:
        case Literal():
            return _literal(node, currency)
        case Name(name=name):
            return name
        case Unary(operator=operator, operand=operand):
            return f"{operator}{source(operand, currency, within=6)}"
        case ListOf(items=items):
            return f"[{', '.join(source(item, currency) for item in items)}]"
        case Quantified(quantifier=quantifier, body=body):
            return f"receipt.lines.{quantifier}(line, {source(body, currency)})"
        case Call(name=name, arguments=arguments) if name in ("startsWith", "endsWith", "contains"):
            return f"{source(arguments[0], currency, within=7)}.{name}({source(arguments[1], currency)})"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(source(argument, currency) for argument in arguments)})"
        case Binary(operator=operator, left=left, right=right):
            strength = STRENGTH.get(operator, 5)
            text = (
                f"{source(left, currency, within=strength)} {operator} {source(right, currency, within=strength + 1)}"
            )
            return f"({text})" if strength < within else text
    raise TypeError(node)


def _literal(node: Literal, currency: str) -> str:
    match node.value:
        case bool(value):
            return "true" if value else "false"
        case str(text):
            return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
        case date() as day:
            return f'date("{day.isoformat()}")'
        case time() as hour:
            return f'time("{hour:%H:%M}")'
    if node.type.name == "money":
        amount = Decimal(node.value).scaleb(-minor_digits(currency))
        return f"money({int(amount)})" if amount == int(amount) else f'money("{amount}")'
    return str(node.value)
