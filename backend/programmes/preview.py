"""What a receipt would earn: typed facts, judged by the engine and explained as an accrual is, and nothing kept."""

from dataclasses import dataclass
from datetime import datetime

from backend.programmes.engine import explaining
from backend.programmes.engine.budgeting import MemoryBudgets
from backend.programmes.engine.evaluation import evaluate
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts
from backend.programmes.programme import Programme
from backend.shared.wording import Reader, render_steps


@dataclass(frozen=True, slots=True)
class PreviewedPoints:
    """Points that would come together, when they could be spent, and when they would burn; None for never."""

    points: int
    available_at: datetime
    expires_at: datetime | None
    rule: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a receipt would earn, and the way to it in the reader's language: what was counted, and its figure."""

    points: int
    awards: tuple[PreviewedPoints, ...]
    steps: tuple[tuple[str, str], ...]
    terms: str
    """The terms that it is judged by; empty for those that hold everywhere else."""


def preview(programme: Programme, receipt: ReceiptFacts, member: MemberFacts, *, reader: Reader) -> Preview:
    """Judges a receipt by a programme whose budgets are all still full."""
    budgets = MemoryBudgets({budget.budget: budget.points for budget in programme.budgets})
    terms = programme.terms_for(receipt.store, member)
    earned = evaluate(terms, receipt, member, budgets)
    explained = [(award.wording, award.facts) for award in earned.awards]
    if not explained:
        explained = [(explaining.RULES_WORDING, explaining.facts_of_nothing(terms, receipt, member, earned))]
    # The receipt's own lines are the same in each award.
    steps = dict.fromkeys(step for wording, facts in explained for step in render_steps(wording, facts, reader))
    return Preview(
        points=earned.points,
        awards=tuple(PreviewedPoints(one.points, one.available_at, one.expires_at, one.rule) for one in earned.awards),
        steps=tuple(steps),
        terms=terms.variant,
    )
