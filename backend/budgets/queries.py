"""Reading what is left of budgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.budgets.periods import ALL_TIME, Period, period_of
from backend.budgets.statements import MEMBER_STANDINGS, STANDINGS
from backend.programmes.programme import Budget, Programme
from backend.shared.db import as_rows, driver_connection
from backend.shops.queries import the_shop

NEARLY_SPENT_PERCENT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStanding:
    """How far a budget is spent in the period under way."""

    budget: str
    scope: str
    """`all`, or each `member`: then the total is each member's, and what was spent is everybody's together."""
    period: str
    period_from: date
    period_until: datetime | None
    points_total: int
    points_spent: int
    at_end: str
    rules: tuple[str, ...]
    nearly_spent_at: datetime | None = None
    """When it was noticed that four fifths are spent."""
    spent_at: datetime | None = None
    """When it was noticed that nothing is left."""
    members: int = 0
    """How many members took of it, where each has one."""
    members_at_end: int = 0
    """How many of them have nothing left."""

    @property
    def percent_spent(self) -> int:
        """How much of it is spent, whole percent rounded down; of members' budgets how many members spent theirs."""
        part, whole = (
            (self.members_at_end, self.members) if self.scope == "member" else (self.points_spent, self.points_total)
        )
        return part * 100 // whole if whole else 0


def standings(session: Session, programme: Programme, *, at: datetime) -> list[BudgetStanding]:
    """How far each budget of the programme is spent in its period at this moment, in the order of the document."""
    if not programme.budgets:
        return []
    zone = the_shop(session).zone if any(one.period != ALL_TIME for one in programme.budgets) else "UTC"
    periods = {one.budget: period_of(one.period, at, zone=zone) for one in programme.budgets}
    spent = _read(session, STANDINGS, programme, periods)
    used = _read(session, MEMBER_STANDINGS, programme, periods)
    return [_standing(budget, periods[budget.budget], zone, spent, used) for budget in programme.budgets]


def _read(
    session: Session, statement: str, programme: Programme, periods: dict[str, Period]
) -> dict[tuple[str, str, date], Sequence[Any]]:
    rows = [
        {
            "programme": programme.programme,
            "budget": budget.budget,
            "period": periods[budget.budget].kind,
            "period_from": periods[budget.budget].first_day,
            "points": budget.points,
        }
        for budget in programme.budgets
    ]
    found = driver_connection(session).execute(statement, {"periods": as_rows(rows)})
    return {(row[0], row[1], row[2]): row[3:] for row in found}


def _standing(
    budget: Budget,
    period: Period,
    zone: str,
    spent: dict[tuple[str, str, date], Sequence[Any]],
    used: dict[tuple[str, str, date], Sequence[Any]],
) -> BudgetStanding:
    key, is_own = (budget.budget, period.kind, period.first_day), budget.scope == "member"
    total, points, nearly_spent_at, spent_at = spent.get(key, (budget.points, 0, None, None))
    members, points_of_members, members_at_end = used.get(key, (0, 0, 0))
    return BudgetStanding(
        budget=budget.budget,
        scope=budget.scope,
        period=budget.period,
        period_from=period.first_day,
        period_until=period.ends_at(zone=zone),
        points_total=budget.points if is_own else total,
        points_spent=points_of_members if is_own else points,
        at_end=budget.at_end,
        rules=budget.rules,
        nearly_spent_at=nearly_spent_at,
        spent_at=spent_at,
        members=members if is_own else 0,
        members_at_end=members_at_end if is_own else 0,
    )
