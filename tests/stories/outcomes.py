"""What became of each referral and receipt of the stories: read from the database when all is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    reject, whatever their mode, with what they said; `asked` all that were asked.
    """

    story: str
    kind: str
    subject_kind: str
    truth: Truth
    fate: str
    reason: str
    spoke: Mapping[str, str]
    asked: frozenset[str]
    points: int

    @property
    def caught(self) -> bool:
        """Whether the points were kept from it, for now or for good."""
        return self.fate in {"held", "refused", "taken_back", "not_bound"}


Told = list[Outcome]
Ruled = tuple[frozenset[str], Mapping[str, str]]
"""The rules that were asked of a subject, and what those of them said that did not allow."""

NOT_ASKED: Ruled = (frozenset(), {})
NEVER_KEPT_IN_FAVOUR: Mapping[str, frozenset[str]] = {
    "receipt": frozenset({"receipts_per_card_day", "receipts_per_card_till_hour", "own_shift"}),
    "cashier": frozenset({"cashier_outlier"}),
}
"""Rules that are asked of every one of these and keep only what they say against it."""
SPENDING_RULES = frozenset({"new_device_pause"})

_TERMS = {"referral_refused_cap", "referral_refused_below_minimum"}

_REFERRALS = """
SELECT friend_id, id, status, coalesce(reason_kind, ''), coalesce(advocate_points, 0) + coalesce(friend_points, 0),
       advocate_points_taken_back + friend_points_taken_back
  FROM referrals
"""
_RULINGS = """
SELECT subject_id, array_agg(rule), jsonb_object_agg(rule, outcome) FILTER (WHERE outcome <> 'allow')
  FROM screening_rulings GROUP BY subject_id
"""


def outcomes(session: Session, stories: Sequence[Story], subjects: Sequence[Subject]) -> Told:
    """The end of every subject, in the order in which they came."""
    kinds = {story.name: story.kind for story in stories}
    referrals = {row[0]: row[1:] for row in session.execute(text(_REFERRALS))}
    rulings = {
        subject_id: (frozenset(asked), spoke or {}) for subject_id, asked, spoke in session.execute(text(_RULINGS))
    }
    return [_outcome(subject, kinds.get(subject.story, subject.story), referrals, rulings) for subject in subjects]


def _outcome(
    subject: Subject, kind: str, referrals: Mapping[UUID, Sequence[object]], rulings: Mapping[UUID, Ruled]
) -> Outcome:
    found_by, reason, points = subject.found_by or UUID(int=0), "", 0
    if subject.subject_kind == "referral":
        referral_id, fate, reason, points = _of_referral(referrals.get(found_by))
        asked, spoke = rulings.get(referral_id, NOT_ASKED)
    elif subject.subject_kind in NEVER_KEPT_IN_FAVOUR:
        asked, spoke = NEVER_KEPT_IN_FAVOUR[subject.subject_kind], rulings.get(found_by, NOT_ASKED)[1]
        fate = "refused" if "reject" in spoke.values() else "held" if spoke else "paid"
    else:
        asked, spoke = SPENDING_RULES, {subject.refused_by: "reject"} if subject.refused_by else {}
        fate = "refused" if spoke else "paid"
    return Outcome(
        story=subject.story,
        kind=kind,
        subject_kind=subject.subject_kind,
        truth=subject.truth,
        fate=fate,
        reason=reason,
        spoke=spoke,
        asked=asked,
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
