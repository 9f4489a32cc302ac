"""Filling the demo shop: stores, staff, programme, Alice's story, and a crowd of guests with half a year of receipts.

Everything goes through the services that serve tills and phones, in transactions of bounded size. A filling that was
cut off is gone on with: whatever is there already is found again. The shop opens at the very end, so that an open shop
is a full one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.demo import crowd
from backend.demo.cast import STAFF
from backend.demo.clock import living_at
from backend.demo.crowd import GUESTS_DEFAULT, Guest, Purchase
from backend.demo.models import DemoShop
from backend.demo.queries import find_demo_shop
from backend.demo.story import ZONE, Story, bind, do_due_batch, give_phone
from backend.members import service as members_service
from backend.members.addresses import REGION_DEFAULT, parse_phone
from backend.members.consents import ConsentChange
from backend.programmes import service as programmes
from backend.shared.clock import system_now
from backend.shared.db import run_transaction
from backend.shared.errors import DomainError
from backend.shops import service as shops
from backend.staff import queries as staff_queries
from backend.staff import service as staff
from backend.staff.roles import TILL_ROLES
from backend.till.receipt_request import ReceiptRequest, Store
from backend.till.recording import record_receipts

PROGRAMME = Path(__file__).parent / "programmes" / "zerno.yaml"
SHOP_NAME = {"ru": "Зерно", "en": "Grain"}
STORES = (
    ("pokrovka", {"ru": "Покровка, 12", "en": "Pokrovka 12"}),
    ("taganka", {"ru": "Таганка, 3", "en": "Taganka 3"}),
    ("arbat", {"ru": "Арбат, 28", "en": "Arbat 28"}),
)
WHO = "demo"
# The past is lived through in such steps; what depends on the day (caps, windows) is right to this much.
STEP_DAYS = 10
PEOPLE_A_TRANSACTION = 100
RECEIPTS_A_TRANSACTION = 500

Told = Callable[[str, int, int], None]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Seeded:
    """What is there after a filling."""

    members: int
    receipts: int


def seed(*, members: int = GUESTS_DEFAULT, told: Told = lambda _stage, _done, _of: None) -> Seeded:
    """Fills the demo shop with `members` guests besides Alice and her friends; what is there already stays.

    `told(stage, done, of)` hears how far it is. To be called in an application context, outside a transaction.
    """
    demo = run_transaction(_open_stores)
    story = Story(demo.stores[0], demo.midnight)
    story.live(partial(told, "story"))
    guests = [crowd.guest(number) for number in range(members)]
    member_ids = _live(demo, guests, told)
    # Only from now on people are told on their phones, and not of half a year at once.
    _settle(guests, member_ids, told)
    run_transaction(partial(_open_shop, story=story))
    return Seeded(members=members, receipts=sum(len(guest.purchases) for guest in guests))


@dataclass(frozen=True)
class _Demo:
    stores: Sequence[Store]
    midnight: datetime


def _open_stores(session: Session) -> _Demo:
    """Stores, staff, till key and programme: all that stands before the first guest comes."""
    stores = [shops.open_store(session, code=code, name=name, zone=ZONE) for code, name in STORES]
    for person in STAFF.values():
        if staff_queries.staff_member_named(session, person.name) is None:
            store_id = stores[0].id if person.role in TILL_ROLES else None
            staff.create_staff_member(session, name=person.name, role=person.role, store_id=store_id, who=WHO)
    demo = find_demo_shop(session)
    if demo is None:
        key = staff.create_till_key(session, store_id=stores[0].id, label="Demo", who=WHO)
        demo = DemoShop(opened_at=system_now(), till_key=key.text, till_store_id=stores[0].id)
        session.add(demo)
    midnight = demo.opened_at.astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    programmes.load(session, PROGRAMME.read_text(encoding="utf-8"), in_force_from=midnight - timedelta(days=1_000))
    return _Demo([Store(store.id, store.name) for store in stores], midnight)


def _open_shop(session: Session, *, story: Story) -> None:
    shops.open_shop(session, name=SHOP_NAME, zone=ZONE, locale="ru", tile="coffee-bean")
    story.settle(session)


@dataclass
class _Step:
    """What happened in some days of the crowd's past: who joined, and what was bought."""

    joining: list[Guest] = field(default_factory=list)
    bought: list[tuple[Guest, int, Purchase]] = field(default_factory=list)


def _live(demo: _Demo, guests: Sequence[Guest], told: Told) -> dict[int, UUID]:
    """The crowd's half year, step by step: who joins, what is bought, which points become available."""
    steps: defaultdict[int, _Step] = defaultdict(_Step)
    for guest in sorted(guests, key=lambda guest: -guest.joined_before):
        steps[guest.joined_before.days // STEP_DAYS].joining.append(guest)
        for number, purchase in enumerate(guest.purchases):
            steps[purchase.before.days // STEP_DAYS].bought.append((guest, number, purchase))
    of, done = len(guests) + sum(len(guest.purchases) for guest in guests), 0
    member_ids: dict[int, UUID] = {}
    for number in sorted(steps, reverse=True):
        step, until = steps[number], demo.midnight - timedelta(days=number * STEP_DAYS)
        for people in _batches(step.joining, PEOPLE_A_TRANSACTION):
            member_ids |= run_transaction(partial(_join, demo=demo, guests=people, member_ids=member_ids))
            done += len(people)
            told("guests", done, of)
        with living_at(until):
            for bought in _batches(step.bought, RECEIPTS_A_TRANSACTION):
                run_transaction(partial(_buy, demo=demo, bought=bought, member_ids=member_ids))
                done += len(bought)
                told("guests", done, of)
            while run_transaction(partial(do_due_batch, now=until)):
                pass
    return member_ids


def _join(session: Session, *, demo: _Demo, guests: Sequence[Guest], member_ids: Mapping[int, UUID]) -> dict[int, UUID]:
    joined: dict[int, UUID] = {}
    for guest in guests:
        with living_at(demo.midnight - guest.joined_before):
            enrolment = members_service.enrol_by_address(
                session,
                address=parse_phone(guest.phone, region=REGION_DEFAULT),
                locale=guest.locale,
                zone=ZONE,
                source="app",
                verified=True,
                name=guest.name,
            )
            joined[guest.number] = enrolment.member_id
            members_service.record_consents(
                session, member_id=enrolment.member_id, changes=_consents(guest), network_address=None
            )
            advocate = guest.invited_by
            advocate_id = None if advocate is None else joined.get(advocate) or member_ids.get(advocate)
            if enrolment.new and advocate_id is not None:
                bind(session, friend_id=enrolment.member_id, advocate_id=advocate_id)
    return joined


def _consents(guest: Guest) -> list[ConsentChange]:
    given = [("personal_data", "any"), *((("marketing", "push"),) if guest.offers_by_push else ())]
    given += [("marketing", "sms")] if guest.offers_by_sms else []
    return [ConsentChange(purpose=purpose, channel=channel, given=True) for purpose, channel in given]


def _buy(
    session: Session,
    *,
    demo: _Demo,
    bought: Sequence[tuple[Guest, int, Purchase]],
    member_ids: Mapping[int, UUID],
) -> None:
    requests = [
        ReceiptRequest(
            store=demo.stores[purchase.store],
            external_id=f"guest-{guest.number}-{number}",
            occurred_at=demo.midnight - purchase.before,
            currency="RUB",
            total_minor=sum(line.amount_minor for line in purchase.lines),
            lines=purchase.lines,
            member_id=member_ids[guest.number],
            source="import",
        )
        for guest, number, purchase in bought
    ]
    for outcome in record_receipts(session, requests):
        if isinstance(outcome, DomainError):
            raise outcome


def _settle(guests: Sequence[Guest], member_ids: Mapping[int, UUID], told: Told) -> None:
    """Puts the phones into the guests' hands."""
    with_app = [guest for guest in guests if guest.push_token is not None]
    done = 0
    for people in _batches(with_app, PEOPLE_A_TRANSACTION):
        run_transaction(partial(_give_phones, guests=people, member_ids=member_ids))
        done += len(people)
        told("phones", done, len(with_app))


def _give_phones(session: Session, *, guests: Sequence[Guest], member_ids: Mapping[int, UUID]) -> None:
    for guest in guests:
        give_phone(
            session,
            member_id=member_ids[guest.number],
            platform=guest.platform,
            push_token=str(guest.push_token),
        )


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
