"""What became of each referral and receipt of the stories: read from the database when all is over."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.stories.story import Story, Truth


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A referral (`found_by` its friend's id), a receipt (by its own id), a spending of points (known at once) or a
    cashier (by the account's id, or what stands for it), with the label that its story gives it.
    """

    story: str
    subject_kind: str
    truth: Truth
    found_by: UUID | None = None
    refused_by: str | None = None
    """The rule that stood in the way of a spending."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A subject and its end.

    `fate`: `paid` (points were given), `held` (waits for a person), `refused` (by a screening rule), `terms` (by the
    programme's own terms, the cap and the least purchase), `taken_back` (at least half of the points), `open` (nothing
    was bought that decides), `not_bound` (nobody was named the advocate). `spoke` has the rules that said hold or
    reject, whatever their mode, with what they said; `asked` all that were asked. `has_case` says that
    it waits at the desk.
    """

    story: str
    kind: str
    subject_kind: str
    truth: Truth
    fate: str
    reason: str
    spoke: Mapping[str, str]
    asked: frozenset[str]
    has_case: bool
    points: int

    @property
    def caught(self) -> bool:
        """Whether the points were kept from it, for now or for good."""
        return self.fate in {"held", "refused", "taken_back", "not_bound"}


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """What rules said of a subject: who was asked, what was said that did not allow, and the part of it that acted."""

    asked: frozenset[str] = frozenset()
    spoke: Mapping[str, str] = field(default_factory=dict)
    acted: Mapping[str, str] = field(default_factory=dict)


Told = list[Outcome]

NEVER_KEPT_IN_FAVOUR: Mapping[str, frozenset[str]] = {
    "receipt": frozenset({"receipts_per_card_day", "receipts_per_card_till_hour", "own_shift"}),
    "cashier": frozenset({"cashier_outlier"}),
    "spending": frozenset({"new_device_pause"}),
}
"""Rules that are asked of every one of these and keep only what they say against it."""

_TERMS = {"referral_refused_cap", "referral_refused_below_minimum"}

_REFERRALS = """
SELECT friend_id, id, status, coalesce(reason_kind, ''), coalesce(advocate_points, 0) + coalesce(friend_points, 0),
       advocate_points_taken_back + friend_points_taken_back
  FROM referrals
"""
_RULINGS = """
SELECT subject_id, array_agg(rule), jsonb_object_agg(rule, outcome) FILTER (WHERE outcome <> 'allow'),
       jsonb_object_agg(rule, outcome) FILTER (WHERE outcome <> 'allow' AND mode = 'active')
  FROM screening_rulings GROUP BY subject_id
"""
_OPEN_CASES = "SELECT subject_id FROM screening_cases WHERE state = 'open'"


def outcomes(session: Session, stories: Sequence[Story], subjects: Sequence[Subject]) -> Told:
    """The end of every subject, in the order in which they came."""
    kinds = {story.name: story.kind for story in stories}
    referrals = {row[0]: row[1:] for row in session.execute(text(_REFERRALS))}
    rulings = {
        subject_id: Ruled(asked=frozenset(asked), spoke=spoke or {}, acted=acted or {})
        for subject_id, asked, spoke, acted in session.execute(text(_RULINGS))
    }
    cases = set(session.scalars(text(_OPEN_CASES)))
    return [
        _outcome(subject, kinds.get(subject.story, subject.story), referrals, rulings, cases) for subject in subjects
    ]


def _outcome(
    subject: Subject,
    kind: str,
    referrals: Mapping[UUID, Sequence[object]],
    rulings: Mapping[UUID, Ruled],
    cases: Set[UUID],
) -> Outcome:
    subject_id, fate, reason, points = subject.found_by or UUID(int=0), "paid", "", 0
    if subject.subject_kind == "referral":
        subject_id, fate, reason, points = _of_referral(referrals.get(subject_id))
    ruled = rulings.get(subject_id, Ruled())
    if subject.refused_by is not None:
        ruled = Ruled(spoke={subject.refused_by: "reject"}, acted={subject.refused_by: "reject"})
    if subject.subject_kind in NEVER_KEPT_IN_FAVOUR:
        ruled = replace(ruled, asked=NEVER_KEPT_IN_FAVOUR[subject.subject_kind])
        fate = "refused" if "reject" in ruled.acted.values() else "held" if subject_id in cases else "paid"
    return Outcome(
        story=subject.story,
        kind=kind,
        subject_kind=subject.subject_kind,
        truth=subject.truth,
        fate=fate,
        reason=reason,
        spoke=ruled.spoke,
        asked=ruled.asked,
        has_case=subject_id in cases,
        points=points,
    )


def _of_referral(row: Sequence[object] | None) -> tuple[UUID, str, str, int]:
    """Of which id rulings speak, the fate, the reason, and the points that both sides have in the end."""
    if row is None:
        return UUID(int=0), "not_bound", "", 0
    id_, status, reason, given, taken_back = row
    assert isinstance(id_, UUID)
    assert isinstance(given, int)
    assert isinstance(taken_back, int)
    fate = {"joined": "open", "qualified": "held", "reversed": "taken_back"}.get(str(status), "paid")
    if status == "rejected":
        fate = "terms" if reason in _TERMS else "refused"
    if fate == "paid" and taken_back * 2 >= given:
        fate = "taken_back"
    paid = given - taken_back if fate in {"paid", "taken_back"} else 0
    return id_, fate, str(reason), paid
