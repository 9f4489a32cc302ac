"""What friend and advocate have in common besides an invitation, and who else shares it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import marks as member_marks
from backend.members import queries as members
from backend.members.marks import Mark, MarkKind
from backend.referrals.facts import Marks, OpenReferral
from backend.referrals.statements import ANCESTORS
from backend.referrals.terms import ReferralTerms
from backend.screening.email_domains import is_disposable
from backend.screening.known_rules import ACCOUNTS_PER_DEVICE
from backend.shared.db import driver_connection

What = tuple[MarkKind, bytes]

ROUNDS_MAXIMUM = 6
"""How far a search goes from one who shares a mark to the next: rings of up to twelve people lie within."""
HANDS_MAXIMUM = 50
"""A device or a payment card in more hands than this lies on a counter and joins nobody."""
SEARCHED_MAXIMUM = 200
"""So many people are looked at; a ring that is larger is one by then."""
ANCESTORS_MAXIMUM = 12
"""How far up a chain of invitations a circle is looked for."""


def gather_marks(
    session: Session, referrals: Collection[OpenReferral], *, at: datetime, terms: ReferralTerms
) -> dict[UUID, Marks]:
    """The marks of these referrals, by referral; a fixed number of statements for the whole batch, and some more where
    somebody shares a device or a card.
    """
    if not referrals:
        return {}
    friend_ids = {referral.friend_id for referral in referrals}
    both = friend_ids | {referral.advocate_id for referral in referrals}
    contacts = members.contact_marks(session, both)
    joinings = member_marks.joinings(session, both)
    only_disposable = _only_disposable_email(session, friend_ids)
    owned = by_member(member_marks.marks_of(session, both))
    users = by_what(member_marks.sharing(session, {mark.what for id_ in friend_ids for mark in owned[id_]}))
    since = at - timedelta(days=terms.limit(ACCOUNTS_PER_DEVICE, "window_days"))
    rings = _ring_people(session, referrals, owned, users)
    found = {}
    for referral in referrals:
        friend, advocate = owned[referral.friend_id], owned[referral.advocate_id]
        friend_joining, advocate_joining = joinings[referral.friend_id], joinings[referral.advocate_id]
        shared = {mark.what for mark in friend} & {mark.what for mark in advocate}
        found[referral.id] = Marks(
            same_contact=not contacts.get(referral.friend_id, set()).isdisjoint(
                contacts.get(referral.advocate_id, set())
            ),
            same_device=any(kind == "device" for kind, _ in shared),
            handed_down_device=_all_handed_down(shared, friend, advocate),
            same_payment=any(kind == "payment" for kind, _ in shared),
            same_address=friend_joining.mark is not None and friend_joining.mark == advocate_joining.mark,
            only_disposable_email=referral.friend_id in only_disposable,
            accounts_on_device=max(
                (sum(used.first_at >= since for used in users[mark.what]) for mark in friend if mark.kind == "device"),
                default=0,
            ),
            ring_people=rings.get(referral.id, 0),
            advocate_joined_later=friend_joining.joined_at < advocate_joining.joined_at,
        )
    return found


def connected(
    session: Session,
    start: Collection[UUID],
    owned: Mapping[UUID, Sequence[Mark]],
    users: Mapping[What, Sequence[Mark]],
) -> dict[UUID, set[UUID]]:
    """Who is joined to each of these members by shared devices and cards, directly or by others, oneself included.

    `owned` and `users` are the marks of the members and who uses them.
    """
    marks, hands = dict(owned), dict(users)
    known = set(start)
    for _ in range(ROUNDS_MAXIMUM):
        further = {used.member_id for those in hands.values() if len(those) <= HANDS_MAXIMUM for used in those} - known
        if not further or len(known) >= SEARCHED_MAXIMUM * len(start):
            break
        known |= further
        marks |= by_member(member_marks.marks_of(session, further))
        fresh = {mark.what for id_ in further for mark in marks.get(id_, ())} - hands.keys()
        hands |= by_what(member_marks.sharing(session, fresh))
    joined = {what: {used.member_id for used in those} for what, those in hands.items() if len(those) <= HANDS_MAXIMUM}
    return {id_: _spread(id_, marks, joined) for id_ in start}


def ancestors(session: Session, member_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Each of the members with those above in the chain of invitations, twelve steps up at most."""
    rows = driver_connection(session).execute(
        ANCESTORS, {"member_ids": list(member_ids), "most": ANCESTORS_MAXIMUM}, prepare=True
    )
    return {member_id: set(above) for member_id, above in rows}


def _ring_people(
    session: Session,
    referrals: Collection[OpenReferral],
    owned: Mapping[UUID, Sequence[Mark]],
    users: Mapping[What, Sequence[Mark]],
) -> dict[UUID, int]:
    """How large the ring around each friend is, for those who share something with one of their own circle."""
    sharers = {
        referral.friend_id: referral
        for referral in referrals
        if any(len(users[mark.what]) > 1 for mark in owned[referral.friend_id])
    }
    if not sharers:
        return {}
    joined = connected(session, sharers.keys(), owned, users)
    above = ancestors(session, set().union(*joined.values()))
    rings = {}
    for friend_id, referral in sharers.items():
        circle = {other for other in joined[friend_id] if not above[other].isdisjoint(above[friend_id])}
        if circle > {friend_id}:
            rings[referral.id] = len(circle | {referral.advocate_id})
    return rings


def _spread(start: UUID, marks: Mapping[UUID, Iterable[Mark]], joined: Mapping[What, set[UUID]]) -> set[UUID]:
    reached, waiting = {start}, [start]
    while waiting:
        for mark in marks.get(waiting.pop(), ()):
            further = joined.get(mark.what, set()) - reached
            reached |= further
            waiting += further
    return reached


def _all_handed_down(shared: set[What], friend: Sequence[Mark], advocate: Sequence[Mark]) -> bool:
    """Whether every device that both used went from one to the other, who had another one by then."""
    devices = {what for what in shared if what[0] == "device"}
    return bool(devices) and all(
        _handed_down(what, advocate, friend) or _handed_down(what, friend, advocate) for what in devices
    )


def _handed_down(what: What, giver: Sequence[Mark], taker: Sequence[Mark]) -> bool:
    given = next(mark for mark in giver if mark.what == what)
    taken = next(mark for mark in taker if mark.what == what)
    moved_on = any(
        mark.kind == "device"
        and mark.what != what
        and mark.first_at <= taken.first_at
        and mark.last_at >= given.last_at
        for mark in giver
    )
    return given.last_at < taken.first_at and moved_on


def _only_disposable_email(session: Session, member_ids: Collection[UUID]) -> set[UUID]:
    """Those who are reached by a temporary mailbox and by no phone."""
    disposable = {
        member_id
        for member_id, address in members.contact_addresses(session, member_ids, "email").items()
        if is_disposable(address)
    }
    return disposable - members.contact_addresses(session, disposable, "phone").keys() if disposable else set()


def by_member(marks: Iterable[Mark]) -> defaultdict[UUID, list[Mark]]:
    """The marks of each member."""
    found: defaultdict[UUID, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[mark.member_id].append(mark)
    return found


def by_what(marks: Iterable[Mark]) -> defaultdict[What, list[Mark]]:
    """The uses of each device and card."""
    found: defaultdict[What, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[mark.what].append(mark)
    return found
