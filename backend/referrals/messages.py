"""Telling both sides of a referral what became of it.

Messages keep who is meant, never a name: whoever reads one sees the first name as of then, or none.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger.events import AccrualReversed
from backend.notifications.service import NewMessage, tell
from backend.referrals.models import Referral
from backend.referrals.qualification import Decision
from backend.referrals.rewarding import NewReward
from backend.referrals.terms import ReferralTerms
from backend.shared.ids import new_id


def tell_joined(
    session: Session, *, referral_id: UUID, advocate_id: UUID, friend_id: UUID, terms: ReferralTerms
) -> None:
    """The advocate learns who came, the friend who invited; both, what it will bring."""
    both = [
        NewMessage(
            member_id=advocate_id,
            kind="referral_joined",
            facts={
                "friend": str(friend_id),
                "points": terms.advocate_points,
                "minimum": terms.minimum,
            },
            natural_key=f"referral:{referral_id}:joined:advocate",
        ),
        NewMessage(
            member_id=friend_id,
            kind="referral_joined_friend",
            facts={
                "advocate": str(advocate_id),
                "points": terms.friend_points,
                "minimum": terms.minimum,
            },
            natural_key=f"referral:{referral_id}:joined:friend",
        ),
    ]
    tell(session, [message for message in both if message.facts["points"]])


def tell_crowd(session: Session, *, advocate_id: UUID, friends: int, window_hours: int, day: date) -> None:
    """The advocate learns, once in a `day` of the shop, that the code is out in a crowd."""
    message = NewMessage(
        member_id=advocate_id,
        kind="referral_crowd",
        facts={"friends": friends, "window_hours": window_hours},
        natural_key=f"referral_crowd:{advocate_id}:{day.isoformat()}",
    )
    tell(session, [message])


def tell_decisions(
    session: Session, decisions: Sequence[Decision], points: Mapping[UUID, tuple[int, int]], *, terms: ReferralTerms
) -> None:
    """Both sides learn of a reward that is pending, of a hold or of a refusal, each with its reason. `points` are the
    advocate's and the friend's, by referral.
    """
    if not decisions:
        return
    told = []
    for decision in decisions:
        referral, verdict = decision.candidate.referral, decision.verdict
        facts: dict[str, Any]
        if verdict.outcome == "reward":
            stage = kind = "referral_pending" if terms.pending_days else "referral_rewarded_at_once"
            facts = {"available_at": terms.available_at(decision.candidate.at).isoformat()}
        else:
            stage, kind = verdict.outcome, verdict.reason_kind
            facts = dict(verdict.reason_facts)
        told += _for_both(
            referral.id,
            advocate_id=referral.advocate_id,
            friend_id=referral.friend_id,
            stage=stage,
            kind=kind,
            facts=facts,
            points=points[referral.id],
        )
    tell(session, told)


def tell_refused(session: Session, referral: Referral) -> None:
    """Both sides learn that a person has refused what was held, and why."""
    if referral.reason_kind is None:
        return
    told = _for_both(
        referral.id,
        advocate_id=referral.advocate_id,
        friend_id=referral.friend_id,
        stage="refused",
        kind=referral.reason_kind,
        facts=referral.reason_facts,
        points=(referral.advocate_points or 0, referral.friend_points or 0),
    )
    tell(session, told)


def tell_released(session: Session, released: Sequence[tuple[Referral, UUID, int]]) -> None:
    """Whoever's points became available learns it: (referral, whose points, how many)."""
    told = []
    for referral, member_id, points in released:
        side = "advocate" if member_id == referral.advocate_id else "friend"
        told.append(
            NewMessage(
                member_id=member_id,
                kind="referral_rewarded" if side == "advocate" else "referral_rewarded_friend",
                facts={"friend": str(referral.friend_id), "points": points},
                natural_key=f"referral:{referral.id}:rewarded:{side}",
            )
        )
    tell(session, told)


def tell_taken_back(session: Session, referral: Referral, *, points: int) -> None:
    """The advocate learns why points were taken back. `referral` counts them already.

    The friend learns it from the return itself, which takes the purchase's own points too.
    """
    message = NewMessage(
        member_id=referral.advocate_id,
        kind="referral_reversed",
        facts={"friend": str(referral.friend_id), "points": -points},
        natural_key=f"referral:{referral.id}:taken_back:{referral.advocate_points_taken_back}",
    )
    tell(session, [message])


def tell_rewards(session: Session, rewards: Sequence[NewReward]) -> None:
    """Whoever got something besides the points of a first purchase learns what it is for. A share of each purchase is
    not told: it stands in the history.
    """
    told = [_told(row) for row in rewards if row.event != "every_purchase"]
    tell(session, [message for message in told if message is not None])


def tell_paid(
    session: Session, referral: Referral, rewards: Sequence[NewReward], *, available_at: datetime | None
) -> None:
    """Both sides learn that a person decided for them."""
    facts = {"friend": str(referral.friend_id)}
    kind = "referral_paid"
    if available_at is not None:
        kind, facts = "referral_paid_pending", facts | {"available_at": available_at.isoformat()}
    told = [
        NewMessage(
            member_id=row.member_id,
            kind=kind if row.side == "advocate" else f"{kind}_friend",
            facts={**facts, "points": row.points},
            natural_key=f"referral:{referral.id}:paid:{row.side}",
        )
        for row in rewards
    ]
    tell(session, told)


def tell_reward_taken_back(session: Session, event: AccrualReversed, *, side: str) -> None:
    """Whoever got something for a friend's purchase that came back learns it; the friend, from the return itself."""
    if side == "friend":
        return
    message = NewMessage(
        member_id=event.member_id,
        kind="referral_reward_reversed",
        facts={"points": -event.points},
        natural_key=f"referral:{event.referral_id}:taken_back:{event.transaction_id}:{new_id()}",
    )
    tell(session, [message])


def _told(row: NewReward) -> NewMessage | None:
    what = {"kind": row.wording, "facts": row.facts}
    facts: dict[str, Any] = {"what": what}
    if row.state == "not_given":
        kind, facts = "referral_coupon_missing", facts | {"coupon": row.facts["coupon_title"]}
    elif row.order_id is not None:
        kind, facts = "referral_coupon", facts | {"coupon": row.facts["coupon_title"]}
    elif row.transaction_id is not None:
        kind, facts = "referral_reward", facts | {"points": row.points, "available_at": row.facts["available_at"]}
    else:
        return None
    return NewMessage(
        member_id=row.member_id, kind=kind, facts=facts, natural_key=f"referral_reward:{row.id}:{row.transaction_id}"
    )


def _for_both(
    referral_id: UUID,
    *,
    advocate_id: UUID,
    friend_id: UUID,
    stage: str,
    kind: str,
    facts: Mapping[str, Any],
    points: tuple[int, int],
) -> list[NewMessage]:
    sides = (("advocate", advocate_id, kind, points[0]), ("friend", friend_id, f"{kind}_friend", points[1]))
    return [
        NewMessage(
            member_id=member_id,
            kind=kind_of_side,
            facts={**facts, "friend": str(friend_id), "points": points_of_side},
            natural_key=f"referral:{referral_id}:{stage}:{side}",
        )
        for side, member_id, kind_of_side, points_of_side in sides
        if points_of_side
    ]
