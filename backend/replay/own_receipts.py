"""The shop's own past: its members' receipts, with what rules may ask of those members."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.programmes.engine.facts import StoreFacts
from backend.receipts import past as receipts
from backend.replay.past import KeptPast, PastReturn, PastSale, ReadSoFar
from backend.replay.reading import LONG_AGO
from backend.replay.trial import ProfileOnTrial, place_of
from backend.segments import queries as segments
from backend.shops import queries as shops

MEMBERS_AT_ONCE = 5_000
POINTS = "points"


def read(session: Session, *, currency: str, since: datetime | None, zone: str, read_so_far: ReadSoFar) -> KeptPast:
    """All receipts of members in a currency, since a moment or since ever."""
    stores = _stores(session)
    begins, place = since or LONG_AGO, place_of(zone)
    past = KeptPast("", "own", zone, LONG_AGO)

    def sales() -> Iterator[PastSale]:
        for number, one in enumerate(receipts.sold_since(session, currency=currency, since=begins), start=1):
            if number % receipts.ROWS_AT_ONCE == 0:
                read_so_far(receipts.ROWS_AT_ONCE)
            # What was paid with points then is not what would be paid with points now.
            payments = tuple(payment for payment in one.payments if payment["kind"] != POINTS)
            yield PastSale(
                str(one.member_id),
                str(one.id),
                one.occurred_at.astimezone(place),
                one.total_minor,
                one.lines,
                stores[one.store_id],
                payments,
            )

    past.keep(sales())
    past.keep(
        PastReturn(
            str(one.member_id),
            str(one.receipt_id),
            one.occurred_at.astimezone(place),
            one.lines,
            None if one.lines else one.amount_minor,
        )
        for one in receipts.returned_since(session, currency=currency, since=begins)
    )
    return past


def profiles(session: Session, member_names: Sequence[str]) -> dict[str, ProfileOnTrial]:
    """Who the members are."""
    found: dict[str, ProfileOnTrial] = {}
    for part in _parts(member_names):
        for member_id, profile in members.profiles(session, part).items():
            found[str(member_id)] = ProfileOnTrial(profile.joined_at, profile.birthday, profile.language)
    return found


def memberships(session: Session, member_names: Sequence[str], codes: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """The segments of the members, of those that are asked for, as they are now."""
    found: dict[str, frozenset[str]] = {}
    for part in _parts(member_names):
        for member_id, of_member in segments.memberships(session, part, codes).items():
            found[str(member_id)] = of_member
    return found


def _stores(session: Session) -> dict[UUID, StoreFacts]:
    return {
        store.id: StoreFacts(
            code=store.code,
            name=dict(store.name),
            region=store.region or "",
            country=store.country or "",
            zone=store.zone,
        )
        for store in shops.stores(session)
    }


def _parts(member_names: Sequence[str]) -> Iterator[list[UUID]]:
    rest = iter(member_names)
    while part := [UUID(name) for name in islice(rest, MEMBERS_AT_ONCE)]:
        yield part
