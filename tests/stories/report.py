"""The report in two tables: what each rule said, and what became of whom."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tests.stories.at_the_till import FRAUDS_AT_THE_TILL, HONEST_AT_THE_TILL
from tests.stories.corpus import FRAUDS, KINDS
from tests.stories.judgement import score_kinds, score_rules
from tests.stories.outcomes import Outcome
from tests.stories.telling import COLLEAGUES

MEANT_FOR = {kind: fraud.rules for kind, fraud in FRAUDS.items()}
AT_THE_TILL = HONEST_AT_THE_TILL.keys() | FRAUDS_AT_THE_TILL.keys()
ORDER = [*KINDS, COLLEAGUES]
FATES = ("paid", "held", "refused", "taken_back", "terms", "open", "not_bound")


def report(told: Sequence[Outcome], console: Console) -> None:
    """Prints the tables, and the sums of points."""
    console.print(_rules(told))
    console.print(_kinds([outcome for outcome in told if outcome.subject_kind == "referral"], "Referrals"))
    receipts = [outcome for outcome in told if outcome.subject_kind == "receipt"]
    told_of = {outcome.kind for outcome in receipts if outcome.truth == "fraud" or outcome.caught} | AT_THE_TILL
    console.print(_kinds([outcome for outcome in receipts if outcome.kind in told_of], "Receipts"))
    passed = sum(outcome.kind not in told_of for outcome in receipts)
    console.print(f"Besides, {passed} receipts in stories of friends, all of them let pass.")
    console.print(_kinds([outcome for outcome in told if outcome.subject_kind == "spending"], "Spending of points"))
    console.print(_kinds([outcome for outcome in told if outcome.subject_kind == "cashier"], "Cashiers, by the month"))
    for truth in ("honest", "fraud"):
        points = sum(outcome.points for outcome in told if outcome.truth == truth)
        console.print(f"Points that {truth} referrals have in the end: {points:,}")


def _rules(told: Sequence[Outcome]) -> Table:
    table = Table(title="Rules; recall is of the frauds that a rule is made against", title_justify="left")
    table.add_column("rule")
    for column in ("asked", "fraud seen", "honest held", "honest refused", "precision", "recall"):
        table.add_column(column, justify="right")
    for score in score_rules(told, meant_for=MEANT_FOR):
        recall = f"{_percent(score.recall)} ({score.seen} of {score.meant_for})" if score.meant_for else "–"
        table.add_row(
            score.rule,
            *(str(count) for count in (score.asked, score.right, score.held, score.refused)),
            _percent(score.precision),
            recall,
        )
    return table


def _kinds(told: Sequence[Outcome], title: str) -> Table:
    scores = sorted(score_kinds(told), key=lambda score: (ORDER.index(score.kind), score.truth))
    fates = [fate for fate in FATES if any(score.fates.get(fate) for score in scores)]
    table = Table(title=title, title_justify="left")
    table.add_column("kind of story", no_wrap=True)
    table.add_column("label")
    for column in ("all", *(fate.replace("_", " ") for fate in fates), "caught"):
        table.add_column(column, justify="right")
    for score in scores:
        counts = [str(score.fates.get(fate, 0) or "") for fate in fates]
        table.add_row(score.kind, score.truth, str(score.subjects), *counts, _percent(score.caught_share))
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"
