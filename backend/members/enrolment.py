"""Becoming a member: by one's own sign-in, at a till by phone number, or by the thousand from an import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.members import queries
from backend.members.addresses import Address, home_region, parse_phone
from backend.members.card_number import new_card_number
from backend.members.events import MemberJoined, MembersJoined
from backend.members.models import Member, MemberContact
from backend.members.personal_data import MemberKey, personal_data
from backend.members.sign_in_codes import contact_lookup, contact_mark
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shared.events import publish
from backend.shared.ids import new_id
from backend.shops.queries import the_shop

ONE_MEMBER_PER_CONTACT = "uq_member_contacts_lookup_hmac"


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """Whose address it is, and whether they became a member just now."""

    member_id: UUID
    new: bool


def member_of_address(session: Session, *, address: Address) -> UUID | None:
    """Whose phone or mailbox this is."""
    return queries.member_of_contact(session, contact_lookup(address))


def enrol_by_phone(session: Session, *, phone: str, locale: str, source: str = "till") -> Enrolment:
    """The member with this phone, who is made one if nobody has it. That the phone is theirs is not proven yet.

    Raises:
        Invalid: on the field `phone`.
    """
    zone = the_shop(session).zone
    address = parse_phone(phone, region=home_region(zone))
    return enrol_by_address(session, address=address, locale=locale, zone=zone, source=source, verified=False)


def enrol_by_address(
    session: Session,
    *,
    address: Address,
    locale: str,
    zone: str,
    source: str,
    verified: bool,
    name: str | None = None,
) -> Enrolment:
    """The member with this address, who is made one if nobody has it.

    `verified` says that the person has just proven to receive messages there; it is kept with the address. `name` is
    given to a new member, or to one who has none.
    """
    member_id = member_of_address(session, address=address)
    if member_id is not None:
        _complete(session, member_id=member_id, address=address, verified=verified, name=name)
        return Enrolment(member_id=member_id, new=False)
    try:
        with session.begin_nested():
            member_id = _join(session, address=address, locale=locale, zone=zone, source=source, verified=verified)
    except IntegrityError as error:
        if not says_taken(error):
            raise
        # Somebody else, say the till, enrolled the same address in the same moment and was first.
        return enrol_by_address(
            session, address=address, locale=locale, zone=zone, source=source, verified=verified, name=name
        )
    if name:
        name_member(session, member_id=member_id, name=name)
    publish(session, MemberJoined(member_id=member_id, joined_at=business_now()))
    return Enrolment(member_id=member_id, new=True)


def says_taken(error: IntegrityError) -> bool:
    """Whether a write failed because somebody else was given the same address meanwhile."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) == ONE_MEMBER_PER_CONTACT


def enrol_external(
    session: Session,
    *,
    external_ids: Sequence[str],
    joined_at: datetime | Mapping[str, datetime],
    locale: str,
    zone: str,
    source: str = "import",
) -> dict[str, UUID]:
    """The members with these identifiers of another system; whoever is missing is made one, without a contact.

    `joined_at` is one moment for all, or one for each identifier. Thousands at once take two statements.
    """
    # Sorted, so that two imports that share customers wait for each other instead of deadlocking.
    wanted = sorted(set(external_ids))
    found = _with_external_ids(session, wanted)
    missing = [external_id for external_id in wanted if external_id not in found]
    if not missing:
        return found
    moments = [joined_at if isinstance(joined_at, datetime) else joined_at[external_id] for external_id in missing]
    made = _insert_members(session, external_ids=missing, moments=moments, locale=locale, zone=zone, source=source)
    found |= made
    if made:
        publish(session, MembersJoined(member_ids=tuple(made.values())))
    if len(found) < len(wanted):
        # Another import made some of them meanwhile, or (once in a long while) a card number was taken.
        found |= enrol_external(
            session, external_ids=wanted, joined_at=joined_at, locale=locale, zone=zone, source=source
        )
    return found


def name_member(session: Session, *, member_id: UUID, name: str | None) -> None:
    """Gives the member a name, or takes it away."""
    keys = queries.member_keys(session, [member_id])
    sealed = keys[member_id].seal_text(name, place=queries.NAME_PLACE) if name else None
    session.execute(update(Member).where(Member.id == member_id).values(name_ciphertext=sealed))


def _join(session: Session, *, address: Address, locale: str, zone: str, source: str, verified: bool) -> UUID:
    made: dict[Any, UUID] = {}
    while not made:
        made = _insert_members(
            session, external_ids=[None], moments=[business_now()], locale=locale, zone=zone, source=source
        )
    (member_id,) = made.values()
    add_contact(
        session,
        member_id=member_id,
        key=queries.member_keys(session, [member_id])[member_id],
        address=address,
        verified=verified,
    )
    return member_id


def add_contact(session: Session, *, member_id: UUID, key: MemberKey, address: Address, verified: bool) -> None:
    """Gives the member an address."""
    contact_id, now = new_id(), system_now()
    session.add(
        MemberContact(
            id=contact_id,
            member_id=member_id,
            kind=address.kind,
            lookup_hmac=contact_lookup(address),
            mark_hmac=contact_mark(address),
            ciphertext=key.seal_text(address.value, place=queries.contact_place(contact_id)),
            created_at=now,
            verified_at=now if verified else None,
        )
    )
    session.flush()


def _complete(session: Session, *, member_id: UUID, address: Address, verified: bool, name: str | None) -> None:
    """What is new about somebody who is a member already."""
    if verified:
        session.execute(
            update(MemberContact)
            .where(MemberContact.lookup_hmac == contact_lookup(address), MemberContact.verified_at.is_(None))
            .values(verified_at=system_now())
        )
    if name and queries.labels(session, [member_id])[member_id].first_name is None:
        name_member(session, member_id=member_id, name=name)


_INSERT_MEMBERS = """
INSERT INTO members (id, external_id, card_number, joined_at, key_ciphertext, locale, zone, source)
SELECT id, external_id, card_number, joined_at, key_ciphertext, %(locale)s, %(zone)s, %(source)s
FROM unnest(%(ids)s::uuid[], %(external_ids)s::text[], %(card_numbers)s::text[], %(moments)s::timestamptz[],
            %(keys)s::bytea[]) AS new (id, external_id, card_number, joined_at, key_ciphertext)
ON CONFLICT DO NOTHING
RETURNING external_id, id
"""


def _insert_members(
    session: Session,
    *,
    external_ids: Sequence[str | None],
    moments: Sequence[datetime],
    locale: str,
    zone: str,
    source: str,
) -> dict[Any, UUID]:
    """New members by external id; an identifier or a card number that is taken makes none."""
    ids = [new_id() for _ in external_ids]
    keys = personal_data()
    rows = driver_connection(session).execute(
        _INSERT_MEMBERS,
        {
            "ids": ids,
            "external_ids": list(external_ids),
            "card_numbers": [new_card_number() for _ in external_ids],
            "moments": list(moments),
            "keys": [keys.new_member_key(member_id).key_ciphertext for member_id in ids],
            "locale": locale,
            "zone": zone,
            "source": source,
        },
        prepare=True,
    )
    return dict(rows.fetchall())


def _with_external_ids(session: Session, external_ids: Sequence[str]) -> dict[str, UUID]:
    rows = driver_connection(session).execute(
        "SELECT external_id, id FROM members WHERE external_id = ANY(%s)", (list(external_ids),), prepare=True
    )
    return dict(rows.fetchall())
