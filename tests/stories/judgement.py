"""How well the rules judged: precision and recall of each rule, and what became of each kind of story; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.stories.outcomes import Outcome


@dataclass(frozen=True, kw_only=True)
class RuleScore:
    """What one rule said of all that it was asked about.

    `right` counts the frauds of which it said hold or reject; `held` and `refused`, the honest ones of which it said
    so. `meant_for` counts the frauds that it is made against and was asked about; `seen`, those among them of which it
    spoke.
    """

    rule: str
    asked: int
    right: int
    held: int
    refused: int
    meant_for: int
    seen: int

    @property
    def precision(self) -> float | None:
        """Of what it spoke against, the share that was fraud; None where it never spoke."""
        return _share(self.right, self.right + self.held + self.refused)

    @property
    def recall(self) -> float | None:
        """Of the frauds that it is made against, the share that it saw; None where there were none."""
        return _share(self.seen, self.meant_for)


@dataclass(frozen=True, kw_only=True)
class KindScore:
    """What became of the labelled subjects of one kind of story: how many ended in which fate."""

    kind: str
    subject_kind: str
    truth: str
    subjects: int
    fates: Mapping[str, int]
    caught: int
    points: int

    @property
    def caught_share(self) -> float:
        """Of fraud, recall; of honest people, how many were troubled."""
        return self.caught / self.subjects


def score_rules(told: Sequence[Outcome], *, meant_for: Mapping[str, Iterable[str]]) -> list[RuleScore]:
    """A score for every rule that was asked; `meant_for` names for each kind of story the rules against it."""
    asked, right, held, refused = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    meant, seen = Counter[str](), Counter[str]()
    for outcome in told:
        asked.update(outcome.asked)
        if outcome.truth == "fraud":
            right.update(outcome.spoke.keys())
            against = outcome.asked & set(meant_for.get(outcome.kind, ()))
            meant.update(against)
            seen.update(against & outcome.spoke.keys())
        else:
            held.update(rule for rule, said in outcome.spoke.items() if said == "hold")
            refused.update(rule for rule, said in outcome.spoke.items() if said == "reject")
    return [
        RuleScore(
            rule=rule,
            asked=asked[rule],
            right=right[rule],
            held=held[rule],
            refused=refused[rule],
            meant_for=meant[rule],
            seen=seen[rule],
        )
        for rule in sorted(asked)
    ]


def score_kinds(told: Sequence[Outcome]) -> list[KindScore]:
    """A score for every kind of story, subject and label, in the order in which they were told."""
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in told:
        groups.setdefault((outcome.kind, outcome.subject_kind, outcome.truth), []).append(outcome)
    return [
        KindScore(
            kind=kind,
            subject_kind=subject_kind,
            truth=truth,
            subjects=len(group),
            fates=Counter(outcome.fate for outcome in group),
            caught=sum(outcome.caught for outcome in group),
            points=sum(outcome.points for outcome in group),
        )
        for (kind, subject_kind, truth), group in groups.items()
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
