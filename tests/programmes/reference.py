"""What a receipt earns, reckoned the slow and obvious way: every rule, every line, in fractions; no plan, no scales.

It shares with the engine the programme and the conditions as they were read, and nothing that reckons.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from backend.programmes.conditions.condition import Condition
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts
from backend.programmes.programme import EarningRule, Programme
from backend.receipts.sale import SaleLine

Judge = Callable[[Condition, ReceiptFacts, MemberFacts, SaleLine | None], bool]


@dataclass
class Reckoned:
    """Points by rule, each line's share of what rules gave, and what is left of the budgets."""

    points: dict[str, int] = field(default_factory=dict)
    shares: dict[str, list[Fraction]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def reckon(
    programme: Programme, receipt: ReceiptFacts, member: MemberFacts, left: dict[str, int], *, judge: Judge
) -> Reckoned:
    """What every rule gives for this receipt."""
    for terms in programme.terms:
        if judge(terms.where, receipt, member, None):
            return reckon(terms.programme, receipt, member, left, judge=judge)
    reckoned = Reckoned(left=dict(left))
    stopping = [budget.budget for budget in programme.budgets if budget.at_end == "stop"]
    by_rule = _exact_by_rule(programme, receipt, member, judge)
    if any(left.get(name, 1) == 0 for name in stopping):
        return reckoned
    worth = {
        name: _whole_points(programme.rounding.direction, programme.rounding.per, lines)
        for name, lines in by_rule.items()
    }
    rules = {rule.rule: rule for rule in programme.earning}
    for name in worth:
        maximum = rules[name].maximum_points
        if maximum is not None:
            worth[name] = min(worth[name], maximum)
    stacks: list[str] = ["base"]
    for rule in programme.earning:
        if rule.rule in by_rule and rule.stack not in stacks and worth[rule.rule]:
            stacks.append(rule.stack)
    for stack in stacks:
        here = [rule for rule in programme.earning if rule.stack == stack and worth.get(rule.rule)]
        _settle(programme, stack, here, worth, reckoned)
    for name in reckoned.points:
        whole = sum(by_rule[name])
        reckoned.shares[name] = [share / whole for share in by_rule[name]]
    return reckoned


def _settle(programme: Programme, stack: str, rules: list[EarningRule], worth: dict[str, int], found: Reckoned) -> None:
    policy, room = "sum", None
    if stack in programme.stacking:
        policy, room = programme.stacking[stack].policy, programme.stacking[stack].maximum_points
    if policy == "best":
        rules = sorted(rules, key=lambda rule: worth[rule.rule], reverse=True)
    if policy == "first":
        rules = sorted(rules, key=lambda rule: rule.priority, reverse=True)
    given_in_stack = 0
    for rule in rules:
        points = worth[rule.rule]
        if room is not None:
            points = min(points, room - given_in_stack)
        points = _let_through(programme, rule, points, found.left)
        if points <= 0:
            continue
        found.points[rule.rule] = points
        given_in_stack += points
        if policy != "sum":
            return


def _let_through(programme: Programme, rule: EarningRule, points: int, left: dict[str, int]) -> int:
    concerned = [budget for budget in programme.budgets if not budget.rules or rule.rule in budget.rules]
    concerned.sort(key=lambda budget: (budget.scope != "member", budget.rules == ()))
    for budget in concerned:
        there = left.get(budget.budget, points)
        if there < points:
            points = 0 if budget.at_end == "skip" else there
    for budget in concerned:
        if budget.budget in left:
            left[budget.budget] -= points
    return points


def _exact_by_rule(
    programme: Programme, receipt: ReceiptFacts, member: MemberFacts, judge: Judge
) -> dict[str, list[Fraction]]:
    """What each rule that applies gives, line by line of the receipt."""
    share = _share_that_counts(programme, receipt)
    if not share:
        return {}
    applies = {rule.rule: _lines_of(programme, rule, receipt, member, judge) for rule in programme.earning}
    chosen = {name: lines for name, lines in applies.items() if any(lines)}
    found: dict[str, list[Fraction]] = {}
    for rule in programme.earning:
        if rule.rule in chosen and rule.multiplier_basis_points is None:
            lines = _alone(programme, rule, receipt, chosen[rule.rule], share)
            if sum(lines):
                found[rule.rule] = lines
    base = {
        rule.rule: _within(found[rule.rule], rule.maximum_points)
        for rule in programme.earning
        if rule.rule in found and rule.stack == "base" and rule.points is None
    }
    for rule in programme.earning:
        if rule.rule in chosen and rule.multiplier_basis_points is not None:
            more = Fraction(rule.multiplier_basis_points, 10_000) - 1
            lines = [
                more * sum(of_rule[place] for of_rule in base.values()) if meant else Fraction(0)
                for place, meant in enumerate(chosen[rule.rule])
            ]
            if sum(lines) > 0:
                found[rule.rule] = lines
    return found


def _lines_of(
    programme: Programme, rule: EarningRule, receipt: ReceiptFacts, member: MemberFacts, judge: Judge
) -> list[bool]:
    holds = _is_on(rule, receipt) and (rule.when is None or judge(rule.when, receipt, member, None))
    return [
        holds and _earns(programme, line) and (rule.lines is None or judge(rule.lines, receipt, member, line))
        for line in receipt.lines
    ]


def _alone(
    programme: Programme, rule: EarningRule, receipt: ReceiptFacts, chosen: list[bool], share: Fraction
) -> list[Fraction]:
    lines = [line if meant else None for line, meant in zip(receipt.lines, chosen, strict=True)]
    amounts = [Fraction(line.amount_minor) if line else Fraction(0) for line in lines]
    if rule.rate_basis_points is not None:
        return [amount * share * rule.rate_basis_points / 10_000 / programme.point_value_minor for amount in amounts]
    if rule.points_per_amount is not None:
        each = rule.points_per_amount
        return [amount * share * each.points / each.amount_minor for amount in amounts]
    if rule.points_per_item is not None:
        return [Fraction(line.quantity) * rule.points_per_item * share if line else Fraction(0) for line in lines]
    whole = sum(amounts)
    return [rule.points * amount / whole if whole else Fraction(0) for amount in amounts]


def _within(lines: list[Fraction], maximum: int | None) -> list[Fraction]:
    whole = sum(lines)
    return lines if maximum is None or whole <= maximum else [line * maximum / whole for line in lines]


def _share_that_counts(programme: Programme, receipt: ReceiptFacts) -> Fraction:
    """Of the goods that earn, which part was paid in a way that does; in whole minor units, rounded down."""
    goods = sum(line.amount_minor for line in receipt.lines if _earns(programme, line))
    kinds = programme.earning_exclusions.payment_kinds - {"points"}
    otherwise = sum(payment["amount"] for payment in receipt.payments if payment["kind"] in kinds)
    money = max(0, receipt.total_minor - receipt.paid_with_points_minor - otherwise)
    return Fraction(floor(Fraction(goods * money, receipt.total_minor)), goods) if goods else Fraction(0)


def _earns(programme: Programme, line: SaleLine) -> bool:
    return line.category != "gift-card" and line.category not in programme.earning_exclusions.categories


def _is_on(rule: EarningRule, receipt: ReceiptFacts) -> bool:
    day = receipt.occurred_at.date()
    return (rule.from_day is None or rule.from_day <= day) and (rule.until_day is None or day <= rule.until_day)


def _whole_points(direction: str, per: str, lines: list[Fraction]) -> int:
    whole = {"down": floor, "up": ceil, "nearest": lambda points: floor(points + Fraction(1, 2))}[direction]
    return sum(whole(line) for line in lines) if per == "line" else whole(sum(lines))
