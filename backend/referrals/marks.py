"""What friend and advocate have in common besides an invitation: contacts, devices, the chain they came by."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.referrals.facts import Marks, OpenReferral
from backend.referrals.rules import ACCOUNTS_PER_DEVICE
from backend.referrals.statements import ROOTS
from backend.referrals.terms import ReferralTerms
from backend.screening.email_domains import is_disposable
from backend.shared.db import driver_connection

EVER = datetime(1970, 1, 1, tzinfo=UTC)


def gather_marks(
    session: Session, referrals: Collection[OpenReferral], *, at: datetime, terms: ReferralTerms
) -> dict[UUID, Marks]:
    """The marks of these referrals, by referral; a fixed number of statements for the whole batch."""
    if not referrals:
        return {}
    friend_ids = {referral.friend_id for referral in referrals}
    contacts = members.contact_marks(session, friend_ids | {referral.advocate_id for referral in referrals})
    only_disposable = _only_disposable_email(session, friend_ids)
    devices = members.device_marks(session, friend_ids)
    all_devices = {mark for marks in devices.values() for mark in marks}
    users = members.members_by_device(session, all_devices, since=EVER)
    window = timedelta(days=terms.limit(ACCOUNTS_PER_DEVICE, "window_days"))
    newcomers = members.members_by_device(session, all_devices, since=at - window)
    others = {
        friend_id: {user for mark in marks for user in users.get(mark, ())} - {friend_id}
        for friend_id, marks in devices.items()
    }
    roots = _roots(session, {one for friend_id, them in others.items() if them for one in (friend_id, *them)})
    return {
        referral.id: Marks(
            same_contact=_share(contacts, referral.friend_id, referral.advocate_id),
            same_device=referral.advocate_id in others.get(referral.friend_id, ()),
            only_disposable_email=referral.friend_id in only_disposable,
            accounts_on_device=max(
                (len(newcomers.get(mark, ())) for mark in devices.get(referral.friend_id, ())), default=0
            ),
            ring_shares_device=any(
                roots[other] == roots[referral.friend_id] for other in others.get(referral.friend_id, ())
            ),
        )
        for referral in referrals
    }


def _share(marks: Mapping[UUID, set[bytes]], one: UUID, other: UUID) -> bool:
    return not marks.get(one, set()).isdisjoint(marks.get(other, set()))


def _only_disposable_email(session: Session, member_ids: Collection[UUID]) -> set[UUID]:
    """Those who are reached by a temporary mailbox and by no phone."""
    disposable = {
        member_id
        for member_id, address in members.contact_addresses(session, member_ids, "email").items()
        if is_disposable(address)
    }
    return disposable - members.contact_addresses(session, disposable, "phone").keys() if disposable else set()


def _roots(session: Session, member_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Who stands at the beginning of each one's chain of invitations; oneself where nobody invited."""
    if not member_ids:
        return {}
    rows = driver_connection(session).execute(ROOTS, {"member_ids": list(member_ids)}, prepare=True)
    return dict(rows.fetchall())
