"""A member who joined by themselves names, before the first purchase, who told them of the shop."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.members import queries as members
from backend.programmes import queries as programmes
from backend.receipts import queries as receipts
from backend.referrals import queries
from backend.referrals.codes import CHANNEL_TYPED, NO_ORIGIN, Origin
from backend.referrals.errors import HasBoughtBefore, InvitedAlready, NotForMembers, NotTheirFriend
from backend.referrals.service import bind, check_code
from backend.referrals.terms import ReferralTerms, terms_of


@dataclass(frozen=True, kw_only=True)
class NamedAdvocate:
    """Who is held to have invited a member, by first name if there is one, and what that brings."""

    label: str | None
    terms: ReferralTerms


def may_name_advocate(session: Session, *, member_id: UUID, terms: ReferralTerms | None) -> bool:
    """Whether the member could still name somebody: the programme lets members, and nothing was bound or bought yet."""
    if terms is None or not terms.members_may_be_invited:
        return False
    return queries.referral_of_friend(session, member_id) is None and not _has_bought(session, member_id)


def name_advocate(
    session: Session,
    *,
    member_id: UUID,
    code: str,
    at: datetime,
    channel: str = CHANNEL_TYPED,
    origin: Origin = NO_ORIGIN,
) -> NamedAdvocate:
    """Binds a member who has never bought to the code's owner, once, for ever. The same advocate again is no mistake.

    Raises:
        UnknownReferralCode: as `check_code`.
        NotForMembers: the programme binds newcomers alone.
        InvitedAlready, HasBoughtBefore, NotTheirFriend: they cannot be bound (any more).
    """
    programme = programmes.main_programme(session, at=at)
    terms = terms_of(programme) if programme else None
    if terms is None or not terms.members_may_be_invited:
        raise NotForMembers
    owner = check_code(session, code, at=at)
    label = members.labels(session, [owner.member_id])[owner.member_id].first_name
    # As the till locks whoever buys: a first purchase in this moment comes before or after, never beside.
    ledger.open_books(session, [member_id])
    earlier = queries.referral_of_friend(session, member_id)
    if earlier is not None and earlier.advocate_id != owner.member_id:
        raise InvitedAlready
    if earlier is None:
        if _has_bought(session, member_id):
            raise HasBoughtBefore
        if (
            bind(session, friend_id=member_id, code=owner.code, channel=channel, at=at, terms=terms, origin=origin)
            is None
        ):
            raise NotTheirFriend
    return NamedAdvocate(label=label, terms=terms)


def _has_bought(session: Session, member_id: UUID) -> bool:
    return bool(receipts.members_with_purchases(session, [member_id]))
