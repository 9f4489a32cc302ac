"""What a receipt earned, by which rules, and what did not apply and why."""

from dataclasses import dataclass, field

from backend.programmes.earning import Award, Counted
from backend.shared.wording import Said


@dataclass(frozen=True, slots=True)
class RuleEarned:
    """What one rule gave."""

    rule: str
    title: dict[str, str]
    points: int
    stack: str = "base"
    weights: tuple[int, ...] = ()
    """Its points by position of the receipt's lines, unrounded and scaled: what a line takes with it when it comes
    back is its share of them.
    """
    budgets: dict[str, int] = field(default_factory=dict)
    """Points taken of each budget."""


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A rule that might have applied, and why it did not."""

    rule: str
    title: dict[str, str]
    reason: Said


@dataclass(frozen=True, slots=True)
class Earned:
    """All that a receipt earned."""

    awards: tuple[Award, ...]
    rules: tuple[RuleEarned, ...]
    not_applied: tuple[NotApplied, ...]
    counted: Counted
