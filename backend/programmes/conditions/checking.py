"""From what was parsed to a tree with types, or every mistake that is in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lark import Token, Tree

from backend.programmes.conditions import literals
from backend.programmes.conditions.condition import Scope
from backend.programmes.conditions.errors import BadCondition, ConditionMistake
from backend.programmes.conditions.operators import UNKNOWN, arithmetic, comparison, is_a, membership
from backend.programmes.conditions.tree import (
    Binary,
    Call,
    ListOf,
    Literal,
    Name,
    Node,
    Place,
    Quantified,
    Type,
    Unary,
)
from backend.programmes.conditions.vocabulary import (
    BOOL,
    BY_PLACE,
    EVERYTHING,
    FUNCTIONS,
    INT,
    LINE,
    LINES,
    METHODS,
    NO_TIER,
    QUANTIFIERS,
    TEXT,
    Fact,
    fields_of,
    objects,
)
from backend.programmes.mistakes import nearest

NODES_MAXIMUM = 200
DEPTH_MAXIMUM = 32
ITEMS_MAXIMUM = 200
COMPARISONS = {"EQ": "==", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "IN": "in"}


@dataclass(slots=True)
class Checker:
    """Checks one condition."""

    scope: Scope
    currency: str
    mistakes: list[ConditionMistake] = field(default_factory=list)
    _variables: list[str] = field(default_factory=list)
    _nodes: int = 0
    _depth: int = 0

    def condition(self, tree: Tree[Token]) -> Node:
        """The whole.

        Raises:
            BadCondition: something in it is wrong.
        """
        root = self._node(tree.children[0])
        self._expect(root, BOOL, "not_a_condition", found=root.type.name)
        if self.mistakes:
            raise BadCondition(self.mistakes)
        return root

    def found(self, place: Place, kind: str, **facts: Any) -> Node:
        """Notes a mistake; what stands there has no type, and brings no further mistakes."""
        self.mistakes.append(ConditionMistake(place, kind, facts))
        return Literal(place, UNKNOWN, None)

    def _node(self, tree: Any) -> Node:
        place = Place(tree.meta.line, tree.meta.column)
        self._nodes += 1
        if self._nodes > NODES_MAXIMUM:
            raise BadCondition([ConditionMistake(place, "condition_too_large", {"maximum": NODES_MAXIMUM})])
        self._depth += 1
        if self._depth > DEPTH_MAXIMUM:
            raise BadCondition([ConditionMistake(place, "condition_too_deep", {"maximum": DEPTH_MAXIMUM})])
        try:
            check: Callable[[Place, list[Any]], Node] = getattr(self, f"_{tree.data.rstrip('_')}")
            return check(place, tree.children)
        finally:
            self._depth -= 1

    def _or(self, place: Place, children: Sequence[Any]) -> Node:
        return self._joined("||", place, children)

    def _and(self, place: Place, children: Sequence[Any]) -> Node:
        return self._joined("&&", place, children)

    def _joined(self, operator: str, place: Place, children: Sequence[Any]) -> Node:
        nodes = [self._node(child) for child in children]
        for node in nodes:
            self._expect(node, BOOL)
        joined = nodes[0]
        for node in nodes[1:]:
            joined = Binary(place, BOOL, operator, joined, node)
        return joined

    def _relation(self, place: Place, children: Sequence[Any]) -> Node:
        left, token, right = self._node(children[0]), children[1], self._node(children[2])
        relate = membership if token.type == "IN" else comparison
        return relate(self, place, COMPARISONS[token.type], left, right)

    def _sum(self, place: Place, children: Sequence[Any]) -> Node:
        return self._folded(place, children)

    def _product(self, place: Place, children: Sequence[Any]) -> Node:
        return self._folded(place, children)

    def _folded(self, place: Place, children: Sequence[Any]) -> Node:
        node = self._node(children[0])
        for operator, child in zip(children[1::2], children[2::2], strict=True):
            node = arithmetic(self, place, str(operator), node, self._node(child))
        return node

    def _not(self, place: Place, children: Sequence[Any]) -> Node:
        operand = self._node(children[1])
        self._expect(operand, BOOL)
        return Unary(place, BOOL, "!", operand)

    def _minus(self, place: Place, children: Sequence[Any]) -> Node:
        operand = self._node(children[1])
        if not is_a(operand, "int", "number", "money"):
            return self.found(operand.place, "wrong_type", expected=("int", "number", "money"), found=operand.type.name)
        return Unary(place, operand.type, "-", operand)

    def _integer(self, place: Place, children: Sequence[Any]) -> Node:
        return literals.integer(self, place, children[0])

    def _decimal(self, place: Place, children: Sequence[Any]) -> Node:
        return literals.decimal(self, place, children[0])

    def _text(self, place: Place, children: Sequence[Any]) -> Node:
        return literals.text(self, place, children[0])

    def _true(self, place: Place, _children: Sequence[Any]) -> Node:
        return Literal(place, BOOL, True)  # noqa: FBT003 - the value

    def _false(self, place: Place, _children: Sequence[Any]) -> Node:
        return Literal(place, BOOL, False)  # noqa: FBT003 - the value

    def _list(self, place: Place, children: Sequence[Any]) -> Node:
        items = children[1].children if children[1] is not None else []
        if not items:
            return self.found(place, "empty_list")
        if len(items) > ITEMS_MAXIMUM:
            return self.found(place, "list_too_long", maximum=ITEMS_MAXIMUM)
        self._nodes -= len(items)  # a long list of values is one thing
        nodes = tuple(self._node(item) for item in items)
        first = nodes[0]
        for node in nodes[1:]:
            if first.type.name != node.type.name and UNKNOWN not in (first.type, node.type):
                return self.found(node.place, "mixed_list", first=first.type.name, found=node.type.name)
        return ListOf(place, Type("list", item=first.type), nodes)

    def _name(self, place: Place, children: Sequence[Any]) -> Node:
        name = str(children[0])
        known = self._objects()
        if name in known or name in self._variables:
            fact = next(fact for fact in self._available() if fact.startswith(f"{self._object(name)}."))
            return self.found(place, "not_a_value", name=name, example=fact.replace(self._object(name), name, 1))
        if name in FUNCTIONS:
            return self.found(place, "call_needed", name=name, example=FUNCTIONS[name])
        if name in objects(EVERYTHING):
            return self.found(place, "not_available", name=name, known=known)
        return self.found(place, "unknown_name", name=name, known=known, nearest=nearest(name, known))

    def _field(self, place: Place, children: Sequence[Any]) -> Node:
        name = self._fact_name(children[0], children[1])
        if name is None:
            self._node(children[0])
            return Literal(place, UNKNOWN, None)
        if name == LINES:
            return self.found(place, "call_needed", name=name, example='receipt.lines.exists(line, line.sku == "A")')
        fact = self._fact(name, self._name_place(children[1]))
        if fact is None:
            return Literal(place, UNKNOWN, None)
        if fact.argument is not None:
            return self.found(place, "call_needed", name=name, example=fact.example)
        type_ = Type("choice", (*self.scope.tiers, NO_TIER)) if name == "member.tier" else fact.type
        return Name(place, type_, name)

    def _method(self, place: Place, children: Sequence[Any]) -> Node:
        of, method, arguments = children[0], children[1], children[2].children if children[2] is not None else []
        if self._is_lines(of):
            return self._quantified(place, method, arguments)
        name = self._fact_name(of, method)
        if name is not None:
            return self._fact_call(place, name, self._name_place(method), arguments)
        object_ = self._node(of)
        if object_.type == UNKNOWN:
            return object_
        if str(method) not in METHODS or not is_a(object_, "text"):
            return self.found(
                self._name_place(method),
                "unknown_method",
                name=str(method),
                object=object_.type.name,
                known=tuple(METHODS),
                nearest=nearest(str(method), METHODS),
            )
        if len(arguments) != 1:
            return self._wrong_count(place, str(method), 1, arguments, f'.{method}("…")')
        argument = self._node(arguments[0])
        self._expect(argument, TEXT)
        return Call(place, BOOL, str(method), (object_, argument))

    def _call(self, place: Place, children: Sequence[Any]) -> Node:
        name, arguments = str(children[0]), children[1].children if children[1] is not None else []
        if name not in FUNCTIONS:
            known = tuple(FUNCTIONS)
            kind = "not_a_function" if name in self._objects() else "unknown_function"
            return self.found(place, kind, name=name, known=known, nearest=nearest(name, known))
        if len(arguments) != 1:
            return self._wrong_count(place, name, 1, arguments, FUNCTIONS[name])
        argument = self._node(arguments[0])
        if argument.type == UNKNOWN:
            return argument
        if name == "size":
            self._expect(argument, Type("list"))
            self._no_segments(argument)
            return Call(place, INT, name, (argument,))
        return literals.made(self, name, argument, currency=self.currency)

    def _fact_call(self, place: Place, name: str, name_place: Place, arguments: Sequence[Any]) -> Node:
        fact = self._fact(name, name_place)
        if fact is None:
            return Literal(place, UNKNOWN, None)
        if fact.argument is None:
            return self.found(name_place, "not_a_function", name=name)
        if len(arguments) != 1:
            return self._wrong_count(place, name, 1, arguments, fact.example)
        argument = self._node(arguments[0])
        if argument.type == UNKNOWN:
            return argument
        if not isinstance(argument, Literal):
            return self.found(argument.place, "literal_needed", name=name, example=fact.example)
        if not self._expect(argument, fact.argument):
            return Literal(place, fact.type, None)
        if fact.maximum is not None and not 0 < argument.value <= fact.maximum:
            return self.found(argument.place, "literal_range", name=name, minimum=1, maximum=fact.maximum)
        return Call(place, fact.type, name, (argument,))

    def _quantified(self, place: Place, method: Token, arguments: Sequence[Any]) -> Node:
        example = 'receipt.lines.exists(line, line.sku == "A")'
        if str(method) not in QUANTIFIERS:
            known = tuple(QUANTIFIERS)
            return self.found(
                self._name_place(method),
                "unknown_field",
                object=LINES,
                name=str(method),
                known=known,
                nearest=nearest(str(method), known),
            )
        if "receipt.total" not in BY_PLACE[self.scope.place]:
            return self.found(place, "not_available", name=LINES, known=self._objects())
        if len(arguments) != 2:
            return self._wrong_count(place, str(method), 2, arguments, example)
        variable = arguments[0]
        if variable.data != "name":
            return self.found(
                Place(variable.meta.line, variable.meta.column), "literal_needed", name=str(method), example=example
            )
        name = str(variable.children[0])
        if name != "line" and (name in objects(EVERYTHING) or name in FUNCTIONS):
            return self.found(Place(variable.meta.line, variable.meta.column), "variable_taken", name=name)
        self._variables.append(name)
        body = self._node(arguments[1])
        self._variables.pop()
        self._expect(body, BOOL)
        return Quantified(place, BOOL, str(method), name, body)

    def _fact(self, name: str, place: Place) -> Fact | None:
        """The fact of this name, where it may be looked at; a mistake otherwise."""
        available = self._available()
        if name in available:
            return available[name]
        object_, field_name = name.split(".")
        known = fields_of(available, object_)
        if name in EVERYTHING:
            self.found(place, "not_available", name=name, known=tuple(available))
        else:
            facts = {"object": object_, "name": field_name, "known": known, "nearest": nearest(field_name, known)}
            self.found(place, "unknown_field", **facts)
        return None

    def _fact_name(self, of: Any, name: Token) -> str | None:
        """`receipt.total`, where the part before the dot is a name that facts belong to; None for any other value."""
        if of.data != "name":
            return None
        object_ = str(of.children[0])
        if self._variables and object_ != self._variables[-1] and (object_ in self._variables or object_ == "line"):
            self.found(self._name_place(of.children[0]), "outer_line", name=object_)
            return f"line.{name}" if f"line.{name}" in LINE else "line.sku"
        is_known = object_ in self._variables or object_ in self._objects()
        return f"{self._object(object_)}.{name}" if is_known else None

    def _object(self, name: str) -> str:
        return "line" if name in self._variables else name

    def _available(self) -> dict[str, Fact]:
        return {**BY_PLACE[self.scope.place], **(LINE if self._variables else {})}

    def _objects(self) -> tuple[str, ...]:
        return objects(BY_PLACE[self.scope.place])

    def _is_lines(self, of: Any) -> bool:
        return of.data == "field" and self._fact_name(of.children[0], of.children[1]) == LINES

    def _no_segments(self, node: Node) -> None:
        if isinstance(node, Name) and node.name == "member.segments":
            example = EVERYTHING["member.segments"].example
            self.found(node.place, "literal_needed", name=node.name, example=example)

    def _expect(self, node: Node, type_: Type, kind: str = "wrong_type", **facts: Any) -> bool:
        if is_a(node, type_.name):
            return True
        self.found(node.place, kind, **(facts or {"expected": (type_.name,), "found": node.type.name}))
        return False

    def _wrong_count(self, place: Place, name: str, expected: int, arguments: Sequence[Any], example: str) -> Node:
        return self.found(place, "wrong_count", name=name, expected=expected, found=len(arguments), example=example)

    @staticmethod
    def _name_place(token: Token) -> Place:
        return Place(token.line or 1, token.column or 1)
