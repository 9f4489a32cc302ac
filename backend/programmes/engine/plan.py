"""The plan of a programme: its rules, found by what must be there for them to apply. Built once a programme.

A rule whose condition can hold only for certain goods, segments, tiers, stores, regions or days stands in the buckets
of those values; the others are looked at for every receipt. So a receipt meets the rules that may concern it, however
many there are.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from backend.programmes.conditions.condition import Sight
from backend.programmes.engine.earned import NotApplied
from backend.programmes.programme import BASE_STACK, Budget, EarningRule, Programme, Rounding
from backend.shared.i18n import LOCALES

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NO_TIER = "none"


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A rule at its place in the document, with what judging it needs at hand."""

    place: int
    rule: EarningRule
    title: dict[str, str]
    budgets: tuple[Budget, ...]
    is_multiplier: bool
    is_base: bool
    """Whether multipliers multiply what it gives: goods bring it. Points once a receipt stay what they are."""
    refusals: dict[str, NotApplied] = field(default_factory=dict)
    """What is said where one of its conditions does not hold, by the condition's text; made when it is first needed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of a programme, and how they are found."""

    rules: tuple[PlannedRule, ...]
    always: tuple[PlannedRule, ...]
    """Those that nothing narrows."""
    by_value: Mapping[str, Mapping[str, tuple[int, ...]]]
    """Places of the others, by what narrows them and its values."""
    plain: PlannedRule | None
    """The only rule, where it is a plain rate and nothing else has a say."""
    stopping_budgets: tuple[str, ...]
    """Those at whose end all earning stops."""


def plan_of(programme: Programme) -> Plan:
    """The programme's plan, kept on it."""
    plan: Plan | None = vars(programme).get("_plan")
    if plan is None:
        plan = vars(programme)["_plan"] = _plan(programme)
    return plan


def candidates(plan: Plan, sight: Sight) -> Sequence[PlannedRule]:
    """The rules that may apply to what is seen, in the document's order."""
    places: set[int] = set()
    for name, buckets in plan.by_value.items():
        for value in _VALUES[name](sight):
            places.update(buckets.get(value, ()))
    if not places:
        return plan.always
    places.update(planned.place for planned in plan.always)
    return [plan.rules[place] for place in sorted(places)]


def name_of(rule: EarningRule) -> dict[str, str]:
    """How a rule is called in explanations: its title, or its name where it has none."""
    if rule.title is not None:
        return rule.title
    return dict.fromkeys(LOCALES, rule.rule.replace("_", " "))


def _plan(programme: Programme) -> Plan:
    rules = tuple(
        PlannedRule(
            place=place,
            rule=rule,
            title=name_of(rule),
            budgets=programme.budgets_of(rule.rule),
            is_multiplier=rule.multiplier_basis_points is not None,
            is_base=rule.stack == BASE_STACK and rule.multiplier_basis_points is None and rule.points is None,
        )
        for place, rule in enumerate(programme.earning)
    )
    always: list[PlannedRule] = []
    by_value: dict[str, dict[str, list[int]]] = {}
    for planned in rules:
        anchor = planned.rule.narrowing.anchor
        if anchor is None:
            always.append(planned)
            continue
        name, values = anchor
        for value in values:
            by_value.setdefault(name, {}).setdefault(value, []).append(planned.place)
    return Plan(
        rules=rules,
        always=tuple(always),
        by_value={name: {value: tuple(places) for value, places in found.items()} for name, found in by_value.items()},
        plain=rules[0] if _is_plain(programme) else None,
        stopping_budgets=tuple(budget.budget for budget in programme.budgets if budget.at_end == "stop"),
    )


def _is_plain(programme: Programme) -> bool:
    return (
        len(programme.earning) == 1
        and programme.earning[0].is_plain_rate
        and programme.rounding == Rounding()
        and not programme.budgets
        and not programme.variant
    )


_VALUES: dict[str, Callable[[Sight], Collection[str]]] = {
    "sku": lambda sight: {line.sku for line in sight.receipt.lines} if sight.receipt else (),
    "category": lambda sight: {line.category or "" for line in sight.receipt.lines} if sight.receipt else (),
    "segment": lambda sight: sight.member.segments,
    "tier": lambda sight: (sight.member.tier or NO_TIER,),
    "store": lambda sight: (sight.store.code,),
    "region": lambda sight: (sight.store.region,),
    "weekday": lambda sight: (WEEKDAYS[sight.at.weekday()],),
}
