"""Members by the thousand, known by what another system calls them or by their addresses; set-based throughout."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members.addresses import Address
from backend.members.card_number import new_card_number
from backend.members.events import MembersJoined
from backend.members.personal_data import personal_data
from backend.members.queries import contact_place
from backend.members.sign_in_codes import contact_lookup, contact_mark
from backend.shared.clock import business_now, system_now
from backend.shared.db import as_rows, driver_connection
from backend.shared.events import publish
from backend.shared.ids import new_id


class _SomebodyWasFaster(Exception):  # noqa: N818 - takes back what was written since the savepoint
    """An address or a card number was taken meanwhile."""


def members_of_external_ids(session: Session, external_ids: Collection[str]) -> dict[str, UUID]:
    """Who is known by these identifiers of another system; whoever is not known is left out."""
    rows = driver_connection(session).execute(
        "SELECT external_id, id FROM members WHERE external_id = ANY(%s)", (list(external_ids),), prepare=True
    )
    return dict(rows.fetchall())


def members_of_addresses(session: Session, addresses: Collection[Address]) -> dict[Address, UUID]:
    """Whose phones and mailboxes these are; whoever is not known is left out."""
    by_lookup = {contact_lookup(address): address for address in addresses}
    rows = driver_connection(session).execute(
        "SELECT lookup_hmac, member_id FROM member_contacts WHERE lookup_hmac = ANY(%s)",
        (list(by_lookup),),
        prepare=True,
    )
    return {by_lookup[bytes(lookup)]: member_id for lookup, member_id in rows}


# Whoever gets no contact is not made a member: somebody else enrolled the address in the same moment and was first.
_JOIN = """
WITH new AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(members)s) AS new (
        member_id uuid, card_number text, key_ciphertext bytea, contact_id uuid, kind text, lookup_hmac bytea,
        mark_hmac bytea, ciphertext bytea
    )
), joined AS (
    INSERT INTO members (id, card_number, joined_at, key_ciphertext, locale, zone, source)
    SELECT member_id, card_number, %(joined_at)s, key_ciphertext, %(locale)s, %(zone)s, %(source)s FROM new
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO member_contacts (id, member_id, kind, lookup_hmac, mark_hmac, ciphertext, created_at)
SELECT contact_id, member_id, kind, lookup_hmac, mark_hmac, ciphertext, %(created_at)s
FROM new JOIN joined ON joined.id = new.member_id
ON CONFLICT DO NOTHING
RETURNING member_id
"""


def enrol_addresses(
    session: Session, *, addresses: Collection[Address], locale: str, zone: str, source: str = "import"
) -> dict[Address, UUID]:
    """The members with these addresses; whoever is missing is made one. That the addresses are theirs is not proven."""
    wanted = set(addresses)
    found = members_of_addresses(session, wanted)
    while missing := sorted(wanted - found.keys(), key=lambda address: (address.kind, address.value)):
        # Sorted, so that two imports that share people wait for each other instead of deadlocking.
        rows = [_new_member(address) for address in missing]
        values = {
            "members": as_rows(rows),
            "joined_at": business_now(),
            "created_at": system_now(),
            "locale": locale,
            "zone": zone,
            "source": source,
        }
        with suppress(_SomebodyWasFaster), session.begin_nested():
            made = [row[0] for row in driver_connection(session).execute(_JOIN, values, prepare=True)]
            if len(made) < len(rows):
                raise _SomebodyWasFaster
            publish(session, MembersJoined(member_ids=tuple(made)))
        found = members_of_addresses(session, wanted)
    return found


def _new_member(address: Address) -> dict[str, Any]:
    member_id, contact_id = new_id(), new_id()
    key = personal_data().new_member_key(member_id)
    return {
        "member_id": member_id,
        "card_number": new_card_number(),
        "key_ciphertext": key.key_ciphertext,
        "contact_id": contact_id,
        "kind": address.kind,
        "lookup_hmac": contact_lookup(address),
        "mark_hmac": contact_mark(address),
        "ciphertext": key.key.seal_text(address.value, place=contact_place(contact_id)),
    }
