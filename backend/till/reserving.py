"""Setting points aside for sales that are being paid, a batch at a time; a single reservation is a batch of one.

Members are locked in sorted order; under the locks each request is compared with what is there and judged on the
member's book, which it changes, so that the next request of the batch finds what is left. A wish is never clipped: too
many points are refused, and the till is told how many it may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.ledger.errors import SpendingFrozen
from backend.members import service as members
from backend.members.service import Resolution
from backend.programmes.programme import Programme
from backend.programmes.queries import Programmes, ask_programmes, main_programme
from backend.programmes.screening import screening_settings
from backend.screening.account_pause import Pause, SpendingPaused, ask_pauses
from backend.shared.clock import business_now, system_now
from backend.shared.db import Promise, as_rows, driver_connection, sent_together
from backend.shared.errors import DomainError
from backend.shared.ids import new_id
from backend.shops.queries import the_shop
from backend.staff import queries as staff
from backend.staff.errors import TillKeyNeeded
from backend.till.answers import balance_of
from backend.till.errors import (
    CodeAlreadyUsed,
    DifferentReservation,
    FreshCodeNeeded,
    NumberTaken,
    TooManyPoints,
    UnknownCode,
    UnknownCurrency,
    UnknownMember,
)
from backend.till.facts import terms_at
from backend.till.reservation import ReservationRequest, Reserved
from backend.till.statements import HOLD, LOOK

# Time to look for the rest of the money; what a till that died has set aside is free again after it.
LEASE = timedelta(minutes=10)

Number = tuple[UUID, str]
Code = tuple[bytes | None, int | None]
Content = tuple[UUID, int, int, str]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request, whose code it brings, and the programme whose points are meant."""

    request: ReservationRequest
    guest: Resolution
    programme: Programme

    @property
    def number(self) -> Number:
        return self.request.store.id, self.request.external_id

    @property
    def code(self) -> Code:
        return self.guest.device_id, self.guest.step

    @property
    def content(self) -> Content:
        """What the request says; who is meant counts, not by which of their codes."""
        return self.guest.member_id, self.request.points, self.request.amount_minor, self.programme.currency


@dataclass(slots=True)
class _Batch:
    """What is known of a batch under way. `outcomes` is filled by position."""

    outcomes: dict[int, Reserved | DomainError] = field(default_factory=dict)
    wishes: dict[int, _Wish] = field(default_factory=dict)
    books: Mapping[UUID, Book] = field(default_factory=dict)
    made: dict[Number, tuple[Content, Reserved]] = field(default_factory=dict)
    """Reservations that are there, whether from before or from this batch."""
    pauses: dict[tuple[str, UUID], Pause] = field(default_factory=dict)
    """Guests who may spend nothing of a programme's points for a while, by programme and guest."""
    zone: str = ""
    """The shop's, where somebody is paused."""
    spent_codes: set[Code] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)


def reserve_together(session: Session, requests: Sequence[ReservationRequest]) -> list[Reserved | DomainError]:
    """Sets points aside and returns, in order, what each till is told or the problem of the one that was refused.

    A reservation that is there already, with the same content, is answered as before, with its status of now.

    Raises:
        NumberTaken: a number was taken by another batch meanwhile; roll back and call again.
    """
    batch = _Batch()
    _identify(session, batch, requests)
    guests = {wish.guest.member_id for wish in batch.wishes.values()}
    with sent_together(session):
        books = ledger.ask_books(session, guests, with_lots=True)
        looked = _ask_what_is_there(session, batch)
        paused = _ask_pauses(session, batch)
    batch.books = books()
    looked()
    batch.pauses = paused()
    batch.zone = the_shop(session).zone if batch.pauses else ""
    _find_terms(session, batch)
    for position, wish in batch.wishes.items():
        try:
            batch.outcomes[position] = _reserve(batch, wish)
        except DomainError as problem:
            batch.outcomes[position] = problem
    with sent_together(session):
        held_count = _hold(session, batch.rows)
        ledger.write(session, batch.books.values())
    if held_count() != len(batch.rows):
        raise NumberTaken
    return [batch.outcomes[position] for position in range(len(requests))]


def _identify(session: Session, batch: _Batch, requests: Sequence[ReservationRequest]) -> None:
    """Whose codes these are, and which programme each request means."""
    with sent_together(session):
        revoked_keys = staff.ask_revoked_till_keys(session, {one.till_key for one in requests if one.till_key})
        known_programmes = ask_programmes(session)
        resolved = members.ask_resolved_codes(session, [request.code for request in requests])
    revoked, known, now = revoked_keys(), known_programmes(), business_now()
    for position, (request, guest) in enumerate(zip(requests, resolved(), strict=True)):
        programme = _programme(session, known, request.currency, now)
        if request.till_key in revoked:
            batch.outcomes[position] = TillKeyNeeded()
        elif guest is None:
            batch.outcomes[position] = UnknownCode()
        elif guest.kind != "code":
            batch.outcomes[position] = FreshCodeNeeded()
        elif programme is None:
            known_currencies = ", ".join(known.currencies) or "–"
            batch.outcomes[position] = UnknownCurrency(currency=request.currency or "–", known=known_currencies)
        else:
            batch.wishes[position] = _Wish(request, guest, programme)


def _find_terms(session: Session, batch: _Batch) -> None:
    """The terms of each guest in each store, where a programme has several: they say how much points may pay."""
    with_terms = {id(wish.programme): wish.programme for wish in batch.wishes.values() if wish.programme.terms}
    for programme in with_terms.values():
        places = [place for place, wish in batch.wishes.items() if wish.programme is programme]
        asked = [(batch.wishes[place].request.store, batch.wishes[place].guest.member_id) for place in places]
        for place, terms in zip(places, terms_at(session, programme, asked, at=business_now()), strict=True):
            batch.wishes[place] = replace(batch.wishes[place], programme=terms)


def _programme(session: Session, known: Programmes, currency: str | None, now: datetime) -> Programme | None:
    if currency is None and len(known.currencies) == 1:
        currency = known.currencies[0]
    return known.in_force(currency, now) if currency else main_programme(session, at=now)


def _ask_what_is_there(session: Session, batch: _Batch) -> Promise[None]:
    """Which of the numbers are there already, and which of the codes are spent."""
    wishes = list(batch.wishes.values())
    parameters = {
        "store_ids": [wish.request.store.id for wish in wishes],
        "external_ids": [wish.request.external_id for wish in wishes],
        "device_ids": [wish.guest.device_id for wish in wishes],
        "code_steps": [wish.guest.step for wish in wishes],
    }
    asked = driver_connection(session).execute(LOOK, parameters, prepare=True)

    def answer() -> None:
        for place, id_, member_id, points, amount_minor, currency, status, told, code_is_spent in asked:
            wish = wishes[place]
            if id_ is not None:
                reserved = Reserved(id_, told | {"status": status}, repeated=True)
                batch.made[wish.number] = (member_id, points, amount_minor, currency), reserved
            if code_is_spent:
                batch.spent_codes.add(wish.code)

    return answer


def _ask_pauses(session: Session, batch: _Batch) -> Promise[dict[tuple[str, UUID], Pause]]:
    """Which guests may not spend after their account was changed; nothing is asked where no programme minds."""
    of_programmes: dict[str, tuple[Programme, set[UUID]]] = {}
    for wish in batch.wishes.values():
        _, guests = of_programmes.setdefault(wish.programme.programme, (wish.programme, set()))
        guests.add(wish.guest.member_id)
    asked = {
        name: ask_pauses(session, guests, screening_settings(programme))
        for name, (programme, guests) in of_programmes.items()
    }
    return lambda: {(name, guest): pause for name, found in asked.items() for guest, pause in found().items()}


def _reserve(batch: _Batch, wish: _Wish) -> Reserved:
    """One request: what is there already is answered, anything else is set aside in the guest's book.

    Raises:
        DomainError: it is refused.
    """
    content, reserved = batch.made.get(wish.number, (None, None))
    if reserved is not None:
        if content != wish.content:
            raise DifferentReservation
        return reserved
    if not wish.guest.fresh:
        raise FreshCodeNeeded
    if wish.code in batch.spent_codes:
        raise CodeAlreadyUsed
    book = batch.books.get(wish.guest.member_id)
    if book is None:
        raise UnknownMember
    if book.frozen:
        raise SpendingFrozen
    pause = batch.pauses.get((wish.programme.programme, wish.guest.member_id))
    if pause is not None:
        raise SpendingPaused(pause, zone=batch.zone)
    request, programme = wish.request, wish.programme
    maximum = min(book.spendable(programme.programme), programme.points_payable(request.amount_minor))
    if request.points > maximum:
        raise TooManyPoints(maximum=maximum)
    row = _enter(book, wish)
    batch.rows.append(row)
    batch.spent_codes.add(wish.code)
    repeated = Reserved(row["id"], row["answer"], repeated=True)
    batch.made[wish.number] = wish.content, repeated
    return Reserved(row["id"], row["answer"])


def _enter(book: Book, wish: _Wish) -> dict[str, Any]:
    """Sets the points aside in the book; the reservation's row."""
    request, programme = wish.request, wish.programme
    id_, receipt_id, now = new_id(), new_id(), system_now()
    discount_minor = request.points * programme.point_value_minor
    cause = Cause(
        natural_key=f"reserve:{id_}",
        effective_at=business_now(),
        recorded_at=now,
        wording="till.reserve",
        facts={
            "store": request.store.name,
            "points": -request.points,
            "total": {"amount_minor": request.amount_minor, "currency": programme.currency},
        },
        programme=programme.programme,
        programme_version=programme.version,
        receipt_id=receipt_id,
    )
    transaction = book.reserve(cause, points=request.points)
    expires_at = now + LEASE
    answer = {
        "points": request.points,
        "discount": discount_minor,
        "amount_due": request.amount_minor - discount_minor,
        "currency": programme.currency,
        "expires_at": expires_at.isoformat(),
        "status": "held",
        "balance": balance_of(book),
    }
    return {
        "id": id_,
        "store_id": request.store.id,
        "external_id": request.external_id,
        "member_id": book.member_id,
        "device_id": wish.guest.device_id,
        "code_step": wish.guest.step,
        "status": "held",
        "points": request.points,
        "amount_minor": request.amount_minor,
        "currency": programme.currency,
        "programme": programme.programme,
        "programme_version": programme.version,
        "point_value_minor": programme.point_value_minor,
        "maximum_share_basis_points": programme.redemption.maximum_share_basis_points,
        "reserve_id": transaction.id,
        "receipt_id": receipt_id,
        "reserved_at": now,
        "expires_at": expires_at,
        "answer": answer,
    }


def _hold(session: Session, rows: Sequence[Mapping[str, Any]]) -> Promise[int]:
    """Inserts reservations; answers how many, for one whose number or code is taken is left out."""
    held = driver_connection(session).execute(HOLD, {"reservations": as_rows(rows)}, prepare=True)
    return lambda: sum(count for (count,) in held)
