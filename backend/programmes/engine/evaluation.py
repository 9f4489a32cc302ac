"""Judging a receipt by a programme."""

from datetime import datetime

from backend.programmes import earning
from backend.programmes.earning import Award
from backend.programmes.engine.budgeting import BudgetView
from backend.programmes.engine.earned import Earned, NotApplied, RuleEarned
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts
from backend.programmes.programme import Programme
from backend.shared.wording import Said


def evaluate(programme: Programme, receipt: ReceiptFacts, member: MemberFacts, budgets: BudgetView) -> Earned:  # noqa: ARG001
    """What the receipt earns by this programme, and what of it did not apply and why."""
    facts = earning.ReceiptFacts(
        occurred_at=receipt.occurred_at,
        total_minor=receipt.total_minor,
        store=receipt.store.name,
        zone=receipt.shop_zone,
        lines=receipt.lines,
        paid_with_points_minor=receipt.paid_with_points_minor,
        payments=receipt.payments,
    )
    awards = tuple(earning.judge(programme, facts))
    rules = tuple(RuleEarned(award.rule, {}, award.points) for award in awards)
    return Earned(awards, rules, (), earning.counted(programme, facts))


def evaluate_action(
    programme: Programme,
    action: str,
    at: datetime,  # noqa: ARG001
    member: MemberFacts,  # noqa: ARG001
    budgets: BudgetView,  # noqa: ARG001
    *,
    shop_zone: str | None,  # noqa: ARG001
) -> Award | NotApplied:
    """What something done, other than a purchase, earns by this programme, or why it earns nothing."""
    title = next((one.title for one in programme.actions if one.action == action), {})
    return NotApplied(action, title, Said("earning.unknown_action", {"action": action}))
