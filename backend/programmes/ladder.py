"""Tiers and growing discounts, pure: which level is reached, until when it holds, what a review does."""

from dataclasses import dataclass
from datetime import datetime

from backend.programmes.programme import Discount, Tiers


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: the tier (None below the first), since when, and until when it holds (None for life)."""

    tier: str | None
    since: datetime
    holds_until: datetime | None


def reached(tiers: Tiers, measured: int) -> str | None:
    """The highest tier whose threshold is reached; None below the first one."""
    return next((level.tier for level in reversed(tiers.levels) if measured >= level.threshold), None)


def holds_until(tiers: Tiers, at: datetime, zone: str) -> datetime | None:
    """Until when a tier holds that was reached at this moment, grace included; None for life."""
    raise NotImplementedError


def review(tiers: Tiers, standing: Standing, measured: int, at: datetime, zone: str) -> Standing:
    """Where a member stands after the review at this moment: at most one level down where landing is soft."""
    raise NotImplementedError


def next_level(tiers: Tiers, tier: str | None) -> str | None:
    """The tier above this one; None above the highest."""
    names = [level.tier for level in tiers.levels]
    place = 0 if tier is None else names.index(tier) + 1
    return names[place] if place < len(names) else None


def discount_of(discount: Discount, spent_minor: int) -> int:
    """The discount that this much spending has reached, in basis points."""
    reached_rates = [level.rate_basis_points for level in discount.levels if spent_minor >= level.from_minor]
    return reached_rates[-1] if reached_rates else 0
