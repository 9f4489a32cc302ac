"""Reading codes and referrals."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from backend.referrals.facts import OpenReferral
from backend.referrals.models import Referral, ReferralCode, ReferralVisit
from backend.referrals.segment_attributes import FACTS
from backend.referrals.statements import FOLLOWED_FRIENDS, OPEN_FOR_FRIENDS, REWARDED_COUNTS
from backend.shared.attributes import SegmentFacts
from backend.shared.clock import business_now
from backend.shared.db import Promise, driver_connection


def open_for_friends(session: Session, friend_ids: Collection[UUID]) -> dict[UUID, OpenReferral]:
    """The open referrals of these members, by friend; one read of a small index for the whole batch.

    Ask before locking, lock the advocates together with the friends, then let `service.gather` look again under the
    locks: it leaves out what another batch has decided meanwhile.
    """
    session.flush()
    return ask_open_for_friends(session, friend_ids)()


def ask_open_for_friends(session: Session, friend_ids: Collection[UUID]) -> Promise[dict[UUID, OpenReferral]]:
    """`open_for_friends`, for `sent_together`."""
    return _ask_for_friends(session, OPEN_FOR_FRIENDS, friend_ids)


def ask_followed_friends(session: Session, friend_ids: Collection[UUID]) -> Promise[dict[UUID, OpenReferral]]:
    """The referrals of those among these members whose later purchases may bring something, by friend; for
    `sent_together`.
    """
    return _ask_for_friends(session, FOLLOWED_FRIENDS, friend_ids)


def _ask_for_friends(
    session: Session, statement: str, friend_ids: Collection[UUID]
) -> Promise[dict[UUID, OpenReferral]]:
    asked = driver_connection(session).execute(statement, (list(friend_ids),), prepare=True)
    return lambda: {
        friend_id: OpenReferral(
            id=id_,
            advocate_id=advocate_id,
            friend_id=friend_id,
            joined_at=joined_at,
            second_advocate_id=second_advocate_id,
            status=status,
        )
        for id_, advocate_id, friend_id, joined_at, second_advocate_id, status in asked
    }


def advocates_of(session: Session, member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who invited these members, by member; whoever came alone is left out."""
    rows = session.execute(select(Referral.friend_id, Referral.advocate_id).where(Referral.friend_id.in_(member_ids)))
    return {row.friend_id: row.advocate_id for row in rows}


def ask_rewarded_counts(session: Session, advocate_ids: Collection[UUID]) -> Promise[dict[UUID, int]]:
    """How many friends of these members were rewarded, for `sent_together`; who has none is left out."""
    asked = driver_connection(session).execute(REWARDED_COUNTS, (list(advocate_ids),), prepare=True)
    return lambda: dict(asked.fetchall())


def open_referral(referral: Referral) -> OpenReferral:
    """A referral as the pure functions see it, without whoever invited the advocate."""
    return OpenReferral(
        id=referral.id,
        advocate_id=referral.advocate_id,
        friend_id=referral.friend_id,
        joined_at=referral.joined_at,
        status=referral.status,
    )


def concerned_by(session: Session, friend_id: UUID) -> set[UUID]:
    """Whose points a purchase of this member may have brought besides the member's own: who invited the member, and who
    invited those.
    """
    advocate_id = advocates_of(session, [friend_id]).get(friend_id)
    return {advocate_id} | set(advocates_of(session, [advocate_id]).values()) if advocate_id else set()


def code_of(session: Session, member_id: UUID) -> str | None:
    """The member's own code; None while none was needed. `service.own_code` makes one."""
    return session.scalar(
        select(ReferralCode.code)
        .where(ReferralCode.member_id == member_id, ReferralCode.kind == "own")
        .where(or_(ReferralCode.ends_at.is_(None), ReferralCode.ends_at > business_now()))
        .order_by(ReferralCode.ends_at.desc().nulls_first())
        .limit(1)
    )


def chosen_code(session: Session, member_id: UUID) -> ReferralCode | None:
    """The code that the member chose and that leads to them; None where they chose none."""
    return session.scalar(
        select(ReferralCode).where(
            ReferralCode.member_id == member_id,
            ReferralCode.kind == "vanity",
            ReferralCode.ends_at.is_(None),
        )
    )


def leading_code(session: Session, member_id: UUID) -> str | None:
    """The code that a member's links carry: the chosen one, or else the own one. None while neither was needed."""
    chosen = chosen_code(session, member_id)
    return chosen.code if chosen is not None else code_of(session, member_id)


def replaced_at(session: Session, member_id: UUID) -> datetime | None:
    """When the member last asked for a fresh own code."""
    return session.scalar(
        select(func.max(ReferralCode.ends_at)).where(
            ReferralCode.member_id == member_id, ReferralCode.ended_reason == "asked"
        )
    )


def codes_of(session: Session, member_id: UUID) -> list[ReferralCode]:
    """All codes that lead or have led to the member, the newest first."""
    return list(
        session.scalars(
            select(ReferralCode)
            .where(ReferralCode.member_id == member_id)
            .order_by(ReferralCode.starts_at.desc(), ReferralCode.id.desc())
        )
    )


def find_code(session: Session, code: str) -> ReferralCode | None:
    """The code as it is kept (`codes.read_code`), whether or not it has ended."""
    return session.scalar(select(ReferralCode).where(ReferralCode.code == code))


def referral_of_friend(session: Session, friend_id: UUID) -> Referral | None:
    """By whom this member was invited."""
    return session.scalar(select(Referral).where(Referral.friend_id == friend_id))


def referrals_of_advocate(
    session: Session, advocate_id: UUID, *, before: UUID | None = None, limit: int
) -> list[Referral]:
    """Those whom this member invited, newest first, at most `limit` and one more where there are more."""
    statement = select(Referral).where(Referral.advocate_id == advocate_id)
    if before is not None:
        statement = statement.where(Referral.id < before)
    return list(session.scalars(statement.order_by(Referral.id.desc()).limit(limit + 1)))


def referrals_by_ids(session: Session, referral_ids: Sequence[UUID]) -> dict[UUID, Referral]:
    """These referrals as they are now, by id."""
    rows = session.scalars(
        select(Referral).where(Referral.id.in_(referral_ids)).execution_options(populate_existing=True)
    )
    return {referral.id: referral for referral in rows}


def visits_by_channel(session: Session, member_id: UUID) -> dict[str, int]:
    """How many people opened the member's link, by channel; never who."""
    rows = session.execute(
        select(ReferralVisit.channel, func.sum(ReferralVisit.visits))
        .join(ReferralCode, ReferralCode.code == ReferralVisit.code)
        .where(ReferralCode.member_id == member_id)
        .group_by(ReferralVisit.channel)
    )
    return {channel: int(visits) for channel, visits in rows}


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
