"""The report of a replay: plain figures, each reckoned from what was counted; a mapping that JSON can hold.

Cost is what the points that were spent have paid, and what all that members still hold would pay, together with the
discounts; points that burnt or were taken back cost nothing. The break-even uplift says by how much turnover has to
grow, at the margin that is assumed, before the programme has earned its cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from backend.programmes.programme import Programme
from backend.replay.past import Past
from backend.replay.tally import Tally
from backend.replay.trial import NO_PROFILES, NO_SEGMENTS, Trial

BASIS_POINTS = 10_000
DECILES = 10
MEMBERS_NAMED = 10
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month: what happened to points in it, and what members hold at its end (points, and what they would pay)."""

    month: str
    given: int
    taken_back: int
    burnt: int
    spent: int
    outstanding: int
    liability_minor: int


@dataclass(frozen=True, slots=True)
class DecileLine:
    """A tenth of the members, ordered by points: from the least to the most."""

    decile: int
    members: int
    points: int
    points_from: int
    points_to: int
    share_basis_points: int


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What one rule did."""

    rule: str
    title: Mapping[str, str]
    receipts: int
    points: int
    share_basis_points: int


@dataclass(frozen=True, slots=True)
class SilentRule:
    """A rule that gave nothing."""

    rule: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TierLine:
    """How many members stand here at the end; an empty name is below the first tier."""

    tier: str
    title: Mapping[str, str]
    members: int


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A budget in one period; `points` is its size (a member's, where each has one), `used` what all took of it."""

    budget: str
    period_from: str | None
    scope: str
    points: int
    used: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one programme did."""

    programme: str
    title: Mapping[str, str]
    version: int
    point_value_minor: int
    points_given: int
    points_taken_back: int
    points_burnt: int
    points_spent: int
    points_forgiven: int
    points_owed: int
    points_outstanding: int
    members_with_points: int
    discounts_minor: int
    cost_minor: int
    cost_share_basis_points: int
    break_even_uplift_basis_points: int | None
    months: Sequence[MonthLine]
    deciles: Sequence[DecileLine]
    rules: Sequence[RuleLine]
    silent_rules: Sequence[SilentRule]
    """Rules that gave nothing."""
    tiers: Sequence[TierLine]
    budgets: Sequence[BudgetLine]
    segments_asked: Sequence[str]
    """Segments that its conditions name."""
    profile_asked: bool
    """Whether rules ask for birthday or language."""
    referrals_asked: bool


@dataclass(frozen=True, slots=True)
class MemberDifference:
    """A member under both programmes; worth is points and discounts in minor units."""

    member: str
    points: int
    points_against: int
    worth_minor: int
    """How much more than under the other."""


@dataclass(frozen=True, slots=True)
class Side:
    """Those who get more, or those who get less."""

    members: int
    worth_minor: int
    most: Sequence[MemberDifference]


@dataclass(frozen=True, slots=True)
class Difference:
    """The programme less the one that it is compared with."""

    points_given: int
    cost_minor: int
    cost_share_basis_points: int
    winners: Side
    losers: Side
    unchanged: int


@dataclass(frozen=True, slots=True)
class Report:
    """All that a replay says."""

    currency: str
    past: Mapping[str, Any]
    assumptions: Mapping[str, Any]
    outcome: Outcome
    against: Outcome | None
    difference: Difference | None

    def document(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        return asdict(self)


def make(past: Past, trials: Sequence[Trial], tallies: Sequence[Tally], *, margin_percent: int) -> Report:
    """The report of one programme, or of one against another: as many trials as tallies, one or two."""
    outcomes = [
        _outcome(trial.programme, tally, margin_percent=margin_percent)
        for trial, tally in zip(trials, tallies, strict=True)
    ]
    tally, trial = tallies[0], trials[0]
    return Report(
        currency=trial.programme.currency,
        past={
            "name": past.name,
            "source": past.source,
            "zone": past.zone,
            "receipts": tally.receipts,
            "returns": tally.returns,
            "members": len(tally.members),
            "turnover_minor": tally.turnover_minor,
            "from_month": outcomes[0].months[0].month if outcomes[0].months else None,
            "until_month": outcomes[0].months[-1].month if outcomes[0].months else None,
            "left_out": dict(past.left_out)
            | ({"unmatched_return": tally.unmatched_returns} if tally.unmatched_returns else {}),
        },
        assumptions={
            "spending_share_percent": trial.spending_share_percent,
            "margin_percent": margin_percent,
            "segments_known": trial.segments is not NO_SEGMENTS,
            "profiles_known": trial.profiles is not NO_PROFILES,
        },
        outcome=outcomes[0],
        against=outcomes[1] if len(outcomes) > 1 else None,
        difference=_difference(trials, tallies, outcomes) if len(outcomes) > 1 else None,
    )


def _outcome(programme: Programme, tally: Tally, *, margin_percent: int) -> Outcome:
    months = _months(programme, tally)
    total = {
        name: sum(getattr(month, name) for month in tally.months.values())
        for name in ("given", "taken_back", "burnt", "spent", "forgiven", "change")
    }
    outstanding = total["change"] + tally.owed
    cost_minor = (total["spent"] + outstanding) * programme.point_value_minor + tally.discounts_minor
    margin_minor = tally.turnover_minor * margin_percent // 100
    fired = {rule.rule for rule in _rules(tally)}
    return Outcome(
        programme=programme.programme,
        title=programme.title,
        version=programme.version,
        point_value_minor=programme.point_value_minor,
        points_given=total["given"],
        points_taken_back=total["taken_back"],
        points_burnt=total["burnt"],
        points_spent=total["spent"],
        points_forgiven=total["forgiven"],
        points_owed=tally.owed,
        points_outstanding=outstanding,
        members_with_points=sum(1 for member in tally.members.values() if member.points > 0),
        discounts_minor=tally.discounts_minor,
        cost_minor=cost_minor,
        cost_share_basis_points=share(cost_minor, tally.turnover_minor),
        break_even_uplift_basis_points=share(cost_minor, margin_minor) if margin_minor else None,
        months=months,
        deciles=_deciles([member.points for member in tally.members.values()]),
        rules=_rules(tally),
        silent_rules=[one for one in _declared_rules(programme) if one.rule not in fired],
        tiers=_tiers(programme, tally),
        budgets=_budgets(programme, tally),
        segments_asked=sorted(programme.needs.segments),
        profile_asked=programme.needs.profile,
        referrals_asked=programme.needs.referrals,
    )


def _months(programme: Programme, tally: Tally) -> list[MonthLine]:
    lines, outstanding = [], 0
    numbers = range(min(tally.months), max(tally.months) + 1) if tally.months else ()
    for number in numbers:
        month = tally.months[number]
        outstanding += month.change
        lines.append(
            MonthLine(
                month=f"{number // MONTHS_A_YEAR:04}-{number % MONTHS_A_YEAR + 1:02}",
                given=month.given,
                taken_back=month.taken_back,
                burnt=month.burnt,
                spent=month.spent,
                outstanding=outstanding,
                liability_minor=outstanding * programme.point_value_minor,
            )
        )
    return lines


def _deciles(points: Sequence[int]) -> list[DecileLine]:
    ordered, total = sorted(points), sum(points)
    lines = []
    for place in range(DECILES):
        part = ordered[len(ordered) * place // DECILES : len(ordered) * (place + 1) // DECILES]
        if part:
            lines.append(DecileLine(place + 1, len(part), sum(part), part[0], part[-1], share(sum(part), total)))
    return lines


def _rules(tally: Tally) -> list[RuleLine]:
    total = sum(rule.points for rule in tally.rules.values())
    lines = [
        RuleLine(name, rule.title, rule.receipts, rule.points, share(rule.points, total))
        for name, rule in tally.rules.items()
        if rule.points
    ]
    return sorted(lines, key=lambda line: (-line.points, line.rule))


def _declared_rules(programme: Programme) -> list[SilentRule]:
    rules = [*programme.earning, *(rule for terms in programme.terms for rule in terms.programme.earning)]
    return list({rule.rule: SilentRule(rule.rule, rule.title or {}) for rule in rules}.values())


def _tiers(programme: Programme, tally: Tally) -> list[TierLine]:
    if programme.tiers is None:
        return []
    levels = [("", {}), *((level.tier, level.title) for level in programme.tiers.levels)]
    return [TierLine(tier, title, tally.tiers[tier]) for tier, title in levels]


def _budgets(programme: Programme, tally: Tally) -> list[BudgetLine]:
    lines = []
    for budget in programme.budgets:
        used = sorted((day, points) for (name, day), points in tally.budgets.items() if name == budget.budget)
        lines += [
            BudgetLine(
                budget.budget, None if budget.period == "all" else day.isoformat(), budget.scope, budget.points, points
            )
            for day, points in used
        ]
    return lines


def _difference(trials: Sequence[Trial], tallies: Sequence[Tally], outcomes: Sequence[Outcome]) -> Difference:
    of_one, of_other = tallies
    value, other_value = (trial.programme.point_value_minor for trial in trials)
    changes = []
    for member, one in of_one.members.items():
        other = of_other.members[member]
        worth_minor = one.points * value + one.discount_minor - other.points * other_value - other.discount_minor
        if worth_minor:
            changes.append(MemberDifference(member, one.points, other.points, worth_minor))
    changes.sort(key=lambda change: (change.worth_minor, change.member))
    losers = [change for change in changes if change.worth_minor < 0]
    winners = changes[len(losers) :][::-1]
    return Difference(
        points_given=outcomes[0].points_given - outcomes[1].points_given,
        cost_minor=outcomes[0].cost_minor - outcomes[1].cost_minor,
        cost_share_basis_points=outcomes[0].cost_share_basis_points - outcomes[1].cost_share_basis_points,
        winners=_side(winners),
        losers=_side(losers),
        unchanged=len(of_one.members) - len(changes),
    )


def _side(changes: Sequence[MemberDifference]) -> Side:
    return Side(len(changes), sum(change.worth_minor for change in changes), changes[:MEMBERS_NAMED])


def share(part: int, whole: int) -> int:
    """A share in basis points, to the nearest; of nothing it is nothing."""
    return (2 * part * BASIS_POINTS + whole) // (2 * whole) if whole else 0
