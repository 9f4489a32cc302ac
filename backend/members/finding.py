"""Finding members for staff: by what a person says of themselves, and what staff sees of whoever is found.

Contacts are masked; whoever needs them in full asks `contacts`, and the caller writes down who asked and why. Names are
sealed with each member's own key, so that nobody can be found by a name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.members import addresses, queries
from backend.members.cards import resolve_codes
from backend.members.enrolment import member_of_address
from backend.members.errors import UnknownMember
from backend.members.models import Member, MemberContact
from backend.shared.errors import Invalid
from backend.shared.schemas import EXTERNAL_ID


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundMember:
    """A member as staff sees them by default: nothing by which a stranger could reach or recognise the person."""

    id: UUID
    label: str
    first_name: str | None
    card_masked: str
    phone_masked: str | None
    email_masked: str | None
    locale: str
    zone: str
    external_id: str | None
    source: str
    joined_at: datetime
    erased_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contacts:
    """A member's personal data in full."""

    name: str | None
    card_number: str
    phone: str | None
    email: str | None


def find(session: Session, text: str) -> UUID | None:
    """The member meant by what was typed or scanned: a phone in any notation, an e-mail address, a card's number or
    code, the id in another system, or Molva's own; None where there is none.
    """
    text = text.strip()
    (resolution,) = resolve_codes(session, [text])
    if resolution is not None:
        return resolution.member_id
    return _by_own_id(session, text) or _by_email(session, text) or _by_external_id(session, text)


def found(session: Session, member_ids: Collection[UUID]) -> dict[UUID, FoundMember]:
    """These members as staff sees them, erased ones too."""
    members = session.scalars(
        select(Member).where(Member.id.in_(member_ids)).execution_options(populate_existing=True)
    ).all()
    labels = queries.labels(session, [member.id for member in members])
    masked = _masked_contacts(session, members)
    return {
        member.id: FoundMember(
            id=member.id,
            label=labels[member.id].label,
            first_name=labels[member.id].first_name,
            card_masked=labels[member.id].card_masked,
            phone_masked=masked.get((member.id, "phone")),
            email_masked=masked.get((member.id, "email")),
            locale=member.locale,
            zone=member.zone,
            external_id=member.external_id,
            source=member.source,
            joined_at=member.joined_at,
            erased_at=member.erased_at,
        )
        for member in members
    }


def found_one(session: Session, member_id: UUID) -> FoundMember:
    """One member as staff sees them, also an erased one.

    Raises:
        UnknownMember: there never was such a member.
    """
    member = found(session, [member_id]).get(member_id)
    if member is None:
        raise UnknownMember
    return member


def newest(session: Session, *, before: UUID | None, limit: int) -> list[UUID]:
    """Those who joined last, from after the member `before`; at most `limit`."""
    statement = select(Member.id).order_by(Member.id.desc()).limit(limit)
    return list(session.scalars(statement if before is None else statement.where(Member.id < before)))


def contacts(session: Session, member_id: UUID) -> Contacts:
    """The member's name, card, phone and e-mail address in full.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    member, key = queries.living_member(session, member_id)
    return Contacts(
        name=key.open_text(member.name_ciphertext, place=queries.NAME_PLACE) if member.name_ciphertext else None,
        card_number=member.card_number,
        phone=queries.contact_addresses(session, [member_id], "phone").get(member_id),
        email=queries.contact_addresses(session, [member_id], "email").get(member_id),
    )


def _masked_contacts(session: Session, members: Collection[Member]) -> dict[tuple[UUID, str], str]:
    keys = queries.member_keys(session, [member.id for member in members])
    rows = session.execute(
        select(MemberContact.id, MemberContact.member_id, MemberContact.kind, MemberContact.ciphertext).where(
            MemberContact.member_id.in_(list(keys))
        )
    )
    return {
        (member_id, kind): addresses.masked(
            kind, keys[member_id].open_text(ciphertext, place=queries.contact_place(contact_id))
        )
        for contact_id, member_id, kind, ciphertext in rows
    }


def _by_own_id(session: Session, text: str) -> UUID | None:
    try:
        member_id = UUID(text)
    except ValueError:
        return None
    return session.scalar(select(Member.id).where(Member.id == member_id))


def _by_email(session: Session, text: str) -> UUID | None:
    if "@" not in text:
        return None
    try:
        return member_of_address(session, address=addresses.parse_email(text))
    except Invalid:
        return None


def _by_external_id(session: Session, text: str) -> UUID | None:
    if not EXTERNAL_ID.fullmatch(text):
        return None
    return session.scalar(select(Member.id).where(Member.external_id == text))
