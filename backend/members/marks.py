"""Marks that two cards of one person share and two people seldom do: installations, payment cards, how they joined.

All are keyed hashes: they say that two are the same, and nothing else. For the fraud rules alone.
"""

import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members.personal_data import personal_data
from backend.shared.clock import system_now
from backend.shared.db import driver_connection

MarkKind = Literal["device", "payment"]

IPV4_NETWORK_BITS, IPV6_NETWORK_BITS = 24, 64

_NOTE_PAYMENTS = """
INSERT INTO payment_marks (member_id, mark, first_at)
SELECT DISTINCT ON (member_id, mark) *
  FROM unnest(%s::uuid[], %s::bytea[], %s::timestamptz[]) AS paid (member_id, mark, at)
 ORDER BY member_id, mark, at
ON CONFLICT DO NOTHING
"""
_NOTE_JOINING = """
INSERT INTO joining_marks (member_id, mark, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
# How the two kinds stand in one list.
_MARKS_OF = """
SELECT 'device', member_id, install_hmac, first_linked_at, last_linked_at FROM device_links
 WHERE member_id = ANY(%(ids)s)
UNION ALL
SELECT 'payment', member_id, mark, first_at, first_at FROM payment_marks WHERE member_id = ANY(%(ids)s)
"""
# Of a device or card in very many hands, those who came last are read.
_SHARING = """
SELECT asked.kind, used.* FROM unnest(%(kinds)s::text[], %(values)s::bytea[]) AS asked (kind, value)
 CROSS JOIN LATERAL (
    (SELECT member_id, install_hmac, first_linked_at, last_linked_at FROM device_links
      WHERE asked.kind = 'device' AND install_hmac = asked.value ORDER BY first_linked_at DESC LIMIT %(most)s)
    UNION ALL
    (SELECT member_id, mark, first_at, first_at FROM payment_marks
      WHERE asked.kind = 'payment' AND mark = asked.value ORDER BY first_at DESC LIMIT %(most)s)
) AS used
"""
_JOININGS = """
SELECT members.id, members.joined_at, joining_marks.mark
  FROM members LEFT JOIN joining_marks ON joining_marks.member_id = members.id
 WHERE members.id = ANY(%s)
"""
SHARING_READ = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """That a member used a device, or paid with a card: since when, and until when as far as is known."""

    kind: MarkKind
    member_id: UUID
    value: bytes
    first_at: datetime
    last_at: datetime

    @property
    def what(self) -> tuple[MarkKind, bytes]:
        """Which device or card; equal ones are the same."""
        return self.kind, self.value


@dataclass(frozen=True, slots=True)
class Joining:
    """When somebody joined, and the mark of the network and the browser; None at a till, or where it is long ago."""

    joined_at: datetime
    mark: bytes | None


def note_payments(session: Session, paid: Sequence[tuple[UUID, str, datetime]]) -> None:
    """Keeps that these members paid with these cards then (business time), one statement for all.

    Each is a member, what the till sent for the card (opaque, never a card number), and the receipt's time.
    """
    if not paid:
        return
    keys = personal_data()
    marks = [keys.lookup("payment", token_hash) for _, token_hash, _ in paid]
    driver_connection(session).execute(
        _NOTE_PAYMENTS, ([member_id for member_id, _, _ in paid], marks, [at for _, _, at in paid]), prepare=True
    )


def note_joining(session: Session, *, member_id: UUID, network_address: str | None, agent: str | None) -> None:
    """Keeps from which network (the /24, or the /64 of IPv6) and with which browser or app somebody joined, as one
    keyed hash, for half a year. Where either is not known, nothing is kept.
    """
    network = _network(network_address)
    if network is None or not agent:
        return
    mark = personal_data().lookup("joining", f"{network} {agent}")
    driver_connection(session).execute(_NOTE_JOINING, (member_id, mark, system_now()))


def marks_of(session: Session, member_ids: Collection[UUID]) -> list[Mark]:
    """The devices and cards of these members; one statement."""
    return [
        Mark(*row) for row in driver_connection(session).execute(_MARKS_OF, {"ids": list(member_ids)}, prepare=True)
    ]


def sharing(session: Session, marks: Collection[tuple[MarkKind, bytes]]) -> list[Mark]:
    """Who used these devices and cards, of each the last 200; one statement."""
    if not marks:
        return []
    asked = {"kinds": [kind for kind, _ in marks], "values": [value for _, value in marks], "most": SHARING_READ}
    return [Mark(*row) for row in driver_connection(session).execute(_SHARING, asked, prepare=True)]


def joinings(session: Session, member_ids: Collection[UUID]) -> dict[UUID, Joining]:
    """When and how each of the members joined; one statement."""
    rows = driver_connection(session).execute(_JOININGS, (list(member_ids),), prepare=True)
    return {member_id: Joining(joined_at, mark) for member_id, joined_at, mark in rows}


def _network(network_address: str | None) -> str | None:
    try:
        address = ipaddress.ip_address(network_address or "")
    except ValueError:
        return None
    bits = IPV4_NETWORK_BITS if address.version == 4 else IPV6_NETWORK_BITS
    return str(ipaddress.ip_network((address, bits), strict=False))
