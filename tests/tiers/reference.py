"""The ladder once more, slow and plain: a member's whole history read from its beginning, all of it at every step."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.programmes.programme import Tiers


@dataclass
class Bought:
    """A purchase, and what came back of it when."""

    at: datetime
    minor: int
    came_back: list[tuple[datetime, int]] = field(default_factory=list)

    def kept(self, until: datetime) -> int:
        return self.minor - sum(minor for at, minor in self.came_back if at <= until)


@dataclass
class Stood:
    """Where the member stands."""

    tier: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Life:
    """One member's history, and where it leads."""

    def __init__(self, tiers: Tiers, zone: str) -> None:
        self.tiers, self.place = tiers, ZoneInfo(zone)
        self.names = [level.tier for level in tiers.levels]
        self.stood = Stood()
        self.changes: list[tuple[datetime, str | None, str | None]] = []

    def live(self, bought: list[Bought], now: datetime) -> None:
        """All purchases in order of time, with the reviews that fall between them."""
        for at in sorted(one.at for one in bought if one.at <= now):
            self._review(bought, at)
            place = self._reached(self._count(bought, self._begins(at), at))
            if place > self._place():
                self._move(place, at, self._until(at))
        self._review(bought, now)

    def _review(self, bought: list[Bought], now: datetime) -> None:
        while self.stood.until is not None and self.stood.until <= now:
            due = self.stood.until
            ended = self._ended(due)
            place = self._reached(self._count(bought, self._begins(ended), due))
            if self.tiers.landing == "soft" and place < self._place() - 1:
                place = self._place() - 1
            self._move(place, due, self._until(ended))

    def _move(self, place: int, at: datetime, until: datetime | None) -> None:
        tier = self.names[place] if place >= 0 else None
        if tier != self.stood.tier:
            self.changes.append((at, self.stood.tier, tier))
            self.stood = Stood(tier, at, until)
        self.stood.until = until if tier else None

    def _place(self) -> int:
        return self.names.index(self.stood.tier) if self.stood.tier else -1

    def _reached(self, counted: int) -> int:
        return sum(1 for level in self.tiers.levels if counted >= level.threshold) - 1

    def _count(self, bought: list[Bought], since: datetime | None, until: datetime) -> int:
        counted = [one for one in bought if one.at <= until and (since is None or one.at >= since)]
        if self.tiers.measure == "spend":
            return sum(one.kept(until) for one in counted)
        return len({one.at.astimezone(self.place).date() for one in counted if one.kept(until) > 0})

    def _begins(self, at: datetime) -> datetime | None:
        local = at.astimezone(self.place)
        if self.tiers.window.span == "year":
            return datetime(local.year, 1, 1, tzinfo=self.place)
        return self._months(at, -self.tiers.window.months) if self.tiers.window.months else None

    def _until(self, at: datetime) -> datetime | None:
        if self.tiers.window.span == "year":
            year = at.astimezone(self.place).year + 2
            return datetime(year, 1, 1, tzinfo=self.place) + timedelta(days=self.tiers.grace_days)
        if self.tiers.window.months:
            # After months the days of grace are of 24 hours each; after a year they are the calendar's.
            return self._later(self._months(at, self.tiers.window.months), self.tiers.grace_days)
        return None

    def _ended(self, due: datetime) -> datetime:
        if self.tiers.window.span == "year":
            local = due.astimezone(self.place) - timedelta(days=self.tiers.grace_days)
            return local - timedelta(seconds=1)
        return self._later(due, -self.tiers.grace_days)

    def _later(self, at: datetime, days: int) -> datetime:
        return datetime.fromtimestamp(at.timestamp() + days * 86_400, tz=UTC)

    def _months(self, at: datetime, months: int) -> datetime:
        local = at.astimezone(self.place)
        year, month = local.year, local.month + months
        while month < 1:
            year, month = year - 1, month + 12
        while month > 12:
            year, month = year + 1, month - 12
        day = min(local.day, monthrange(year, month)[1])
        # Through UTC: only there is a moment as long before the next one as the clock on the wall says it is not.
        later = datetime(year, month, day, local.hour, local.minute, local.second, local.microsecond, self.place)
        # And it stays there: a moment of the hour that comes twice in autumn equals none of another zone (PEP 495).
        return datetime.fromtimestamp(later.timestamp(), tz=UTC)
