"""A member's own data: read, changed, and at last erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.members import addresses, queries
from backend.members.consents import TEXT_VERSION, ConsentChange
from backend.members.enrolment import name_member
from backend.members.errors import UnknownMember
from backend.members.events import MemberChanged, MemberErased, ProfileFilled
from backend.members.models import CardKey, Device, Member, MemberContact
from backend.members.tokens import forget_families
from backend.shared.clock import system_now
from backend.shared.db import driver_connection
from backend.shared.events import publish

ADDRESS_PLACE = "consents.address_ciphertext"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentState:
    """A member's newest word on one purpose in one channel."""

    purpose: str
    channel: str
    given: bool
    given_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A member as they see themselves; contacts are masked, for they are shown on a screen."""

    id: UUID
    name: str | None
    card_number: str
    locale: str
    zone: str
    phone_masked: str | None
    email_masked: str | None
    joined_at: datetime
    consents: list[ConsentState]
    birthday: str | None = None
    """Month and day, `MM-DD`."""

    @property
    def is_filled(self) -> bool:
        """Whether there is a name, a birthday, and a phone or an e-mail address."""
        return bool(self.name and self.birthday and (self.phone_masked or self.email_masked))


class Unchanged:
    """Stands for a field that is not to be changed."""


UNCHANGED = Unchanged()


def profile(session: Session, *, member_id: UUID) -> Profile:
    """The member's own data.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    member, key = queries.living_member(session, member_id)
    contacts = {
        kind: addresses.masked(kind, key.open_text(ciphertext, place=queries.contact_place(contact_id)))
        for contact_id, kind, ciphertext in session.execute(
            select(MemberContact.id, MemberContact.kind, MemberContact.ciphertext).where(
                MemberContact.member_id == member_id
            )
        )
    }
    name = key.open_text(member.name_ciphertext, place=queries.NAME_PLACE) if member.name_ciphertext else None
    return Profile(
        id=member.id,
        name=name,
        card_number=member.card_number,
        locale=member.locale,
        zone=member.zone,
        phone_masked=contacts.get("phone"),
        email_masked=contacts.get("email"),
        joined_at=member.joined_at,
        consents=consent_states(session, member_id=member_id),
        birthday=member.birthday,
    )


def change_profile(
    session: Session,
    *,
    member_id: UUID,
    name: str | None | Unchanged = UNCHANGED,
    locale: str | Unchanged = UNCHANGED,
    zone: str | Unchanged = UNCHANGED,
    birthday: str | None | Unchanged = UNCHANGED,
    consents: Sequence[ConsentChange] = (),
    network_address: str | None = None,
) -> Profile:
    """The member's data after the change; a name of None takes the name away, and so does a birthday of None.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    lock(session, member_id)
    if not isinstance(name, Unchanged):
        name_member(session, member_id=member_id, name=name)
    facts: dict[str, Any] = {
        field: value
        for field, value in (("locale", locale), ("zone", zone), ("birthday", birthday))
        if not isinstance(value, Unchanged)
    }
    if facts:
        session.execute(update(Member).where(Member.id == member_id).values(**facts))
        publish(session, MemberChanged(member_id=member_id))
    record_consents(session, member_id=member_id, changes=consents, network_address=network_address)
    changed = profile(session, member_id=member_id)
    if changed.is_filled and not (isinstance(name, Unchanged) and isinstance(birthday, Unchanged)):
        publish(session, ProfileFilled(member_id=member_id))
    return changed


def consent_states(session: Session, *, member_id: UUID) -> list[ConsentState]:
    """The member's newest word on everything they were ever asked and answered."""
    rows = driver_connection(session).execute(
        """
        SELECT DISTINCT ON (purpose, channel) purpose, channel, given, recorded_at FROM consents
        WHERE member_id = %s ORDER BY purpose, channel, revision DESC
        """,
        (member_id,),
        prepare=True,
    )
    return [
        ConsentState(purpose=purpose, channel=channel, given=given, given_at=recorded_at)
        for purpose, channel, given, recorded_at in rows
    ]


_APPEND_CONSENTS = """
INSERT INTO consents (member_id, purpose, channel, revision, given, text_version, recorded_at, address_ciphertext)
SELECT %(member_id)s, new.purpose, new.channel, coalesce(newest.revision, 0) + 1, new.given, %(text_version)s, %(now)s,
       %(address_ciphertext)s
FROM unnest(%(purposes)s::text[], %(channels)s::text[], %(given)s::boolean[]) AS new (purpose, channel, given)
LEFT JOIN LATERAL (
    SELECT revision, given, text_version FROM consents
    WHERE consents.member_id = %(member_id)s AND consents.purpose = new.purpose AND consents.channel = new.channel
    ORDER BY revision DESC LIMIT 1
) AS newest ON true
WHERE coalesce(newest.given, false) IS DISTINCT FROM new.given
   OR (new.given AND newest.text_version IS DISTINCT FROM %(text_version)s)
"""


def record_consents(
    session: Session, *, member_id: UUID, changes: Sequence[ConsentChange], network_address: str | None
) -> None:
    """Adds to the log what a person agreed to or took back, with the version of the words, the time and the address.

    What changes nothing adds nothing.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    if not changes:
        return
    lock(session, member_id)
    key = queries.member_keys(session, [member_id])[member_id]
    driver_connection(session).execute(
        _APPEND_CONSENTS,
        {
            "member_id": member_id,
            "purposes": [change.purpose for change in changes],
            "channels": [change.channel for change in changes],
            "given": [change.given for change in changes],
            "text_version": TEXT_VERSION,
            "now": system_now(),
            "address_ciphertext": key.seal_text(network_address, place=ADDRESS_PLACE) if network_address else None,
        },
    )
    publish(session, MemberChanged(member_id=member_id))


def erase(session: Session, *, member_id: UUID) -> None:
    """Makes the member nobody: contacts, name, devices, sessions and card keys go, the key to the rest is destroyed.

    The id, the card number and the books stay. The person may join anew, as somebody new.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    lock(session, member_id)
    given = [state for state in consent_states(session, member_id=member_id) if state.given]
    withdrawn = [ConsentChange(purpose=state.purpose, channel=state.channel, given=False) for state in given]
    record_consents(session, member_id=member_id, changes=withdrawn, network_address=None)
    for table in (MemberContact, Device, CardKey):
        session.execute(delete(table).where(table.member_id == member_id))
    forget_families(session, member_id=member_id)
    session.execute(
        update(Member)
        .where(Member.id == member_id)
        .values(name_ciphertext=None, external_id=None, key_ciphertext=None, birthday=None, erased_at=system_now())
    )
    publish(session, MemberErased(member_id=member_id))


def lock(session: Session, member_id: UUID) -> None:
    """Changes of one member wait for each other."""
    found = session.execute(
        select(Member.id).where(Member.id == member_id, Member.erased_at.is_(None)).with_for_update(key_share=True)
    ).first()
    if found is None:
        raise UnknownMember
