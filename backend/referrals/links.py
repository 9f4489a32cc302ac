"""Links that members and the marketer name, each counted apart; and what an opened link comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import choice
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.referrals import codes, queries
from backend.referrals.codes import CHANNEL_OWN, Origin
from backend.referrals.errors import TooManyLinks, UnknownReferralLink
from backend.referrals.models import ReferralCode, ReferralLink, ReferralVisit
from backend.referrals.own_codes import own_code
from backend.shared.ids import new_id

LINKS_MAXIMUM = 20
SLUG_LENGTH = 6


@dataclass(frozen=True, kw_only=True)
class NamedLink:
    """A named link as its owner sees it, with how many people opened it."""

    id: UUID
    slug: str
    label: str
    link: str
    visits: int
    created_at: datetime


def name_link(session: Session, *, member_id: UUID, label: str, at: datetime, public_url: str) -> NamedLink:
    """One more link of the member's; the same label again is the same link.

    Raises:
        TooManyLinks: the member has as many as one may have.
    """
    # The row of the own code keeps two of the member's requests apart.
    own_code(session, member_id=member_id, at=at)
    session.execute(
        select(ReferralCode.id).where(ReferralCode.member_id == member_id).with_for_update(key_share=True)
    ).all()
    living = _living(session, member_id)
    found = next((link for link in living if link.label.casefold() == label.casefold()), None)
    if found is None:
        if len(living) >= LINKS_MAXIMUM:
            raise TooManyLinks(maximum=LINKS_MAXIMUM)
        # A random name: what the link is for is its owner's own business, and no address tells it.
        slug = "".join(choice(codes.ALPHABET) for _ in range(SLUG_LENGTH)).lower()
        found = ReferralLink(id=new_id(), member_id=member_id, slug=slug, label=label, created_at=at)
        session.add(found)
        session.flush()
    return next(
        link for link in named_links(session, member_id=member_id, public_url=public_url) if link.id == found.id
    )


def named_links(session: Session, *, member_id: UUID, public_url: str) -> list[NamedLink]:
    """The member's named links, the newest first. They carry the chosen code where there is one."""
    code = queries.leading_code(session, member_id)
    if code is None:
        return []
    visits = _visits(session, member_id)
    return [
        NamedLink(
            id=link.id,
            slug=link.slug,
            label=link.label,
            link=codes.link(public_url, code, channel=CHANNEL_OWN, slug=link.slug),
            visits=visits.get(link.slug, 0),
            created_at=link.created_at,
        )
        for link in _living(session, member_id)
    ]


def end_link(session: Session, *, member_id: UUID, link_id: UUID, at: datetime) -> None:
    """The link is forgotten by name; wherever it stands, it still leads to the member, as a plain one.

    Raises:
        UnknownReferralLink: the member has no such link.
    """
    link = session.get(ReferralLink, link_id)
    if link is None or link.member_id != member_id or link.ended_at is not None:
        raise UnknownReferralLink
    link.ended_at = at
    session.flush()


def arrival(session: Session, member_id: UUID, *, channel: str, origin: Origin) -> tuple[str, Origin]:
    """The channel and origin that a link comes to: a name that the code's owner never gave is a plain link's."""
    if channel != CHANNEL_OWN:
        return channel, replace(origin, link_slug=None)
    known = origin.link_slug is not None and session.scalar(
        select(func.count()).where(
            ReferralLink.member_id == member_id,
            ReferralLink.slug == origin.link_slug,
            ReferralLink.ended_at.is_(None),
        )
    )
    return (channel, origin) if known else ("link", replace(origin, link_slug=None))


def _living(session: Session, member_id: UUID) -> list[ReferralLink]:
    return list(
        session.scalars(
            select(ReferralLink)
            .where(ReferralLink.member_id == member_id, ReferralLink.ended_at.is_(None))
            .order_by(ReferralLink.id.desc())
        )
    )


def _visits(session: Session, member_id: UUID) -> Mapping[str, int]:
    rows = session.execute(
        select(ReferralVisit.link_slug, func.sum(ReferralVisit.visits))
        .join(ReferralCode, ReferralCode.code == ReferralVisit.code)
        .where(ReferralCode.member_id == member_id, ReferralVisit.channel == CHANNEL_OWN)
        .group_by(ReferralVisit.link_slug)
    )
    return {slug: int(visits) for slug, visits in rows}
