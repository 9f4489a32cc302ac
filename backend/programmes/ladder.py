"""Tiers and growing discounts, pure: which level is reached, until when it holds, what a review does.

A tier is reached by what was measured in its window: the calendar year under way, the last so many months, or the whole
life. It is reached at once and holds to the end of the next calendar year, or for as many months again, and for the
days of grace after that; for life it holds for ever. Then comes the review: what was measured in the year that ended,
or in those months, with the days of grace counted in, decides anew. Years, months and days are the shop's.

Everything is as of the moment at which it is due, whenever it is done. A tier that the ladder does not have any more is
below its first level, and a review lands where it measured.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.programmes.expiry import SMALLEST_STEP, Expiry, day_begins
from backend.programmes.programme import Discount, Level, Tiers, Window


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: the tier (None below the first), since when, and until when it holds (None for life)."""

    tier: str | None
    since: datetime
    holds_until: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """What is measured: from a moment (None for the whole life) until another one; both belong to it."""

    since: datetime | None
    until: datetime


def reached(tiers: Tiers, measured: int) -> str | None:
    """The highest tier whose threshold is reached; None below the first one."""
    return next((level.tier for level in reversed(tiers.levels) if measured >= level.threshold), None)


def holds_until(tiers: Tiers, at: datetime, zone: str) -> datetime | None:
    """Until when a tier holds that was reached at this moment, grace included; None for life."""
    return _holds_until(tiers.window, tiers.grace_days, at, zone)


def span_of(window: Window, at: datetime, zone: str) -> Span:
    """What counts at this moment: the calendar year so far, the last so many months, or the whole life."""
    if window.span == "year":
        return Span(day_begins(date(_local_year(at, zone), 1, 1), zone=zone), at)
    if window.months:
        return Span(_months_before(at, window.months, zone), at)
    return Span(None, at)


def span_of_review(tiers: Tiers, due_at: datetime, zone: str) -> Span:
    """What a review counts that is due at this moment: the window that ended before the days of grace, and these."""
    ended = _without_grace(tiers, due_at, zone)
    return Span(span_of(tiers.window, ended, zone).since, due_at)


def rise(tiers: Tiers, standing: Standing | None, measured: int, at: datetime, zone: str) -> Standing | None:
    """Where a member stands who has just reached so much: higher, or as before. Overdue reviews come first."""
    tier = reached(tiers, measured)
    if tier is None or (standing is not None and rank(tiers, tier) <= rank(tiers, standing.tier)):
        return standing
    return Standing(tier, at, holds_until(tiers, at, zone))


def review(tiers: Tiers, standing: Standing, measured: int, at: datetime, zone: str) -> Standing:
    """Where a member stands after the review that was due at this moment (`standing.holds_until`), by what the span of
    the review measured: at most one level down where landing is soft.
    """
    landed = rank(tiers, reached(tiers, measured))
    if tiers.landing == "soft":
        landed = max(landed, rank(tiers, standing.tier) - 1)
    tier = tiers.levels[landed].tier if landed >= 0 else None
    ended = _without_grace(tiers, at, zone)
    if tier is None:
        return Standing(None, standing.since if standing.tier is None else at, None)
    return Standing(tier, standing.since if tier == standing.tier else at, holds_until(tiers, ended, zone))


def settle(
    tiers: Tiers, standing: Standing, measure: Callable[[Span], int], *, now: datetime, zone: str
) -> tuple[Standing, ...]:
    """Where a member stood after each review that is due by now, oldest first; empty where none is."""
    stood: list[Standing] = []
    while standing.holds_until is not None and standing.holds_until <= now:
        due_at = standing.holds_until
        standing = review(tiers, standing, measure(span_of_review(tiers, due_at, zone)), due_at, zone)
        stood.append(standing)
    return tuple(stood)


def next_level(tiers: Tiers, tier: str | None) -> str | None:
    """The tier above this one; None above the highest."""
    place = rank(tiers, tier) + 1
    return tiers.levels[place].tier if place < len(tiers.levels) else None


def rank(tiers: Tiers, tier: str | None) -> int:
    """The place of a tier on the ladder, 0 for the lowest; −1 below it, and for one that the ladder does not have."""
    return next((place for place, level in enumerate(tiers.levels) if level.tier == tier), -1)


def level_at(tiers: Tiers, place: int) -> Level | None:
    """The level at this place; None below and above the ladder."""
    return tiers.levels[place] if 0 <= place < len(tiers.levels) else None


def discount_of(discount: Discount, spent_minor: int) -> int:
    """The discount that this much spending has reached, in basis points."""
    reached_rates = [level.rate_basis_points for level in discount.levels if spent_minor >= level.from_minor]
    return reached_rates[-1] if reached_rates else 0


def _holds_until(window: Window, grace_days: int, at: datetime, zone: str) -> datetime | None:
    if window.span == "year":
        return day_begins(date(_local_year(at, zone) + 2, 1, 1) + timedelta(days=grace_days), zone=zone)
    if window.months:
        return Expiry(months=window.months).burns_at(at, zone=zone) + timedelta(days=grace_days)
    return None


def _without_grace(tiers: Tiers, due_at: datetime, zone: str) -> datetime:
    """The last moment of the window that a review looks back on."""
    if tiers.window.span != "year":
        return due_at - timedelta(days=tiers.grace_days)
    first_day = due_at.astimezone(ZoneInfo(zone)).date() - timedelta(days=tiers.grace_days)
    return day_begins(first_day, zone=zone) - SMALLEST_STEP


def _months_before(at: datetime, months: int, zone: str) -> datetime:
    """The same local time so many months of the calendar before; on the last day of a month that is too short."""
    local = at.astimezone(ZoneInfo(zone))
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day, fold=0).astimezone(UTC)


def _local_year(at: datetime, zone: str) -> int:
    return at.astimezone(ZoneInfo(zone)).year
