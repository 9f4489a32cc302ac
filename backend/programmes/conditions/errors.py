"""What can be wrong with a condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.programmes.conditions.tree import Place


@dataclass(frozen=True, slots=True)
class ConditionMistake:
    """Something wrong at a place of the condition's own text."""

    place: Place
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class BadCondition(Exception):  # noqa: N818 - becomes mistakes of the document
    """The text is not a condition that may stand there."""

    def __init__(self, mistakes: Sequence[ConditionMistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = tuple(mistakes)
