"""Where one member stands during a replay: the tier by the ladder, and the discount that spending has reached."""

from datetime import date, datetime

from backend.programmes import ladder
from backend.programmes.ladder import Span, Standing
from backend.programmes.programme import Discount, Programme, Tiers
from backend.replay.trial import place_of


class Purchase:
    """What a purchase counts for; less once something of it has come back."""

    __slots__ = ("at", "is_free", "points", "spent_minor")

    def __init__(self, at: datetime, spent_minor: int, points: int) -> None:
        self.at = at
        self.spent_minor = spent_minor
        self.points = points
        self.is_free = spent_minor == 0

    @property
    def is_kept(self) -> bool:
        """Whether something of it has not come back."""
        return self.is_free or self.spent_minor > 0


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
        counted = self._counted(ladder.span_of(self._discount.window, at, self._zone))
        return ladder.discount_of(self._discount, sum(one.spent_minor for one in counted))

    def catch_up(self, at: datetime) -> None:
        """Holds the reviews that were due by this moment."""
        if self._tiers is None or self._standing is None:
            return
        tiers = self._tiers
        stood = ladder.settle(tiers, self._standing, lambda span: self._measured(tiers, span), now=at, zone=self._zone)
        if stood:
            self._standing = stood[-1]

    def add(self, at: datetime, *, spent_minor: int, points: int) -> Purchase:
        """Counts a purchase in, and moves the member up where it reaches a higher tier."""
        purchase = Purchase(at, spent_minor, points)
        self._purchases.append(purchase)
        if self._tiers is not None:
            measured = self._measured(self._tiers, ladder.span_of(self._tiers.window, at, self._zone))
            self._standing = ladder.rise(self._tiers, self._standing, measured, at, self._zone)
        return purchase

    def _measured(self, tiers: Tiers, span: Span) -> int:
        counted = self._counted(span)
        if tiers.measure == "spend":
            return sum(one.spent_minor for one in counted)
        if tiers.measure == "points":
            return sum(one.points for one in counted)
        return len({self._day(one.at) for one in counted if one.is_kept}) if tiers.measure == "visits" else 0

    def _counted(self, span: Span) -> list[Purchase]:
        since = span.since
        return [one for one in self._purchases if one.at <= span.until and (since is None or one.at >= since)]

    def _day(self, at: datetime) -> date:
        return at.astimezone(place_of(self._zone)).date()
