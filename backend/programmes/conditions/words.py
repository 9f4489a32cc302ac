"""Conditions in the words of either language, for explanations and for comparing versions."""

import datetime
from collections.abc import Callable

from backend.programmes.conditions.condition import Condition
from backend.programmes.conditions.phrases import (
    CHOICES,
    HOLDS,
    IN_TIME,
    RELATIONS,
    SPECIAL,
    SUBJECTS,
    TURNED,
)
from backend.programmes.conditions.tree import Binary, Call, ListOf, Literal, Name, Node, Quantified, Unary
from backend.programmes.speaking import day, either, money, say
from backend.shared.wording import N_

IN_BRACKETS = N_("({text})")
NOT = N_("not: {text}")
ALL_OF = N_("{first}, and {last}")
ONE_OF = N_("{first}, or {last}")
NAMED = N_("“{text}”")
SIGNS = {"+": "+", "-": "–", "*": "×", "/": "/", "%": "%"}


def in_words(condition: Condition, locale: str) -> str:
    """What has to be so, as a phrase: "the receipt is at least 500 ₽, and the day is Saturday or Sunday"."""
    return _Speaker(locale, condition.currency).phrase(condition.tree)


class _Speaker:
    def __init__(self, locale: str, currency: str) -> None:
        self._locale = locale
        self._currency = currency

    def phrase(self, node: Node) -> str:
        """A node that is true or false."""
        match node:
            case Binary(operator="&&", left=left, right=right):
                return self._say(ALL_OF, first=self._inside(left), last=self._inside(right))
            case Binary(operator="||", left=left, right=right):
                return self._say(ONE_OF, first=self.phrase(left), last=self.phrase(right))
            case Unary(operator="!", operand=operand):
                return self._say(NOT, text=self._bracketed(operand))
            case Binary():
                return self._special(node) or self._relation(node)
            case Quantified(quantifier=quantifier, body=body):
                return self._say(HOLDS[quantifier], text=self.phrase(body))
            case Call(name=name, arguments=(of, Literal(value=text))) if name in HOLDS:
                return self._say(HOLDS[name], subject=self._value(of), text=self._say(NAMED, text=text))
            case Call(name=name, arguments=(Literal(value=value),)) if name in HOLDS:
                return self._say(HOLDS[name], value=value)
        return self._value(node)

    def _inside(self, node: Node) -> str:
        """Part of an "and": an "or" within it needs brackets."""
        return self._bracketed(node) if isinstance(node, Binary) and node.operator == "||" else self.phrase(node)

    def _bracketed(self, node: Node) -> str:
        is_joined = isinstance(node, Binary) and node.operator in ("&&", "||")
        return self._say(IN_BRACKETS, text=self.phrase(node)) if is_joined else self.phrase(node)

    def _special(self, node: Binary) -> str | None:
        """Shapes that people have a word for: a first purchase, each tenth one, a segment."""
        match node:
            case Binary(operator="==", left=Name(name="member.purchases"), right=Literal(value=0)):
                return self._say(SPECIAL["first_purchase"])
            case Binary(
                operator="==",
                left=Binary(
                    operator="%",
                    left=Binary(operator="+", left=Name(name="member.purchases"), right=Literal(value=1)),
                    right=Literal(value=each),
                ),
                right=Literal(value=0),
            ):
                return self._say(SPECIAL["each_purchase"], each=each, twice=2 * each)
            case Binary(operator="in", left=Literal(value=text), right=Name(name=name)) if name in SPECIAL:
                choice = node.right.type.item
                shown = self._choice(text) if choice and choice.name == "choice" else self._say(NAMED, text=text)
                return self._say(SPECIAL[name], text=shown)
            case Binary(operator="==", left=Name(name="member.tier"), right=Literal(value="none")):
                return self._say(SPECIAL["no_tier"])
        return None

    def _relation(self, node: Binary) -> str:
        if node.operator not in RELATIONS:
            return self._value(node)
        left, right, operator = node.left, node.right, node.operator
        if isinstance(left, Literal) and not isinstance(right, Literal) and operator in TURNED:
            left, right, operator = right, left, TURNED[operator]
        choices = self._is_choice(left) or self._is_choice(right)
        relations = {**RELATIONS, **IN_TIME} if left.type.name in ("date", "time") else RELATIONS
        return self._say(
            relations[operator],
            left=self._value(left, is_choice=choices),
            right=self._value(right, is_choice=choices),
        )

    @staticmethod
    def _is_choice(node: Node) -> bool:
        return isinstance(node, Name) and node.type.name == "choice" and node.name != "member.tier"

    def _value(self, node: Node, *, is_choice: bool = False) -> str:
        match node:
            case Literal():
                return self._literal(node, is_choice=is_choice)
            case ListOf(items=items):
                return either(self._locale, [self._value(item, is_choice=is_choice) for item in items])
            case Name(name=name):
                return self._say(SUBJECTS[name])
            case Call(name="size", arguments=(of,)):
                return self._say(SUBJECTS["size"], value=self._value(of))
            case Call(name=name, arguments=(Literal(value=value),)) if name in SUBJECTS:
                return self._say(SUBJECTS[name], value=value)
            case Unary(operator="-", operand=operand):
                return f"–{self._value(operand)}"
            case Binary(operator=operator, left=left, right=right) if operator in SIGNS:
                return f"{self._operand(left)} {SIGNS[operator]} {self._operand(right)}"
        return self.phrase(node)

    def _operand(self, node: Node) -> str:
        return f"({self._value(node)})" if isinstance(node, Binary) else self._value(node)

    def _literal(self, node: Literal, *, is_choice: bool) -> str:
        value = node.value
        if node.type.name == "money":
            return money(self._locale, value, self._currency)
        writers: tuple[tuple[type, Callable[..., str]], ...] = (
            (bool, lambda: self._say(CHOICES["true" if value else "false"])),
            (datetime.date, lambda: day(self._locale, value)),
            (datetime.time, lambda: f"{value:%H:%M}"),
            (str, lambda: self._choice(value) if is_choice else self._say(NAMED, text=value)),
        )
        written = next((write for type_, write in writers if isinstance(value, type_)), None)
        return written() if written else str(value).replace(".", "," if self._locale == "ru" else ".")

    def _choice(self, value: str) -> str:
        return self._say(CHOICES[value]) if value in CHOICES else self._say(NAMED, text=value)

    def _say(self, text: str, /, **facts: object) -> str:
        return say(self._locale, text, **facts)
