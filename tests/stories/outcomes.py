"""What became of each referral and receipt of the stories: read from the database when all is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.stories.story import Story, Truth


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A referral (`found_by` its friend's id), a receipt (by its own id) or a spending of points (known at once), with
    the label that its story gives it.
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
    was bought that decides), `not_bound` (nobody was named the advocate). `spoke` are the rules that said hold or
    reject, whatever their mode; `asked` all that were asked.
    """

    story: str
    kind: str
    subject_kind: str
    truth: Truth
    fate: str
    reason: str
    spoke: frozenset[str]
    asked: frozenset[str]
    points: int

    @property
    def caught(self) -> bool:
        """Whether the points were kept from it, for now or for good."""
        return self.fate in {"held", "refused", "taken_back", "not_bound"}


Told = list[Outcome]
Ruled = tuple[frozenset[str], frozenset[str]]
"""The rules that were asked of a subject, and those of them that said hold or reject."""

SPENDING_RULES = frozenset({"new_device_pause"})

_TERMS = {"referral_refused_cap", "referral_refused_below_minimum"}

_REFERRALS = """
SELECT friend_id, id, status, coalesce(reason_kind, ''), coalesce(advocate_points, 0) + coalesce(friend_points, 0),
       advocate_points_taken_back + friend_points_taken_back
  FROM referrals
"""
_RULINGS = """
SELECT subject_id, array_agg(DISTINCT rule), array_agg(DISTINCT rule) FILTER (WHERE outcome <> 'allow')
  FROM screening_rulings GROUP BY subject_id
"""


def outcomes(session: Session, stories: Sequence[Story], subjects: Sequence[Subject]) -> Told:
    """The end of every subject, in the order in which they came."""
    kinds = {story.name: story.kind for story in stories}
    referrals = {row[0]: row[1:] for row in session.execute(text(_REFERRALS))}
    rulings = {
        subject_id: (frozenset(asked), frozenset(spoke or ()))
        for subject_id, asked, spoke in session.execute(text(_RULINGS))
    }
    return [_outcome(subject, kinds[subject.story], referrals, rulings) for subject in subjects]


def _outcome(
    subject: Subject, kind: str, referrals: Mapping[UUID, Sequence[object]], rulings: Mapping[UUID, Ruled]
) -> Outcome:
    ruled_of, fate, reason, points = subject.found_by, "paid", "", 0
    asked, spoke = SPENDING_RULES, frozenset[str]()
    if subject.subject_kind == "spending":
        fate, spoke = ("refused", frozenset([subject.refused_by])) if subject.refused_by else ("paid", spoke)
    else:
        if subject.subject_kind == "referral":
            ruled_of, fate, reason, points = _of_referral(referrals.get(subject.found_by or UUID(int=0)))
        asked, spoke = rulings.get(ruled_of or UUID(int=0), (frozenset(), frozenset()))
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


def _of_referral(row: Sequence[object] | None) -> tuple[UUID | None, str, str, int]:
    """Of which id rulings speak, the fate, the reason, and the points that both sides have in the end."""
    if row is None:
        return None, "not_bound", "", 0
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
