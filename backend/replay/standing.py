"""Where one member stands during a replay: the tier by the ladder, and the discount that spending has reached."""

from datetime import datetime

from backend.programmes import ladder
from backend.programmes.ladder import Standing
from backend.programmes.programme import Discount, Programme, Tiers, Window
from backend.replay.trial import place_of

MONTHS_A_YEAR = 12


class Purchase:
    """What a purchase counts for; less once something of it has come back."""

    __slots__ = ("at", "points", "spent_minor")

    def __init__(self, at: datetime, spent_minor: int, points: int) -> None:
        self.at = at
        self.spent_minor = spent_minor
        self.points = points


class StandingOnTrial:
    """A member's tier and discount, moved on by purchases and by time."""

    def __init__(self, programme: Programme, zone: str) -> None:
        self._tiers: Tiers | None = programme.tiers
        self._discount: Discount | None = programme.discount
        self._zone = zone
        self._purchases: list[Purchase] = []
        self._standing: Standing | None = None

    @property
    def tier(self) -> str | None:
        """The tier that is held; None below the first."""
        return self._standing.tier if self._standing else None

    def discount_basis_points(self, at: datetime) -> int:
        """The discount that earlier purchases have reached."""
        if self._discount is None:
            return 0
        since = self._since(self._discount.window, at)
        spent_minor = sum(one.spent_minor for one in self._purchases if since is None or one.at >= since)
        return ladder.discount_of(self._discount, spent_minor)

    def catch_up(self, at: datetime) -> None:
        """Holds the reviews that were due by this moment."""
        while self._tiers and self._standing and self._standing.holds_until and self._standing.holds_until <= at:
            due = self._standing.holds_until
            measured = self._measured(self._tiers, due)
            self._standing = ladder.review(self._tiers, self._standing, measured, due, self._zone)

    def add(self, at: datetime, *, spent_minor: int, points: int) -> Purchase:
        """Counts a purchase in, and moves the member up where it reaches a higher tier."""
        purchase = Purchase(at, spent_minor, points)
        self._purchases.append(purchase)
        if self._tiers is not None:
            reached = ladder.reached(self._tiers, self._measured(self._tiers, at))
            if _rank(self._tiers, reached) > _rank(self._tiers, self.tier):
                self._standing = Standing(reached, at, ladder.holds_until(self._tiers, at, self._zone))
        return purchase

    def _measured(self, tiers: Tiers, at: datetime) -> int:
        since = self._since(tiers.window, at)
        counted = [one for one in self._purchases if since is None or one.at >= since]
        if tiers.measure == "spend":
            return sum(one.spent_minor for one in counted)
        if tiers.measure == "points":
            return sum(one.points for one in counted)
        return len(counted) if tiers.measure == "visits" else 0

    def _since(self, window: Window, at: datetime) -> datetime | None:
        local = at.astimezone(place_of(self._zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if window.span == "year":
            return midnight.replace(month=1, day=1)
        if window.span == "months":
            year, month = divmod(local.year * MONTHS_A_YEAR + local.month - 1 - window.months, MONTHS_A_YEAR)
            return local.replace(year=year, month=month + 1, day=min(local.day, 28))
        return None


def _rank(tiers: Tiers, tier: str | None) -> int:
    return next((place for place, level in enumerate(tiers.levels, start=1) if level.tier == tier), 0)
