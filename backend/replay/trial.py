"""A programme on trial: what is assumed besides the receipts, and its budgets kept in memory."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from zlib import crc32
from zoneinfo import ZoneInfo

from backend.budgets.periods import period_of
from backend.programmes.programme import Programme


@dataclass(frozen=True, slots=True)
class ProfileOnTrial:
    """What a member has told of himself or herself, as rules may ask for it."""

    joined_at: datetime | None = None
    birthday: tuple[int, int] | None = None
    language: str = "en"


NO_SEGMENTS: Mapping[str, frozenset[str]] = {}
NO_PROFILES: Mapping[str, ProfileOnTrial] = {}


@dataclass(frozen=True)
class Trial:
    """One programme with what is assumed about members."""

    programme: Programme
    zone: str
    spending_share_percent: int = 50
    """Which share of the members pays with all the points that it may at each purchase; the others never do."""
    segments: Mapping[str, frozenset[str]] = field(default_factory=lambda: NO_SEGMENTS)
    """The segments of each member, the same all the time."""
    profiles: Mapping[str, ProfileOnTrial] = field(default_factory=lambda: NO_PROFILES)
    """Who the members are; where that is not known, they joined with the first purchase."""

    @property
    def shares_budgets(self) -> bool:
        """Whether members take from the same budgets, so that all of them have to be judged in order of time."""
        return any(budget.scope == "all" for budget in self.programme.budgets)

    def spends(self, member: str) -> bool:
        """Whether this member is one of those who spend."""
        return crc32(b"spends:" + member.encode()) % 100 < self.spending_share_percent


class PastBudgets:
    """The budgets of one programme as one member meets them; what all share is shared among those views."""

    __slots__ = ("_budgets", "_first_days", "_own", "_shared", "_zone")

    def __init__(self, programme: Programme, zone: str, shared: Counter[tuple[str, date]]) -> None:
        self._budgets = {budget.budget: budget for budget in programme.budgets}
        self._zone = zone
        self._shared = shared
        self._own: Counter[tuple[str, date]] = Counter()
        self._first_days: dict[str, date] = {}

    def at(self, moment: datetime) -> "PastBudgets":
        """The view of a moment: each budget in the period that it falls in."""
        # Periods begin on whole quarters of an hour in every zone there is.
        quarter = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
        self._first_days = {
            name: _first_day(budget.period, quarter, self._zone) for name, budget in self._budgets.items()
        }
        return self

    def left(self, budget: str) -> int | None:
        """See `BudgetView`."""
        declared = self._budgets.get(budget)
        if declared is None:
            return None
        taken = self._own if declared.scope == "member" else self._shared
        return declared.points - taken[budget, self._first_days[budget]]

    def take(self, budget: str, points: int) -> None:
        """See `BudgetView`."""
        declared = self._budgets.get(budget)
        if declared is None:
            return
        key = (budget, self._first_days[budget])
        if declared.scope == "member":
            self._own[key] += points
        self._shared[key] += points

    def give_back(self, takes: Mapping[str, int], *, taken_at: datetime) -> None:
        """Puts points back into the period from which they were taken."""
        self.at(taken_at)
        for budget, points in takes.items():
            self.take(budget, -points)


@lru_cache(maxsize=100_000)
def _first_day(kind: str, moment: datetime, zone: str) -> date:
    return period_of(kind, moment, zone=zone).first_day


@lru_cache(maxsize=64)
def place_of(zone: str) -> ZoneInfo:
    """The zone by its name."""
    return ZoneInfo(zone)
