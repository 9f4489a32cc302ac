"""The circle around an invitation: the people joined to it by shared devices, cards, contacts and networks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import marks as member_marks
from backend.members import queries as members
from backend.referrals.marks import by_member, by_what, connected
from backend.referrals.statements import INVITATIONS_AMONG
from backend.shared.db import driver_connection

PEOPLE_MAXIMUM = 24
"""So many can be drawn and read; those nearest to the invitation are taken."""


@dataclass(frozen=True, kw_only=True)
class Tie:
    """What the same people share: how many devices, payment cards, contacts and networks, by kind."""

    member_ids: tuple[UUID, ...]
    kinds: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Circle:
    """People, who of them invited whom (advocate, friend), and what they share."""

    member_ids: Sequence[UUID]
    invitations: Sequence[tuple[UUID, UUID]]
    ties: Sequence[Tie]


def circle_around(session: Session, centre: Sequence[UUID]) -> Circle:
    """Whoever shares a mark with these members, directly or by others, those who invited any of them, and the ties.

    Devices and payment cards lead from one person to the next; shared contacts and networks are only shown.
    """
    owned = by_member(member_marks.marks_of(session, centre))
    users = by_what(member_marks.sharing(session, {mark.what for marks in owned.values() for mark in marks}))
    joined = connected(session, centre, owned, users)
    near = [*centre, *sorted(set().union(*joined.values()) - set(centre))][:PEOPLE_MAXIMUM]
    invitations = _invitations(session, near)
    people = list(dict.fromkeys([*near, *(advocate_id for advocate_id, _ in invitations)]))[:PEOPLE_MAXIMUM]
    shown = set(people)
    return Circle(
        member_ids=people,
        invitations=[pair for pair in invitations if shown.issuperset(pair)],
        ties=_ties(session, people),
    )


def _invitations(session: Session, member_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    rows = driver_connection(session).execute(INVITATIONS_AMONG, (list(member_ids),), prepare=True)
    return [(advocate_id, friend_id) for advocate_id, friend_id in rows]


def _ties(session: Session, member_ids: Sequence[UUID]) -> list[Tie]:
    holders: defaultdict[tuple[str, bytes], set[UUID]] = defaultdict(set)
    for mark in member_marks.marks_of(session, member_ids):
        holders[mark.what].add(mark.member_id)
    for member_id, values in members.contact_marks(session, member_ids).items():
        for value in values:
            holders["contact", value].add(member_id)
    for member_id, joining in member_marks.joinings(session, member_ids).items():
        if joining.mark is not None:
            holders["address", joining.mark].add(member_id)
    return _together(holders, member_ids)


def _together(holders: Mapping[tuple[str, bytes], Collection[UUID]], order: Sequence[UUID]) -> list[Tie]:
    """What the same people share is one tie, however much it is."""
    kinds: dict[tuple[UUID, ...], defaultdict[str, int]] = {}
    for (kind, _), ids in holders.items():
        if len(ids) > 1:
            key = tuple(sorted(ids, key=order.index))
            kinds.setdefault(key, defaultdict(int))[kind] += 1
    return [Tie(member_ids=ids, kinds=dict(counts)) for ids, counts in sorted(kinds.items(), key=lambda item: item[0])]
