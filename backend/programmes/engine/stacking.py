"""How what rules give goes together: stack by stack, within maxima and budgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.programmes.engine.budgeting import BudgetView, grant
from backend.programmes.engine.exact import Exact
from backend.programmes.engine.plan import PlannedRule
from backend.programmes.programme import BASE_STACK, Stack
from backend.shared.wording import Said

SUM = Stack()


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that applies: what it gives exactly, and in whole points within its own maximum."""

    planned: PlannedRule
    exact: Exact
    points: int
    chosen: tuple[int, ...] | None
    """The places in the basket of the lines that it looks at; None for all."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule gave in the end, and of which budgets."""

    fired: Fired
    points: int
    budgets: dict[str, int]


@dataclass(slots=True)
class Settled:
    """What rules gave, and why some gave less or nothing; in the document's order."""

    given: list[Given] = field(default_factory=list)
    cut: list[tuple[PlannedRule, Said]] = field(default_factory=list)


def settle(fired: Sequence[Fired], stacks: Mapping[str, Stack], budgets: BudgetView) -> Settled:
    """Goes through the stacks: the base first, then the others in the order of their first rules."""
    by_stack: dict[str, list[Fired]] = {BASE_STACK: []}
    for one in fired:
        by_stack.setdefault(one.planned.rule.stack, []).append(one)
    settled = Settled()
    for name, rules in by_stack.items():
        stack = stacks.get(name, SUM)
        if stack.policy == "sum":
            _sum(rules, stack, budgets, settled)
        else:
            _one_of(sorted(rules, key=_best if stack.policy == "best" else _first), stack, budgets, settled)
    settled.given.sort(key=lambda given: given.fired.planned.place)
    settled.cut.sort(key=lambda cut: cut[0].place)
    return settled


def _best(fired: Fired) -> tuple[int, int]:
    return -fired.points, fired.planned.place


def _first(fired: Fired) -> tuple[int, int]:
    return -fired.planned.rule.priority, fired.planned.place


def _sum(rules: Sequence[Fired], stack: Stack, budgets: BudgetView, settled: Settled) -> None:
    room = stack.maximum_points
    for fired in rules:
        points = _give(fired, room, budgets, settled)
        if room is not None:
            room -= points


def _one_of(rules: Sequence[Fired], stack: Stack, budgets: BudgetView, settled: Settled) -> None:
    """The first of these that gives something; one that a budget leaves nothing lets the next one try."""
    winner: Fired | None = None
    for fired in rules:
        if winner is None:
            if _give(fired, stack.maximum_points, budgets, settled):
                winner = fired
        elif fired.points:
            kind = "earning.lost_to_better" if stack.policy == "best" else "earning.lost_to_earlier"
            settled.cut.append((fired.planned, Said(kind, {"winner": winner.planned.title})))


def _give(fired: Fired, room: int | None, budgets: BudgetView, settled: Settled) -> int:
    points = fired.points if room is None else min(fired.points, room)
    if points < fired.points:
        settled.cut.append((fired.planned, Said("earning.cut_by_stack", {"points": points, "of": fired.points})))
    if points == 0:
        return 0
    granted = grant(points, fired.planned.budgets, budgets)
    if granted.reason is not None:
        settled.cut.append((fired.planned, granted.reason))
    if granted.points:
        settled.given.append(Given(fired, granted.points, granted.taken))
    return granted.points
