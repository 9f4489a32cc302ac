"""Alice, her friends and what happened to them: the past that a first look at the demo finds.

It is lived through event by event, each at its own time and by the same services that serve tills and phones. Lived
through again it changes nothing: members are found by phone, receipts by number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from backend.demo.baskets import order_of
from backend.demo.cast import ALICE, BORIS, MemberPerson
from backend.demo.clock import living_at
from backend.demo.questions import ALICES, IVANS, ask
from backend.ledger import service as ledger
from backend.members import queries as member_queries
from backend.members import service as members
from backend.members.addresses import REGION_DEFAULT, parse_phone
from backend.members.consents import ConsentChange
from backend.members.devices import PushToken, register_device
from backend.members.sign_in_codes import contact_lookup
from backend.receipts.sale import Return
from backend.referrals import service as referrals
from backend.referrals.friends import terms_in_force
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.errors import DomainError
from backend.shared.ids import new_id
from backend.till.receipt_request import ReceiptRequest, Store
from backend.till.recording import record_receipts
from backend.till.returning import record_return

ZONE = "Europe/Moscow"
PENDING_DAYS, EXPIRY_DAYS = 14, 365
ALICE_JOINED_DAYS = 400
# Days before the opening day, and roubles. Together with the rewards for two friends they make 1,240 points to spend,
# of which 200 burn in a few days, and 270 on their way; 150 have burnt already.
ALICES_PURCHASES = (
    *((395, 3000), (371, 4000), (338, 640), (320, 720), (303, 560), (287, 900), (268, 480), (251, 760), (233, 1180)),
    *((214, 540), (196, 620), (177, 700), (159, 820), (140, 460), (124, 980), (103, 660), (84, 740), (61, 520)),
    *((43, 860), (22, 660), (12, 560), (6, 420), (1, 420)),
)


@dataclass(frozen=True)
class Friend:
    """Somebody whom Alice invited: when they joined, and the first purchase if there was one, in days and roubles."""

    person: MemberPerson
    joined_days: int
    bought_days: int | None = None
    roubles: int = 0
    returned_days: int | None = None
    install_id: str | None = None


# One for each state of a referral: rewarded, rewarded, reversed, rejected (too small), held, pending, joined.
FAMILY_TABLET = "demo-family-tablet"
FRIENDS = (
    Friend(MemberPerson("Иван Беляев", "+79120000011", "demo-phone-of-ivan"), 120, 118, 640),
    Friend(MemberPerson("Дарья Лунина", "+79120000012", "demo-phone-of-daria"), 75, 74, 780),
    Friend(MemberPerson("Никита Громов", "+79120000013", "demo-phone-of-nikita"), 40, 39, 560, returned_days=35),
    Friend(MemberPerson("Лена Сомова", "+79120000014", "demo-phone-of-lena"), 30, 29, 210),
    Friend(MemberPerson("Максим Тихий", "+79120000015", "demo-phone-of-maxim"), 20, 19, 590, install_id=FAMILY_TABLET),
    Friend(MemberPerson("Вика Ершова", "+79120000016", "demo-phone-of-vika"), 6, 5, 820),
    Friend(BORIS, 2),
)
# Others who signed in on the tablet that Maxim used.
TABLETS_OTHERS = (
    MemberPerson("Олег Тихий", "+79120000017", "demo-phone-of-oleg"),
    MemberPerson("Павел Тихий", "+79120000018", "demo-phone-of-pavel"),
)

Act = Callable[[Session], object]


def do_due_batch(session: Session, *, now: datetime) -> int:
    """Releases and burns one batch each of what is due at `now`; how many lots it handled."""
    return ledger.release_due(session, now) + ledger.expire_due(session, now)


@dataclass(frozen=True)
class Story:
    """Where and before which midnight it happened."""

    store: Store
    midnight: datetime

    def live(self, told: Callable[[int, int], None]) -> None:
        """Lives through all of it, in order; `told(done, of)` hears how far it is."""
        events = sorted(self._events(), key=lambda event: event[0])
        for number, (moment, act) in enumerate(events, 1):
            with living_at(moment):
                run_transaction(act)
            told(number, len(events))

    def settle(self, session: Session) -> None:
        """What was asked meanwhile, which needs an open shop; then the phones come into their owners' hands, and from
        now on they are told.
        """
        for days, asker, question in ((117, FRIENDS[0].person, IVANS), (2, ALICE, ALICES)):
            ask(session, question, member_id=_member_id(session, asker), at=self._at(days, 10))
        for person in (ALICE, *(friend.person for friend in FRIENDS if friend.install_id is None)):
            self._give_phone(session, person=person)

    def _give_phone(self, session: Session, *, person: MemberPerson) -> None:
        member_id = _member_id(session, person)
        give_phone(session, member_id=member_id, platform="android", push_token=person.push_token)

    def _events(self) -> Iterator[tuple[datetime, Act]]:
        yield self._at(ALICE_JOINED_DAYS, 10), self._alice_joins
        for number, (days, roubles) in enumerate(ALICES_PURCHASES):
            yield from self._purchase(ALICE, f"alice-{number}", days, roubles)
        for days, person in zip((22, 21), TABLETS_OTHERS, strict=True):
            yield self._at(days, 11), _joining(person, install_id=FAMILY_TABLET)
        for friend in FRIENDS:
            yield self._at(friend.joined_days, 12), _joining(friend.person, invited=True, install_id=friend.install_id)
            sale = f"friend-{friend.person.phone[-2:]}"
            if friend.bought_days is not None:
                yield from self._purchase(friend.person, sale, friend.bought_days, friend.roubles)
            if friend.returned_days is not None:
                yield self._returning(sale, self._at(friend.returned_days, 15))

    def _alice_joins(self, session: Session) -> None:
        alice_id = _join(session, ALICE)
        referrals.own_code(session, member_id=alice_id, at=self._at(ALICE_JOINED_DAYS, 10))

    def _purchase(self, person: MemberPerson, number: str, days: int, roubles: int) -> Iterator[tuple[datetime, Act]]:
        """The purchase, the day on which its points become available, and the one on which they burn."""
        bought_at = self._at(days, 13)
        yield bought_at, lambda session: self._buy(session, person, number, bought_at, roubles)
        for due_days in (PENDING_DAYS, PENDING_DAYS + EXPIRY_DAYS):
            due_at = bought_at + timedelta(days=due_days)
            if due_at < self.midnight:
                yield due_at, partial(do_due_batch, now=due_at)

    def _buy(self, session: Session, person: MemberPerson, number: str, at: datetime, roubles: int) -> None:
        request = ReceiptRequest(
            store=self.store,
            external_id=number,
            occurred_at=at,
            currency="RUB",
            total_minor=roubles * 100,
            lines=order_of(roubles * 100),
            member_id=_member_id(session, person),
            cashier="Vera",
        )
        (outcome,) = record_receipts(session, [request])
        if isinstance(outcome, DomainError):
            raise outcome

    def _returning(self, number: str, at: datetime) -> tuple[datetime, Act]:
        def act(session: Session) -> None:
            returned = Return(
                id=new_id(),
                store_id=self.store.id,
                external_id=f"{number}-return",
                sale_external_id=number,
                occurred_at=at,
            )
            record_return(session, returned, sold_at=self.store.id, store_name=self.store.name)

        return at, act

    def _at(self, days: int, hour: int) -> datetime:
        return self.midnight - timedelta(days=days) + timedelta(hours=hour)


def _joining(person: MemberPerson, *, invited: bool = False, install_id: str | None = None) -> Act:
    def act(session: Session) -> None:
        _join(session, person, invited=invited)
        if install_id is not None:
            register_device(
                session,
                member_id=_member_id(session, person),
                install_id=install_id,
                platform="android",
                push_token=None,
                app_version="0.1.0",
                by_sign_in=False,
            )

    return act


def _join(session: Session, person: MemberPerson, *, invited: bool = False) -> UUID:
    enrolment = members.enrol_by_address(
        session,
        address=parse_phone(person.phone, region=REGION_DEFAULT),
        locale="en" if person.name.isascii() else "ru",
        zone=ZONE,
        source="app",
        verified=True,
        name=person.name,
    )
    agreed = [ConsentChange(purpose="personal_data", channel="any", given=True)]
    agreed.append(ConsentChange(purpose="marketing", channel="push", given=True))
    members.record_consents(session, member_id=enrolment.member_id, changes=agreed, network_address=None)
    if invited and enrolment.new:
        bind(session, friend_id=enrolment.member_id, advocate_id=_member_id(session, ALICE))
    return enrolment.member_id


def bind(session: Session, *, friend_id: UUID, advocate_id: UUID) -> None:
    """The friend has just joined by the advocate's QR code."""
    now = business_now()
    terms = terms_in_force(session, at=now)
    if terms is None:
        raise LookupError("The demo's programme rewards no recommendations.")
    code = referrals.own_code(session, member_id=advocate_id, at=now)
    referrals.bind(session, friend_id=friend_id, code=code, channel="qr", at=now, terms=terms)


def give_phone(session: Session, *, member_id: UUID, platform: str, push_token: str) -> None:
    """The member signs in to the app on a phone of their own."""
    register_device(
        session,
        member_id=member_id,
        install_id=push_token,
        platform=platform,
        push_token=PushToken(kind="token", value=push_token),
        app_version="0.1.0",
        by_sign_in=False,
    )


def _member_id(session: Session, person: MemberPerson) -> UUID:
    address = parse_phone(person.phone, region=REGION_DEFAULT)
    member_id = member_queries.member_of_contact(session, contact_lookup(address))
    if member_id is None:
        raise LookupError(person.phone)
    return member_id
