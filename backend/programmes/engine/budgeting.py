"""Budgets as the engine sees them: what is left, and taking of it."""

from collections.abc import Mapping
from typing import Protocol


class BudgetView(Protocol):
    """The budgets of one programme as one member meets them."""

    def left(self, budget: str) -> int | None:
        """How many points are left in this period; None where there is no limit."""

    def take(self, budget: str, points: int) -> None:
        """Takes points that are left."""


class MemoryBudgets:
    """Budgets that are kept nowhere: for previews and replays."""

    def __init__(self, points: Mapping[str, int] | None = None) -> None:
        self._left = dict(points or {})

    def left(self, budget: str) -> int | None:
        """How many points are left; None where there is no limit."""
        return self._left.get(budget)

    def take(self, budget: str, points: int) -> None:
        """Takes points that are left."""
        if budget in self._left:
            self._left[budget] -= points


UNLIMITED = MemoryBudgets()
"""For programmes without budgets."""
