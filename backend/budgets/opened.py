"""Budgets of a batch under way: what its members may take is locked, and counted in memory until it is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from backend.budgets.errors import SlicesMoved, Wanted
from backend.programmes.engine.budgeting import UNLIMITED, BudgetView
from backend.programmes.programme import Programme

PeriodKey = tuple[str, str, str, date]
"""Programme, budget, kind of period, first day."""


class Account(Protocol):
    """What one member may take of one budget in one period."""

    points_taken: int

    def left(self) -> int:
        """How many points are left."""

    def take(self, points: int) -> None:
        """Takes points that are left."""


@dataclass(slots=True)
class Slice:
    """The slice of a period that some of the batch's members take from; its row is locked."""

    period_id: UUID
    number: int
    points_left: int
    wanted: Wanted
    is_only_one: bool
    points_taken: int = 0

    def left(self) -> int:
        """What is left of the period where this slice is all of it; else, while the slice holds anything, a number that
        is not less: whether so much is there is seen when it is taken.
        """
        if self.is_only_one:
            return self.points_left - self.points_taken
        self._require(1)
        return max(self.wanted.points_total, self.points_left)

    def take(self, points: int) -> None:
        """Takes points.

        Raises:
            SlicesMoved: this slice does not hold so many, and others may.
        """
        self._require(points)
        self.points_taken += points

    def _require(self, points: int) -> None:
        asked = self.points_taken + points
        if asked <= self.points_left:
            return
        if self.is_only_one:
            raise ValueError(f"{points} points cannot be taken of {self.points_left - self.points_taken}.")
        # All that this batch asks of the slice: spread for the last take alone, it would be short again.
        raise SlicesMoved(
            {self.period_id: Wanted(self.wanted.points_total, self.wanted.programme_version, largest_take=asked)}
        )


@dataclass(slots=True)
class MemberUse:
    """What a member took of a budget that each member has; the member's book is locked."""

    points_limit: int
    points_used: int = 0
    points_taken: int = 0

    def left(self) -> int:
        """How many points are left."""
        return max(0, self.points_limit - self.points_used - self.points_taken)

    def take(self, points: int) -> None:
        """Takes points that are left."""
        if points > self.left():
            raise ValueError(f"{points} points cannot be taken of {self.left()}.")
        self.points_taken += points


@dataclass(frozen=True, slots=True)
class SharedPeriod:
    """A period of a budget of all: how many slices it has, and those of them that are locked."""

    slices: int
    locked: Mapping[int, Slice]


@dataclass(slots=True)
class OpenBudgets:
    """The budgets of a batch under way, in memory; `write` keeps what was taken."""

    budgets: dict[tuple[str, datetime], dict[str, PeriodKey]] = field(default_factory=dict)
    """The periods of a programme's budgets at a moment, by the budget's name."""
    shared: dict[PeriodKey, SharedPeriod] = field(default_factory=dict)
    uses: dict[tuple[PeriodKey, UUID], MemberUse] = field(default_factory=dict)
    homes: Mapping[UUID, int] = field(default_factory=dict)
    """Where each member takes from, among the most slices there may be."""
    moment: datetime | None = None
    """The moment of the whole batch, where it has one."""

    def view(self, programme: Programme, member_id: UUID, *, at: datetime | None = None) -> BudgetView:
        """The budgets of the programme as this member meets them; `at` where the batch has several moments."""
        moment = at or self.moment
        if moment is None:
            return UNLIMITED
        periods = self.budgets.get((programme.programme, moment))
        if not periods:
            return UNLIMITED
        return _View({budget: self._account(key, member_id) for budget, key in periods.items()})

    def _account(self, key: PeriodKey, member_id: UUID) -> Account:
        period = self.shared.get(key)
        if period is None:
            return self.uses[key, member_id]
        return period.locked[self.homes[member_id] % period.slices]

    def taken_slices(self) -> Iterator[Slice]:
        """The slices of which something was taken."""
        return (one for period in self.shared.values() for one in period.locked.values() if one.points_taken)

    def taken_uses(self) -> Iterator[tuple[PeriodKey, UUID, MemberUse]]:
        """What members took of budgets that each of them has."""
        return ((key, member_id, use) for (key, member_id), use in self.uses.items() if use.points_taken)


class _View:
    """The budgets of one programme as one member meets them at one moment."""

    __slots__ = ("_accounts",)

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts

    def left(self, budget: str) -> int | None:
        """How many points are left in this period; None where there is no limit."""
        account = self._accounts.get(budget)
        return None if account is None else account.left()

    def take(self, budget: str, points: int) -> None:
        """Takes points that are left."""
        account = self._accounts.get(budget)
        if account is not None and points:
            account.take(points)
