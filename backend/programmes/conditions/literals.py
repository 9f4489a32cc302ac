"""Values that are written out in a condition."""

import re
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from lark import Token

from backend.programmes.conditions.tree import Literal, Node, Place
from backend.programmes.conditions.vocabulary import DATE, FUNCTIONS, INT, MONEY, NUMBER, TEXT, TIME
from backend.shared.formatting import minor_digits

if TYPE_CHECKING:
    from backend.programmes.conditions.checking import Checker

DIGITS_MAXIMUM = 15
ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
HOUR = re.compile(r"\d\d:\d\d")


def integer(checker: "Checker", place: Place, token: Token) -> Node:
    """A whole number."""
    if len(token) > DIGITS_MAXIMUM:
        return checker.found(place, "number_too_large", found=str(token))
    return Literal(place, INT, int(token))


def decimal(checker: "Checker", place: Place, token: Token) -> Node:
    """A number with a point."""
    if len(token) > DIGITS_MAXIMUM:
        return checker.found(place, "number_too_large", found=str(token))
    return Literal(place, NUMBER, Decimal(str(token)))


def text(checker: "Checker", place: Place, token: Token) -> Node:
    """A text in quotes of either kind."""
    inner = str(token)[1:-1]
    unknown = next((found for found in ESCAPE.finditer(inner) if found[1] not in ESCAPES), None)
    if unknown is not None:
        return checker.found(Place(place.line, place.column + 1 + unknown.start()), "bad_escape", found=unknown[0])
    return Literal(place, TEXT, ESCAPE.sub(lambda found: ESCAPES[found[1]], inner))


def made(checker: "Checker", function: str, argument: Node, *, currency: str) -> Node:
    """`money(…)`, `date(…)`, `time(…)`: values whose notation is a text or a number."""
    if not isinstance(argument, Literal):
        return checker.found(argument.place, "literal_needed", name=function, example=FUNCTIONS[function])
    makers = {"money": _money, "date": _date, "time": _time}
    value = makers[function](argument, currency)
    if value is None:
        found = "-" if argument.value is None else argument.value
        return checker.found(argument.place, "bad_literal", found=found, name=function, example=FUNCTIONS[function])
    return Literal(argument.place, {"money": MONEY, "date": DATE, "time": TIME}[function], value)


def _money(argument: Literal, currency: str) -> int | None:
    """Minor units of an amount in major ones; None where it is none, or finer than the currency."""
    if argument.type.name not in ("int", "number", "text") or not AMOUNT.fullmatch(str(argument.value)):
        return None
    try:
        minor = Decimal(str(argument.value)).scaleb(minor_digits(currency))
    except InvalidOperation:
        return None
    return int(minor) if minor == minor.to_integral_value() else None


def _date(argument: Literal, _currency: str) -> date | None:
    if not DAY.fullmatch(str(argument.value)):
        return None
    try:
        return date.fromisoformat(argument.value)
    except ValueError:
        return None


def _time(argument: Literal, _currency: str) -> time | None:
    if not HOUR.fullmatch(str(argument.value)):
        return None
    try:
        return time.fromisoformat(argument.value)
    except ValueError:
        return None
