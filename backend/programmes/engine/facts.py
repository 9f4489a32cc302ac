"""The facts that a receipt is judged on."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.receipts.sale import SaleLine


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """Where something is sold."""

    code: str = ""
    name: dict[str, str] = field(default_factory=dict)
    """By language, for the explanation."""
    region: str = ""
    country: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What is sold, how it is paid, and when."""

    occurred_at: datetime
    total_minor: int
    store: StoreFacts = field(default_factory=StoreFacts)
    shop_zone: str | None = None
    """The shop's; only a programme whose expiry follows the calendar needs it."""
    lines: Sequence[SaleLine] = ()
    payments: Sequence[Mapping[str, Any]] = ()
    paid_with_points_minor: int = 0
    source: str = "till"


@dataclass(slots=True)
class History:
    """What a member bought before: how often and for how much in all, and single purchases as far back as is asked."""

    purchases: int = 0
    """Those that were returned too."""
    spent_minor: int = 0
    """Less what was returned."""
    recent: deque[tuple[datetime, int]] = field(default_factory=deque)
    """Moments and amounts less returns, in order of time."""

    def add(self, at: datetime, amount_minor: int) -> None:
        """Remembers a purchase that came after those that are known."""
        self.purchases += 1
        self.spent_minor += amount_minor
        self.recent.append((at, amount_minor))

    def purchases_in_days(self, days: int, at: datetime) -> int:
        """How many purchases were made in so many days before this moment."""
        since = at - timedelta(days=days)
        return sum(1 for moment, _ in self.recent if since <= moment <= at)

    def spent_in_days(self, days: int, at: datetime) -> int:
        """What was spent in so many days before this moment, in minor units."""
        since = at - timedelta(days=days)
        return sum(amount_minor for moment, amount_minor in self.recent if since <= moment <= at)

    def visits_in_days(self, days: int, at: datetime, zone: str) -> int:
        """On how many days of the zone something was bought in so many days before this moment."""
        since, place = at - timedelta(days=days), ZoneInfo(zone)
        return len({moment.astimezone(place).date() for moment, _ in self.recent if since <= moment <= at})


@dataclass(slots=True)
class MemberFacts:
    """Who buys. What no rule asks for is left as it stands here."""

    joined_at: datetime | None = None
    birthday: tuple[int, int] | None = None
    """Month and day."""
    language: str = "en"
    tier: str | None = None
    segments: frozenset[str] = frozenset()
    referrals: int = 0
    """Friends who were brought and rewarded."""
    history: History | None = None


NOBODY_ASKED = MemberFacts()
"""For programmes that ask for nothing; shared, never changed."""
