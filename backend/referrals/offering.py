"""What inviting brings, in words: the plan as somebody who invites reads it, the milestones, and what each friend has
brought so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.conditions.words import in_words
from backend.programmes.programme import Programme
from backend.programmes.referral import ReferralReward
from backend.referrals.plan_statements import BROUGHT_BY_FRIENDS, QUALIFIED_FRIENDS
from backend.referrals.wordings import (
    AT_MOST_POINTS,
    AT_MOST_TIMES,
    COUPON,
    FRIENDS_BROUGHT,
    ONLY_IF,
    PLAN,
    POINTS,
    SHARE,
    WITHIN_DAYS,
)
from backend.shared.db import driver_connection
from backend.shared.wording import Reader, render_text, render_title


@dataclass(frozen=True, kw_only=True)
class PlannedReward:
    """A sentence about one reward of the plan."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """So many `friends` bring a reward; `reached` of them have made their first purchase so far."""

    reward: str
    title: str
    friends: int
    reached: int
    is_reached: bool
    points: int | None
    coupon: str | None


@dataclass(frozen=True, kw_only=True)
class BroughtReward:
    """What a friend brought the reader by one reward. `points` are less what was taken back; None for a coupon.

    `status`: `pending`, `given`, `withheld` (a person looks at it first), `refused`, `taken_back` or `not_given`.
    """

    points: int | None
    text: str
    status: str
    at: datetime


def plan_in_words(programme: Programme | None, *, reader: Reader) -> list[PlannedReward]:
    """What inviting brings by this programme, a sentence a reward, to whoever invites."""
    if programme is None or programme.referral is None:
        return []
    minimum = {"amount_minor": programme.referral.minimum_receipt_minor, "currency": programme.currency}
    return [PlannedReward(text=_sentence(programme, one, minimum, reader)) for one in programme.referral.plan]


def milestones(session: Session, programme: Programme | None, *, member_id: UUID, reader: Reader) -> list[Milestone]:
    """The milestones of this programme, the nearest first, and how far the member has come."""
    plan = programme.referral.rewards if programme is not None and programme.referral is not None else ()
    wanted = sorted((one for one in plan if one.on == "milestone"), key=lambda one: one.friends or 0)
    if programme is None or not wanted:
        return []
    row = driver_connection(session).execute(QUALIFIED_FRIENDS, {"advocate_id": member_id}).fetchone()
    reached = row[0] if row else 0
    return [
        Milestone(
            reward=one.reward,
            title=_title(one, reader),
            friends=one.friends or 0,
            reached=reached,
            is_reached=reached >= (one.friends or 0),
            points=one.points,
            coupon=_coupon(programme, one, reader),
        )
        for one in wanted
    ]


def brought(
    session: Session, *, member_id: UUID, referral_ids: Sequence[UUID], at: datetime, reader: Reader
) -> dict[UUID, list[BroughtReward]]:
    """What each of these friends brought the member, in order of time; shares of purchases stand together."""
    found: dict[UUID, list[BroughtReward]] = {referral_id: [] for referral_id in referral_ids}
    rows = driver_connection(session).execute(
        BROUGHT_BY_FRIENDS, {"member_id": member_id, "ids": list(referral_ids), "at": at}, prepare=True
    )
    for referral_id, wording, status, facts, points, last_at in rows:
        text = render_title(wording, facts, reader)
        found[referral_id].append(BroughtReward(points=points, text=text, status=status, at=last_at))
    return found


def _sentence(programme: Programme, reward: ReferralReward, minimum: dict[str, Any], reader: Reader) -> str:
    facts: dict[str, Any] = {"what": _what(programme, reward, reader), "minimum": minimum}
    facts |= {"number": reward.number, "friends": reward.friends}
    facts["spent"] = {"amount_minor": reward.from_minor or 0, "currency": programme.currency}
    parts = [render_text(PLAN[f"{reward.on}_{reward.to}"], facts, reader)]
    if reward.when is not None:
        parts.append(render_text(ONLY_IF, {"condition": in_words(reward.when, reader.locale)}, reader))
    if reward.within_days is not None:
        parts.append(render_text(WITHIN_DAYS, {"days": reward.within_days}, reader))
    if reward.cap is not None:
        text = AT_MOST_POINTS if reward.cap.points is not None else AT_MOST_TIMES
        cap = {"points": reward.cap.points, "times": reward.cap.times, "days": reward.cap.window_days}
        parts.append(render_text(text, cap, reader))
    return " ".join(parts)


def _what(programme: Programme, reward: ReferralReward, reader: Reader) -> str:
    coupon = _coupon(programme, reward, reader)
    if coupon is not None:
        return render_text(COUPON, {"title": coupon}, reader)
    if reward.rate_basis_points is not None:
        return render_text(SHARE, {"rate": reward.rate_basis_points}, reader)
    return render_text(POINTS, {"points": reward.points}, reader)


def _coupon(programme: Programme, reward: ReferralReward, reader: Reader) -> str | None:
    coupon = programme.reward(reward.coupon) if reward.coupon is not None else None
    return coupon.title[reader.locale] if coupon else None


def _title(reward: ReferralReward, reader: Reader) -> str:
    if reward.title is not None:
        return reward.title[reader.locale]
    return render_text(FRIENDS_BROUGHT, {"friends": reward.friends}, reader)
