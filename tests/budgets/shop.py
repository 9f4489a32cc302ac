"""A shop with budgets, and the shortest way of giving points that takes from them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.ledger import service as ledger
from backend.programmes.document import read_programme
from backend.programmes.programme import Budget, Programme
from backend.shared.db import driver_connection
from backend.shared.ids import new_id
from tests.factories.ledger import cause
from tests.factories.till import DEMO_PROGRAMME


def programme_with(*named: Budget, version: int = 1) -> Programme:
    """The café's programme with these budgets."""
    return replace(read_programme(DEMO_PROGRAMME, version=version), budgets=named)


def give(session: Session, programme: Programme, member_ids: Sequence[UUID], points: int, *, at: datetime) -> int:
    """Gives each member so many points, or what the programme's first budget has left of them; how many in all."""
    books = ledger.open_books(session, member_ids)
    opened = budgets.open_budgets(session, [programme], member_ids, at=at)
    given = 0
    for member_id in member_ids:
        view = opened.view(programme, member_id)
        lefts = (view.left(budget.budget) for budget in programme.budgets)
        part = min(points, *(left for left in lefts if left is not None), points)
        if not part:
            continue
        for budget in programme.budgets:
            view.take(budget.budget, part)
        books[member_id].accrue(cause(f"gift:{new_id()}", at=at), points=part, available_at=at, expires_at=None)
        given += part
    ledger.write(session, books.values())
    budgets.write(session, opened)
    return given


def points_left(session: Session, budget: str) -> int:
    """What all slices of all periods of a budget hold together."""
    rows = session.execute(
        text("SELECT sum(points_left) FROM budget_slices JOIN budget_periods ON id = period_id WHERE budget = :budget"),
        {"budget": budget},
    )
    return int(rows.scalar_one())


def points_accrued(session: Session) -> int:
    """What the ledger says was given."""
    return int(session.execute(text("SELECT coalesce(sum(points), 0) FROM ledger_lots")).scalar_one())


def lay_out(session: Session, budget: str) -> list[tuple[int, int]]:
    """Number and points of each slice of a budget."""
    found: list[Any] = (
        driver_connection(session)
        .execute(
            "SELECT slice, points_left FROM budget_slices JOIN budget_periods ON id = period_id"
            " WHERE budget = %s ORDER BY slice",
            (budget,),
        )
        .fetchall()
    )
    return found
