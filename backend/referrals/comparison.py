"""What members whom friends brought spend against the others; pure.

The others are weighted so that their months of joining are spread as those of the brought ones (direct standardization;
Hájek's estimator of a weighted mean, whose variance is Σ w²(x − mean)² / (Σ w)²; Särndal, Swensson, Wretman, *Model
Assisted Survey Sampling*, 1992, 5.7). The interval of the difference is that of two independent means, at 95 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backend.referrals.months import Month

MEMBERS_MINIMUM = 30
"""Fewer on a side, and no interval is given: the normal approximation would promise too much."""
Z_95 = 1.959964


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Members of one kind: how many, how many of them bought, and what one spends, in minor units."""

    members: int
    buyers: int
    mean_minor: float
    median_minor: int
    variance_of_mean: float = 0.0

    @property
    def half_width_minor(self) -> float | None:
        """Half of the 95 % interval around the mean; None where there are too few members."""
        if self.members < MEMBERS_MINIMUM:
            return None
        return Z_95 * math.sqrt(self.variance_of_mean)


@dataclass(frozen=True, kw_only=True)
class MonthCompared:
    """Those who joined in one month."""

    month: Month
    brought: Sample
    others: Sample


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Both kinds over all months in which both joined."""

    brought: Sample
    others: Sample
    months: Sequence[MonthCompared]

    @property
    def difference_minor(self) -> float:
        """How much more a brought member spends."""
        return self.brought.mean_minor - self.others.mean_minor

    @property
    def half_width_minor(self) -> float | None:
        """Half of the 95 % interval around the difference; None where one side has too few members."""
        if min(self.brought.members, self.others.members) < MEMBERS_MINIMUM:
            return None
        return Z_95 * math.sqrt(self.brought.variance_of_mean + self.others.variance_of_mean)

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        half = self.half_width_minor
        return half is not None and abs(self.difference_minor) > half


@dataclass(frozen=True, kw_only=True)
class WeightedSums:
    """Sums over members with weights w and spends x: Σ w, Σ wx, Σ w², Σ w²x, Σ w²x²."""

    w: float
    wx: float
    ww: float
    wwx: float
    wwxx: float

    @property
    def mean(self) -> float:
        """The weighted mean."""
        return self.wx / self.w if self.w else 0.0

    @property
    def variance_of_mean(self) -> float:
        """The variance of the weighted mean; rounding never makes it negative."""
        mean = self.mean
        return max(0.0, self.wwxx - 2 * mean * self.wwx + mean * mean * self.ww) / (self.w * self.w) if self.w else 0.0
