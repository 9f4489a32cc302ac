"""Months of the shop's zone, which figures of referrals are counted by; pure."""

from dataclasses import dataclass
from datetime import date, datetime

from backend.budgets.periods import day_of
from backend.programmes.expiry import day_begins

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month by its first day."""

    first_day: date

    @property
    def name(self) -> str:
        """The month as answers hold it: `2026-11`."""
        return f"{self.first_day:%Y-%m}"

    def later(self, months: int) -> "Month":
        """The month so many months later; earlier where `months` is negative."""
        year, month = divmod(self.first_day.year * MONTHS_A_YEAR + self.first_day.month - 1 + months, MONTHS_A_YEAR)
        return Month(date(year, month + 1, 1))

    def begins(self, *, zone: str) -> datetime:
        """Its first moment."""
        return day_begins(self.first_day, zone=zone)

    def ends(self, *, zone: str) -> datetime:
        """The first moment of the next one."""
        return self.later(1).begins(zone=zone)


def month_of(at: datetime, *, zone: str) -> Month:
    """The month that a moment falls in."""
    return Month(day_of(at, zone=zone).replace(day=1))
