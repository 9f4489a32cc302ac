"""A graph of invitations for measuring: a forest with long chains, crowds and rings, and the marks that people share.

Everybody has a device and every second member a payment card; couples share a card, families a tablet. Of the friends,
each hundredth stands in one chain, each hundredth was brought by one member, each fiftieth belongs to a ring of six on
one device; all others were brought by somebody who joined before, mostly by those who joined first.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import psycopg

from backend.referrals.codes import ALPHABET, LENGTH
from backend.shared.clock import business_now

MEMBERS_A_REFERRAL = 1_000_000 / 300_000
SHARE_OF_CHAIN, SHARE_OF_CROWD, SHARE_OF_RINGS = 0.01, 0.01, 0.02
RING = 6
TABLET_HANDS = 200
HISTORY = timedelta(days=700)
SEED = 11

# Marks as the product keeps them, of devices that nobody has: what they are a hash of is not what is measured.
_DEVICES = """
INSERT INTO device_links (member_id, install_hmac, first_linked_at, last_linked_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, decode(md5('device' || number), 'hex'), %(long_ago)s, %(now)s
FROM generate_series(1, %(members)s::bigint) AS number
"""
_FAMILY_TABLETS = """
INSERT INTO device_links (member_id, install_hmac, first_linked_at, last_linked_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, decode(md5('tablet' || number / 3), 'hex'), %(long_ago)s, %(now)s
FROM generate_series(1, %(members)s::bigint) AS number WHERE mod(number / 3, 10) = 0
"""
_COUNTERS_TABLET = """
INSERT INTO device_links (member_id, install_hmac, first_linked_at, last_linked_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, decode(md5('counter'), 'hex'), %(long_ago)s, %(long_ago)s
FROM generate_series(1, %(hands)s::bigint) AS number
"""
_CARDS = """
INSERT INTO payment_marks (member_id, mark, first_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, decode(md5('card' || number / 4), 'hex'), %(long_ago)s
FROM generate_series(1, %(members)s::bigint) AS number WHERE mod(number, 4) < 2
"""
_RING_DEVICES = """
INSERT INTO device_links (member_id, install_hmac, first_linked_at, last_linked_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, decode(md5('ring' || ring), 'hex'), %(long_ago)s, %(now)s
FROM unnest(%(numbers)s::bigint[], %(rings)s::bigint[]) AS ringed (number, ring)
"""


@dataclass(frozen=True)
class Graph:
    """How many members and friends there are, and which numbers stand at the ends of what is measured."""

    members: int

    @property
    def friends(self) -> int:
        """How many of the members somebody brought: those of the highest numbers."""
        return round(self.members / MEMBERS_A_REFERRAL)

    @property
    def first_friend(self) -> int:
        """The number of the member whom somebody brought first."""
        return self.members - self.friends + 1

    @property
    def end_of_chain(self) -> int:
        """The number of whoever stands last in the longest chain."""
        return self.first_friend + round(self.friends * SHARE_OF_CHAIN * 3.34) - 1

    @cached_property
    def rings(self) -> list[list[int]]:
        """The numbers of each ring's members; the first of them brought the others."""
        begin = self.end_of_chain + 1 + round(self.friends * SHARE_OF_CROWD)
        count = max(1, round(self.friends * SHARE_OF_RINGS / RING))
        return [list(range(begin + RING * ring, begin + RING * (ring + 1))) for ring in range(count)]

    def advocates(self) -> Iterator[tuple[int, int]]:
        """Each friend's number with that of whoever brought it."""
        chance = random.Random(SEED)  # noqa: S311
        in_ring = {number: ring[0] for ring in self.rings for number in ring[1:]}
        first_of_rings = self.rings[0][0]
        for friend in range(self.first_friend, self.members + 1):
            if friend <= self.end_of_chain:
                yield friend, friend - 1
            elif friend < first_of_rings:
                yield friend, 1
            else:
                yield friend, in_ring.get(friend) or 1 + int((friend - 1) * chance.random() ** 3)


def code_of(number: int) -> str:
    """A well formed code, another one for each member."""
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def fill(connection: psycopg.Connection[object], graph: Graph) -> None:
    """Puts the graph into an installation whose members are numbered from 1 on."""
    now = business_now()
    facts = {"members": graph.members, "hands": min(graph.members, TABLET_HANDS), "now": now, "long_ago": now - HISTORY}
    for statement in (_DEVICES, _FAMILY_TABLETS, _COUNTERS_TABLET, _CARDS):
        connection.execute(statement, facts)
    ringed = [(number, place) for place, ring in enumerate(graph.rings) for number in ring]
    numbers, rings = zip(*ringed, strict=True)
    connection.execute(_RING_DEVICES, facts | {"numbers": list(numbers), "rings": list(rings)})
    brought = list(graph.advocates())
    with connection.cursor() as cursor:
        with cursor.copy("COPY referral_codes (id, code, member_id, kind, starts_at) FROM STDIN") as copy:
            for advocate in sorted({advocate for _, advocate in brought} | {friend for friend, _ in brought}):
                copy.write_row((UUID(int=advocate), code_of(advocate), UUID(int=advocate), "own", now - HISTORY))
        columns = (
            "id, advocate_id, friend_id, code, channel, status, status_at, reason_kind, reason_facts, joined_at,"
            " qualifying_receipt_id, qualified_at, available_at, advocate_points, friend_points"
        )
        with cursor.copy(f"COPY referrals ({columns}) FROM STDIN") as copy:
            for place, (friend, advocate) in enumerate(brought):
                joined_at = now - HISTORY + HISTORY * place / len(brought)
                copy.write_row(_referral(friend, advocate, place, joined_at))


def _referral(friend: int, advocate: int, place: int, joined_at: datetime) -> tuple[object, ...]:
    status = ("rewarded",) * 6 + ("pending", "joined", "rejected", "qualified")
    chosen = status[place % len(status)]
    bought = chosen in {"rewarded", "pending", "qualified"}
    moment = joined_at + timedelta(hours=6) if bought else None
    return (
        *(UUID(int=friend), UUID(int=advocate), UUID(int=friend), code_of(advocate), ("qr", "link", "till")[place % 3]),
        *(chosen, moment or joined_at, None if chosen not in {"rejected", "qualified"} else "referral_refused_cap"),
        *('{"limit": 10, "window_days": 30}', joined_at, UUID(int=place) if bought else None, moment, moment),
        *((200, 200) if bought else (None, None)),
    )
