"""What a replay counts, by process; the parts add up."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields
from datetime import date


@dataclass(slots=True)
class Month:
    """What happened to points in one month of the past's zone."""

    given: int = 0
    taken_back: int = 0
    burnt: int = 0
    spent: int = 0
    forgiven: int = 0

    def add(self, other: "Month") -> None:
        """Counts another part in."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def change(self) -> int:
        """By how much members hold more at its end than at its beginning, what they owe left out."""
        return self.given - self.taken_back - self.burnt - self.spent + self.forgiven


@dataclass(slots=True)
class RuleTally:
    """What one rule did."""

    title: dict[str, str]
    receipts: int = 0
    points: int = 0

    def add(self, other: "RuleTally") -> None:
        """Counts another part in."""
        self.receipts += other.receipts
        self.points += other.points


@dataclass(slots=True)
class MemberTally:
    """What one member got: points, less those that were taken back, and discounts in minor units."""

    points: int = 0
    discount_minor: int = 0


@dataclass(slots=True)
class Tally:
    """One programme on one past, or on a part of it."""

    receipts: int = 0
    returns: int = 0
    unmatched_returns: int = 0
    """Of no receipt, or of more than was sold."""
    turnover_minor: int = 0
    """Of all receipts before any discount, less what came back."""
    discounts_minor: int = 0
    owed: int = 0
    """Points that members owe at the end."""
    months: dict[int, Month] = field(default_factory=lambda: defaultdict(Month))
    """By year × 12 + month − 1."""
    rules: dict[str, RuleTally] = field(default_factory=dict)
    members: dict[str, MemberTally] = field(default_factory=dict)
    tiers: Counter[str] = field(default_factory=Counter)
    """Where members stand at the end; `""` below the first."""
    budgets: Counter[tuple[str, date]] = field(default_factory=Counter)
    """Points taken, by budget and the first day of its period, of all members together."""

    def add(self, other: "Tally") -> None:
        """Counts in what another process counted, of other members."""
        for name in ("receipts", "returns", "unmatched_returns", "turnover_minor", "discounts_minor", "owed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for number, month in other.months.items():
            self.months[number].add(month)
        for rule, counted in other.rules.items():
            self.rules.setdefault(rule, RuleTally(counted.title)).add(counted)
        self.members.update(other.members)
        self.tiers.update(other.tiers)
        self.budgets.update(other.budgets)


def month_number(day: date) -> int:
    """The key of a month."""
    return day.year * 12 + day.month - 1
