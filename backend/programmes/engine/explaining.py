"""How what a receipt earned is kept, so that it can be explained for ever: facts, never sentences.

The facts of an accrual name each rule with its points and what it reckoned, what did not apply and why, and how the
points go back with the goods.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from math import gcd, lcm
from typing import Any

from backend.programmes.conditions.condition import Condition
from backend.programmes.conditions.words import in_words
from backend.programmes.earning import (
    BASIS_POINTS,
    Award,
    Counted,
    available_at,
    expires_at,
    points_of_amount,
    prolonged_until,
)
from backend.programmes.engine.budgeting import Granted
from backend.programmes.engine.earned import Earned, NotApplied, RuleEarned
from backend.programmes.engine.exact import THOUSANDTHS, Basket, counted_of
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts
from backend.programmes.engine.plan import Plan, PlannedRule
from backend.programmes.engine.stacking import Given, Settled
from backend.programmes.programme import Action, Programme
from backend.shared.i18n import LOCALES
from backend.shared.wording import Said

NOT_APPLIED_MAXIMUM = 12
RULE_NAMES_MAXIMUM = 200
"""Characters: the names of an award's rules are part of its natural key, which an index has to hold."""
WEIGHT_MAXIMUM = 10**12
RULES_WORDING = "earning.rules"
STOPPED = Said("earning.stopped", {})
LESS_THAN_A_POINT = Said("earning.less_than_a_point", {})

Dates = tuple[datetime, datetime | None]
"""When points become available, and when they burn."""


def plain(programme: Programme, planned: PlannedRule, receipt: ReceiptFacts, what_counts: Counted) -> Earned:
    """What a receipt earns where the only rule is a share of what counts."""
    rate_basis_points = planned.rule.rate_basis_points or 0
    points = points_of_amount(
        what_counts.counted_minor,
        rate_basis_points=rate_basis_points,
        point_value_minor=programme.point_value_minor,
    )
    if points == 0:
        return Earned((), (), (), what_counts)
    available = available_at(programme, receipt.occurred_at)
    award = Award(
        rule=planned.rule.rule,
        points=points,
        available_at=available,
        expires_at=expires_at(programme, available, zone=receipt.shop_zone),
        wording="earning.receipt",
        facts={
            "store": receipt.store.name,
            "total": {"amount_minor": receipt.total_minor, "currency": programme.currency},
            "rate_basis_points": rate_basis_points,
            "points": points,
            "available_at": available.isoformat(),
        }
        | _left_out(programme, what_counts)
        | _prolonged(programme, receipt),
    )
    return Earned((award,), (RuleEarned(planned.rule.rule, planned.title, points),), (), what_counts)


def earned(
    programme: Programme,
    plan: Plan,
    receipt: ReceiptFacts,
    member: MemberFacts,
    what_counts: Counted,
    basket: Basket,
    settled: Settled,
    not_applied: Sequence[NotApplied],
    *,
    explained: bool,
) -> Earned:
    """What a receipt earns in the end, with the facts that explain it, or those alone that a return needs."""
    said = [NotApplied(planned.rule.rule, planned.title, reason) for planned, reason in settled.cut]
    said = [*said, *not_applied][:NOT_APPLIED_MAXIMUM]
    told = {given.fired.planned.rule.rule for given in settled.given} | {one.rule for one in said}
    others_count = len(plan.rules) - len(told)
    rules = tuple(_rule(given, receipt, basket) for given in settled.given)
    common = _common_facts(programme, receipt, member, what_counts) if explained else {}
    awards: list[Award] = []
    for (available, expires), of_dates in _by_dates(programme, settled.given, receipt):
        points = sum(given.points for given in of_dates)
        facts = _shares(programme, receipt, basket, of_dates)
        if explained:
            facts |= common | {
                "points": points,
                "available_at": available.isoformat(),
                "rules": [_given_fact(programme, given, basket) for given in of_dates],
            }
            if not awards:
                facts |= _not_applied_facts(said, others_count)
        names = [given.fired.planned.rule.rule for given in of_dates]
        awards.append(Award(_joined(names), points, available, expires, RULES_WORDING, facts))
    return Earned(tuple(awards), rules, tuple(said), what_counts, others_count)


def facts_of_nothing(
    programme: Programme, receipt: ReceiptFacts, member: MemberFacts, earned: Earned
) -> dict[str, Any]:
    """The facts that explain why a receipt earns nothing."""
    available = available_at(programme, receipt.occurred_at)
    return (
        _common_facts(programme, receipt, member, earned.counted)
        | {"points": 0, "available_at": available.isoformat(), "rules": []}
        | _not_applied_facts(earned.not_applied, earned.others_count)
    )


def refusal(planned: PlannedRule, condition: Condition | None, kind: str) -> NotApplied:
    """That a rule does not apply because this condition of it does not hold."""
    text = condition.text if condition is not None else ""
    known = planned.refusals.get(text)
    if known is None:
        reason = Said(kind, {"condition": _in_words(condition)})
        known = planned.refusals[text] = NotApplied(planned.rule.rule, planned.title, reason)
    return known


def action_facts(action: Action, granted: Granted, available: datetime) -> dict[str, Any]:
    """The facts of an accrual for something done."""
    facts: dict[str, Any] = {
        "action": action.action,
        "title": action.title,
        "points": granted.points,
        "available_at": available.isoformat(),
    }
    if granted.reason is not None:
        facts["not_applied"] = [{"title": action.title, "reason": _as_fact(granted.reason)}]
    if granted.taken:
        facts["budgets"] = granted.taken
    return facts


def _in_words(condition: Condition | None) -> dict[str, str]:
    return {locale: in_words(condition, locale) if condition is not None else "" for locale in LOCALES}


def _common_facts(
    programme: Programme, receipt: ReceiptFacts, member: MemberFacts, what_counts: Counted
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "store": receipt.store.name,
        "total": {"amount_minor": receipt.total_minor, "currency": programme.currency},
    }
    facts |= _left_out(programme, what_counts) | _prolonged(programme, receipt)
    if member.tier is not None:
        facts["tier"] = member.tier
    if member.segments:
        facts["segments"] = sorted(member.segments)
    if programme.variant:
        facts["terms"] = programme.variant
    return facts


def _left_out(programme: Programme, what_counts: Counted) -> dict[str, Any]:
    """What did not count, by reason, for the explanation; nothing where everything did."""
    reasons = {
        "gift_cards": what_counts.gift_cards_minor,
        "excluded_goods": what_counts.excluded_goods_minor,
        "paid_with_points": what_counts.paid_with_points_minor,
        "excluded_payments": what_counts.excluded_payments_minor,
    }
    left_out = {reason: -amount_minor for reason, amount_minor in reasons.items() if amount_minor}
    amounts = left_out | ({"counted": what_counts.counted_minor} if left_out else {})
    return {
        name: {"amount_minor": amount_minor, "currency": programme.currency} for name, amount_minor in amounts.items()
    }


def _prolonged(programme: Programme, receipt: ReceiptFacts) -> dict[str, Any]:
    until = prolonged_until(programme, receipt.occurred_at, zone=receipt.shop_zone)
    return {"prolonged_until": until.isoformat()} if until else {}


def _not_applied_facts(said: Iterable[NotApplied], others_count: int) -> dict[str, Any]:
    told = [{"title": one.title, "reason": _as_fact(one.reason)} for one in said]
    facts: dict[str, Any] = {"not_applied": told} if told else {}
    return facts | ({"others_count": others_count} if others_count else {})


def _as_fact(said: Said) -> dict[str, Any]:
    return {"kind": said.kind, "facts": dict(said.facts)}


def _given_fact(programme: Programme, given: Given, basket: Basket) -> dict[str, Any]:
    return {
        "title": given.fired.planned.title,
        "points": given.points,
        "what": _as_fact(_what(programme, given, basket)),
    }


def _what(programme: Programme, given: Given, basket: Basket) -> Said:
    """What a rule reckoned."""
    rule, chosen = given.fired.planned.rule, given.fired.chosen
    amount = {"amount_minor": counted_of(basket, chosen), "currency": programme.currency}
    if rule.rate_basis_points is not None:
        return Said("earning.by_rate", {"rate_basis_points": rule.rate_basis_points, "amount": amount})
    if rule.points_per_amount is not None:
        each = {"amount_minor": rule.points_per_amount.amount_minor, "currency": programme.currency}
        return Said("earning.by_amount", {"points": rule.points_per_amount.points, "each": each, "amount": amount})
    if rule.points_per_item is not None:
        quantity = f"{sum(given.fired.exact.weights) / THOUSANDTHS:g}"
        return Said("earning.by_item", {"points": rule.points_per_item, "quantity": quantity})
    if rule.multiplier_basis_points is not None:
        return Said(
            "earning.by_multiplier", {"times": f"{rule.multiplier_basis_points / BASIS_POINTS:g}", "amount": amount}
        )
    return Said("earning.by_receipt", {"points": rule.points or 0})


def _by_dates(
    programme: Programme, given: Iterable[Given], receipt: ReceiptFacts
) -> Iterable[tuple[Dates, list[Given]]]:
    """What was given, by when it becomes available and burns; the programme's own dates first."""
    usual = _dates(programme, None, receipt)
    found: dict[Dates, list[Given]] = {}
    for one in given:
        rule = one.fired.planned.rule
        dates = usual if rule.pending_days is None and rule.expiry is None else _dates(programme, one, receipt)
        found.setdefault(dates, []).append(one)
    return sorted(found.items(), key=lambda item: item[0] != usual)


def _dates(programme: Programme, given: Given | None, receipt: ReceiptFacts) -> Dates:
    rule = given.fired.planned.rule if given is not None else None
    pending_days = programme.pending_days if rule is None or rule.pending_days is None else rule.pending_days
    expiry = programme.expiry if rule is None or rule.expiry is None else rule.expiry
    available = receipt.occurred_at + timedelta(days=pending_days)
    return available, None if expiry is None else expiry.burns_at(available, zone=receipt.shop_zone)


def _rule(given: Given, receipt: ReceiptFacts, basket: Basket) -> RuleEarned:
    planned, weights = given.fired.planned, given.fired.exact.weights
    return RuleEarned(
        rule=planned.rule.rule,
        title=planned.title,
        points=given.points,
        stack=planned.rule.stack,
        weights=() if weights is basket.amounts else _by_position(weights, receipt, basket),
        budgets=given.budgets,
    )


def _shares(programme: Programme, receipt: ReceiptFacts, basket: Basket, given: Sequence[Given]) -> dict[str, Any]:
    """How an award goes back: by lines, where that is not simply by their amounts, and to which budgets."""
    facts: dict[str, Any] = {}
    # Other terms may exclude other goods, so that the amounts alone would not tell.
    if programme.variant or any(one.fired.exact.weights is not basket.amounts for one in given):
        facts["weights"] = _by_position(_together(given), receipt, basket)
    taken: dict[str, int] = {}
    for one in given:
        for budget, points in one.budgets.items():
            taken[budget] = taken.get(budget, 0) + points
    return facts | ({"budgets": taken} if taken else {})


def _together(given: Sequence[Given]) -> list[int]:
    """By line of the basket, what all of these gave."""
    sums = [sum(one.fired.exact.weights) for one in given]
    whole = lcm(*sums)
    scales = [one.points * (whole // own) for one, own in zip(given, sums, strict=True)]
    by_line = zip(*(one.fired.exact.weights for one in given), strict=True)
    return [sum(scale * weight for scale, weight in zip(scales, weights, strict=True)) for weights in by_line]


def _by_position(weights: Sequence[int], receipt: ReceiptFacts, basket: Basket) -> tuple[int, ...]:
    """Weights of the basket's lines as weights of the receipt's, in the smallest whole numbers that say the same."""
    divisor = reduce(gcd, weights) or 1
    excess = -(-max(weights) // (divisor * WEIGHT_MAXIMUM))
    placed = [0] * max(1, len(receipt.lines))
    for position, weight in zip(basket.positions, weights, strict=True):
        placed[position] = weight // (divisor * excess)
    return tuple(placed)


def _joined(names: Sequence[str]) -> str:
    """The names of an award's rules; beyond what a key may hold, the first of them and how many more."""
    joined = "+".join(names)
    if len(joined) <= RULE_NAMES_MAXIMUM:
        return joined
    kept = names[:2]
    return f"{'+'.join(kept)}+{len(names) - len(kept)}"
