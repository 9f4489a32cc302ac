"""Judging a receipt by a programme.

Terms for this store and member → what counts → the rules that may apply, by the plan → their conditions → exact points
→ rounding and each rule's maximum → stacks → budgets → awards, one for each pair of moments.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from backend.programmes.conditions.condition import Condition, Sight
from backend.programmes.earning import Award, available_at, counted, expires_at
from backend.programmes.engine import explaining
from backend.programmes.engine.budgeting import BudgetView, grant, is_over
from backend.programmes.engine.earned import Earned, NotApplied
from backend.programmes.engine.exact import Basket, Exact, at_most, basket_of, exact_of, multiplied, rounded
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.engine.plan import Plan, PlannedRule, candidates, plan_of
from backend.programmes.engine.stacking import Fired, Settled, settle
from backend.programmes.programme import EarningRule, Programme
from backend.shared.wording import Said

Applying = tuple[PlannedRule, tuple[int, ...] | None]
"""A rule whose conditions hold, and the places in the basket that it looks at; None for all."""


def evaluate(
    programme: Programme, receipt: ReceiptFacts, member: MemberFacts, budgets: BudgetView, *, explained: bool = True
) -> Earned:
    """What the receipt earns by this programme, and what of it did not apply and why.

    Where nobody will read why (a replay of a million receipts), awards that are not `explained` carry only what a
    return needs: the lines' shares and the budgets.
    """
    terms = programme.terms_for(receipt.store, member)
    plan = plan_of(terms)
    what_counts = counted(terms, receipt)
    if plan.plain is not None:
        return explaining.plain(terms, plan.plain, receipt, what_counts)
    basket = basket_of(terms, receipt, what_counts)
    if basket is None:
        return Earned((), (), (), what_counts, len(plan.rules))
    sight = Sight(store=receipt.store, member=member, receipt=receipt, counted_minor=what_counts.counted_minor)
    not_applied: list[NotApplied] = []
    applying = list(_applying(plan, basket, sight, not_applied))
    settled = _settle(terms, plan, applying, basket, budgets)
    return explaining.earned(
        terms, plan, receipt, member, what_counts, basket, settled, not_applied, explained=explained
    )


def evaluate_action(
    programme: Programme,
    action: str,
    at: datetime,
    member: MemberFacts,
    budgets: BudgetView,
    *,
    shop_zone: str | None,
) -> Award | NotApplied:
    """What something done, other than a purchase, earns by this programme, or why it earns nothing. How often it may be
    done is not judged here.
    """
    terms = programme.terms_for(StoreFacts(), member)
    meant = terms.action(action)
    if meant is None:
        return NotApplied(action, {}, Said("earning.unknown_action", {"action": action}))
    if is_over(plan_of(terms).stopping_budgets, budgets):
        return NotApplied(action, meant.title, explaining.STOPPED)
    granted = grant(meant.points, terms.budgets_of(action), budgets)
    if granted.points == 0:
        return NotApplied(action, meant.title, granted.reason or explaining.LESS_THAN_A_POINT)
    available = available_at(terms, at)
    return Award(
        rule=action,
        points=granted.points,
        available_at=available,
        expires_at=expires_at(terms, available, zone=shop_zone),
        wording="actions.done",
        facts=explaining.action_facts(meant, granted, available),
    )


def _applying(plan: Plan, basket: Basket, sight: Sight, not_applied: list[NotApplied]) -> Iterator[Applying]:
    """The rules whose conditions hold; of the other candidates, why they do not."""
    for planned in candidates(plan, sight):
        rule = planned.rule
        if not _is_on(rule, sight):
            continue
        if rule.when is not None and not rule.when.holds(sight):
            failing = rule.when.first_failing(sight) or rule.when
            not_applied.append(explaining.refusal(planned, failing, "earning.condition_failed"))
            continue
        chosen = None if rule.lines is None else _chosen(rule.lines, basket, sight)
        if chosen == ():
            not_applied.append(explaining.refusal(planned, rule.lines, "earning.no_such_goods"))
            continue
        yield planned, chosen


def _is_on(rule: EarningRule, sight: Sight) -> bool:
    if rule.from_day is None and rule.until_day is None:
        return True
    today = sight.at.date()
    return not ((rule.from_day and today < rule.from_day) or (rule.until_day and today > rule.until_day))


def _chosen(lines: Condition, basket: Basket, sight: Sight) -> tuple[int, ...]:
    chosen = []
    for place, line in enumerate(basket.lines):
        sight.line = line
        if lines.holds(sight):
            chosen.append(place)
    sight.line = None
    return tuple(chosen)


def _settle(terms: Programme, plan: Plan, applying: Sequence[Applying], basket: Basket, budgets: BudgetView) -> Settled:
    if plan.stopping_budgets and is_over(plan.stopping_budgets, budgets):
        return Settled(cut=[(planned, explaining.STOPPED) for planned, _ in applying])
    exacts = list(_exacts(terms, applying, basket))
    fired, too_little = [], []
    for (planned, chosen), exact in zip(applying, exacts, strict=True):
        points = 0 if exact is None else rounded(exact, terms.rounding)
        if exact is None or points == 0:
            too_little.append((planned, explaining.LESS_THAN_A_POINT))
            continue
        maximum = planned.rule.maximum_points
        fired.append(Fired(planned, exact, points if maximum is None else min(points, maximum), chosen))
        if maximum is not None and points > maximum:
            too_little.append((planned, Said("earning.cut_by_maximum", {"points": maximum, "of": points})))
    settled = settle(fired, terms.stacking, budgets)
    settled.cut = sorted([*settled.cut, *too_little], key=lambda cut: cut[0].place)
    return settled


def _exacts(terms: Programme, applying: Sequence[Applying], basket: Basket) -> Iterator[Exact | None]:
    """What each rule gives, in order; multipliers look at what the base rules give."""
    alone = [
        None if planned.is_multiplier else exact_of(terms, planned.rule, basket, chosen) for planned, chosen in applying
    ]
    base = [
        at_most(exact, planned.rule.maximum_points)
        for (planned, _), exact in zip(applying, alone, strict=True)
        if planned.is_base and exact is not None
    ]
    for (planned, chosen), exact in zip(applying, alone, strict=True):
        if planned.is_multiplier:
            yield multiplied(planned.rule, base, chosen) if base else None
        else:
            yield exact
