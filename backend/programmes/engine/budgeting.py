"""Budgets as the engine sees them: what is left, and taking of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from backend.programmes.programme import Budget
from backend.shared.wording import Said


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


@dataclass(frozen=True, slots=True)
class Granted:
    """What budgets let through of points that were due, how much was taken of which, and why it is less, if it is."""

    points: int
    taken: dict[str, int] = field(default_factory=dict)
    reason: Said | None = None


def grant(points: int, budgets: Sequence[Budget], view: BudgetView) -> Granted:
    """Takes points of every budget concerned, in their order, as many as all of them let through."""
    reason: Said | None = None
    granted = points
    for budget in budgets:
        left = view.left(budget.budget)
        if left is None or left >= granted:
            continue
        granted = 0 if budget.at_end == "skip" else max(0, left)
        kind = "earning.cut_by_budget" if granted else "earning.budget_is_over"
        reason = Said(kind, {"points": granted, "of": points, "budget": budget.budget})
        if not granted:
            return Granted(0, {}, reason)
    for budget in budgets:
        view.take(budget.budget, granted)
    return Granted(granted, {budget.budget: granted for budget in budgets}, reason)


def is_over(budgets: Iterable[str], view: BudgetView) -> bool:
    """Whether one of these budgets has nothing left."""
    return any(left is not None and left <= 0 for left in map(view.left, budgets))
