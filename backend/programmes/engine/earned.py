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
    back is its share of them. Empty where every line that counts takes its share by its amount.
    """
    budgets: dict[str, int] = field(default_factory=dict)
    """Points taken of each budget."""


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A rule that might have applied, or would have given more, and why it did not."""

    rule: str
    title: dict[str, str]
    reason: Said


@dataclass(frozen=True, slots=True)
class Earned:
    """All that a receipt earned."""

    awards: tuple[Award, ...]
    """One for each pair of moments at which points become available and burn; usually one, or none."""
    rules: tuple[RuleEarned, ...]
    not_applied: tuple[NotApplied, ...]
    counted: Counted
    others_count: int = 0
    """Rules that did not concern this receipt."""

    @property
    def points(self) -> int:
        """All points together."""
        return sum(award.points for award in self.awards)
