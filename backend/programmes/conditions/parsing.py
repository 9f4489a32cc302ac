"""Reading a condition: the one entrance to the language."""

from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedCharacters, UnexpectedToken

from backend.programmes.conditions.checking import COMPARISONS, Checker
from backend.programmes.conditions.compiling import compiled
from backend.programmes.conditions.condition import Condition, Scope
from backend.programmes.conditions.errors import BadCondition, ConditionMistake
from backend.programmes.conditions.narrowing import conjuncts, narrowing_of, needs_of
from backend.programmes.conditions.notation import source
from backend.programmes.conditions.tree import Node, Place

CHARACTERS_MAXIMUM = 2_000
GRAMMAR = Path(__file__).with_name("grammar.lark")
INSTEAD = {"and": "&&", "or": "||", "not": "!", "is": "=="}
"""Words of other languages, and how they are written here."""
VALUES = {"NAME", "INTEGER", "STRING"}
TOKEN_NAMES = {"_RPAR": "RPAR", "_LPAR": "LPAR", "_RSQB": "RSQB", "_COMMA": "COMMA", "_DOT": "DOT", "$END": "end"}


def read_condition(text: str, *, scope: Scope, currency: str) -> Condition:
    """Reads a condition that stands in this scope of a programme of this currency.

    Raises:
        BadCondition: it is not one, or may not stand there; each mistake has its place within the text.
    """
    if len(text) > CHARACTERS_MAXIMUM:
        raise BadCondition([ConditionMistake(Place(1, 1), "condition_too_long", {"maximum": CHARACTERS_MAXIMUM})])
    try:
        parsed = _parser().parse(text)
    except UnexpectedToken as unexpected:
        raise BadCondition([_unexpected_token(unexpected, text)]) from unexpected
    except UnexpectedCharacters as unexpected:
        raise BadCondition([_unexpected_character(unexpected, text)]) from unexpected
    tree = Checker(scope, currency).condition(parsed)
    parts = conjuncts(tree)
    each = [_condition(part, source(part, currency), currency) for part in parts] if len(parts) > 1 else []
    return _condition(tree, text, currency, *each)


def _condition(tree: Node, text: str, currency: str, *parts: Condition) -> Condition:
    return Condition(
        text,
        tree,
        compiled(tree),
        needs=needs_of(tree),
        narrowing=narrowing_of(tree),
        parts=parts,
        currency=currency,
    )


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _unexpected_token(error: UnexpectedToken, text: str) -> ConditionMistake:
    token: Any = error.token
    accepted = set(error.accepts)
    before = error.token_history[-1] if error.token_history else None
    if token.type == "$END":
        return ConditionMistake(_end(text), "unexpected_end", {"expected": _expected(accepted)})
    place = Place(token.line, token.column)
    if before is not None and str(before) in INSTEAD and isinstance(before, Token) and before.type == "NAME":
        facts = {"found": str(before), "instead": INSTEAD[str(before)]}
        return ConditionMistake(Place(before.line or 1, before.column or 1), "word_operator", facts)
    if str(token).lower() in INSTEAD:
        return ConditionMistake(place, "word_operator", {"found": str(token), "instead": INSTEAD[str(token).lower()]})
    if token.type == "GT" and before is not None and before.type == "LT":
        return ConditionMistake(
            Place(before.line or 1, before.column or 1), "word_operator", {"found": "<>", "instead": "!="}
        )
    if token.type in COMPARISONS and "_AND" in accepted:
        return ConditionMistake(place, "chained")
    return ConditionMistake(place, "unexpected", {"found": str(token), "expected": _expected(accepted)})


def _unexpected_character(error: UnexpectedCharacters, text: str) -> ConditionMistake:
    place, character = Place(error.line, error.column), text[error.pos_in_stream or 0]
    if character in "\"'":
        return ConditionMistake(place, "unterminated_text", {"found": character})
    if character == "=":
        return ConditionMistake(place, "lone_equals")
    if character in "&|":
        return ConditionMistake(place, "lone_and", {"found": character})
    return ConditionMistake(place, "unexpected_character", {"found": character})


def _expected(accepted: set[str]) -> tuple[str, ...]:
    """What could stand there, in the words of `mistake_words.TOKENS`."""
    expected = []
    if accepted >= VALUES:
        expected.append("value")
    elif "NAME" in accepted:
        expected.append("NAME")
    if accepted & {"_AND", "_OR"}:
        expected.append("operator")
    return (
        *expected,
        *(word for name, word in TOKEN_NAMES.items() if name in accepted and not _is_implied(word, expected)),
    )


def _is_implied(word: str, expected: list[str]) -> bool:
    """An opening bracket is a value's beginning, or a name's; a dot is of use to few."""
    return word in ("LPAR", "DOT") and bool(expected)


def _end(text: str) -> Place:
    """The place after the text."""
    lines = text.rstrip().split("\n")
    return Place(len(lines), len(lines[-1]) + 1)
