"""How reservations end: confirmed, cancelled or timed out, each once, by whoever comes first.

The guests' books are locked first; then one statement resolves those reservations that are still held and says which.
For these alone points are spent or put back. Whoever comes later is told how it ended.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.members import queries as member_queries
from backend.notifications.service import NewMessage, tell
from backend.programmes import earning
from backend.programmes.queries import programmes
from backend.shared.clock import business_now, system_now
from backend.shared.db import Promise, as_rows, driver_connection, sent_together
from backend.shared.errors import DomainError
from backend.shared.jobs import Job
from backend.shops.queries import the_shop
from backend.staff import queries as staff
from backend.staff.errors import TillKeyNeeded
from backend.till.answers import balance_of
from backend.till.errors import (
    DifferentReservation,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationTimedOut,
    TooManyPoints,
    UnknownReservation,
)
from backend.till.receipt_request import Store
from backend.till.reservation import ConfirmationRequest, Reservation, Resolved
from backend.till.statements import ATTACH_RECEIPTS, DUE_TIMEOUTS, FIND, NEXT_TIMEOUT, RESOLVE

JOB_BATCH_RESERVATIONS = 500


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reservation is to become: `points_spent` of what is set aside are spent, the rest goes back."""

    reservation: Reservation
    status: str
    points_spent: int = 0
    has_receipt: bool = False


def confirm_together(session: Session, requests: Sequence[ConfirmationRequest]) -> list[Resolved | DomainError]:
    """Spends what reservations set aside and returns, in order, what each till is told or why it was refused.

    A reservation that was confirmed already, with as many points, is answered again.
    """
    with sent_together(session):
        revoked_keys = staff.ask_revoked_till_keys(session, {one.till_key for one in requests if one.till_key})
        found = _ask_found(session, {request.reservation_id for request in requests})
    revoked, reservations = revoked_keys(), found()
    outcomes: dict[int, Resolved | DomainError] = {}
    wishes: dict[int, Resolution] = {}
    for position, request in enumerate(requests):
        try:
            wishes[position] = _wish(request, reservations, revoked_keys=revoked)
        except DomainError as problem:
            outcomes[position] = problem
    first = {wish.reservation.id: position for position, wish in reversed(wishes.items())}
    guests = {reservation.member_id for reservation in reservations.values()}
    with sent_together(session):
        locked = ledger.ask_books(session, guests, with_lots=True)
        resolved = ask_resolved(session, {id_: wishes[position] for id_, position in first.items()})
        device_ids = member_queries.ask_push_device_ids(session, guests)
    books, won = locked(), resolved()
    until = _prolonged_until(session, reservations.values()) if won else {}
    for id_, held in won.items():
        wish, store = wishes[first[id_]], requests[first[id_]].store
        enter(books, wish, held, store=store, prolonged_until=until.get(wish.reservation.programme))
    over = find(session, first.keys()) if len(won) < len(wishes) else {}
    for position, wish in wishes.items():
        id_ = wish.reservation.id
        repeated = id_ not in won or first[id_] != position
        ended = over[id_] if repeated else replace(wish.reservation, status="confirmed", points_spent=wish.points_spent)
        outcomes[position] = _told(ended, requests[position], books, repeated=repeated)
    told = [message_of(wishes[first[id_]], requests[first[id_]].store) for id_ in won]
    devices = device_ids()
    with sent_together(session):
        ledger.write(session, books.values())
        tell(session, told, device_ids=devices)
    return [outcomes[position] for position in range(len(requests))]


def cancel(session: Session, *, store_id: UUID, reservation_id: UUID) -> Resolved:
    """Puts back what a reservation of this store set aside; again, or after it timed out, it changes nothing.

    Raises:
        UnknownReservation: the store has no such reservation.
        ReservationConfirmed: the points were spent.
    """
    reservation = find(session, [reservation_id]).get(reservation_id)
    if reservation is None or reservation.store_id != store_id:
        raise UnknownReservation
    books = _lock(session, [reservation])
    resolution = Resolution(reservation, "cancelled")
    won = resolve(session, {reservation_id: resolution})
    if won:
        enter(books, resolution, won[reservation_id])
        ledger.write(session, books.values())
    ended = find(session, [reservation_id])[reservation_id]
    if ended.status == "confirmed":
        raise ReservationConfirmed
    return Resolved(reservation_id, _answer(ended, books), repeated=not won)


def next_timeout(session: Session) -> datetime | None:
    """When the earliest lease ends."""
    row = driver_connection(session).execute(NEXT_TIMEOUT, prepare=True).fetchone()
    return row[0] if row else None


def time_out_due(session: Session, now: datetime) -> int:
    """Lets go what is held beyond its lease at `now`, one batch, oldest first; how many reservations."""
    parameters = {"now": now, "limit": JOB_BATCH_RESERVATIONS}
    due = [row[0] for row in driver_connection(session).execute(DUE_TIMEOUTS, parameters, prepare=True)]
    reservations = find(session, due)
    books = _lock(session, reservations.values())
    resolutions = {id_: Resolution(reservation, "timed_out") for id_, reservation in reservations.items()}
    won = resolve(session, resolutions)
    for id_, held in won.items():
        enter(books, resolutions[id_], held)
    ledger.write(session, books.values())
    return len(won)


RESERVATION_TIMEOUT = Job(name="reservation_timeout", clock="system", next_due=next_timeout, run=time_out_due)


def find(session: Session, reservation_ids: Collection[UUID]) -> dict[UUID, Reservation]:
    """These reservations as they stand; what is read before the guests are locked may be over a moment later."""
    return _ask_found(session, reservation_ids)()


def _ask_found(session: Session, reservation_ids: Collection[UUID]) -> Promise[dict[UUID, Reservation]]:
    rows = driver_connection(session).execute(FIND, {"ids": list(reservation_ids)}, prepare=True)
    return lambda: {row[0]: Reservation(*row) for row in rows}


def resolve(session: Session, resolutions: Mapping[UUID, Resolution]) -> dict[UUID, Mapping[UUID, int]]:
    """Resolves those reservations that are still held (by a sale or a confirmation those whose lease lasts); for each
    of them, the lots in which it holds points. The caller has locked the guests' books and enters the rest.
    """
    return ask_resolved(session, resolutions)() if resolutions else {}


def ask_resolved(session: Session, resolutions: Mapping[UUID, Resolution]) -> Promise[dict[UUID, Mapping[UUID, int]]]:
    """`resolve`, for `sent_together`, after the locks."""
    rows = [
        {
            "id": id_,
            "status": resolution.status,
            "points_spent": resolution.points_spent,
            "has_receipt": resolution.has_receipt,
        }
        for id_, resolution in resolutions.items()
    ]
    parameters = {"resolutions": as_rows(rows), "now": system_now()}
    won = driver_connection(session).execute(RESOLVE, parameters, prepare=True)
    reserve_ids = {id_: resolution.reservation.reserve_id for id_, resolution in resolutions.items()}
    set_aside = ledger.ask_held_by_reservations(session, list(reserve_ids.values()))

    def answer() -> dict[UUID, Mapping[UUID, int]]:
        held = set_aside()
        return {id_: held[reserve_ids[id_]] for (id_,) in won}

    return answer


def enter(
    books: Mapping[UUID, Book],
    resolution: Resolution,
    held: Mapping[UUID, int],
    *,
    store: Store | None = None,
    prolonged_until: datetime | None = None,
) -> None:
    """Spends what a resolution spends, and puts the rest back into the lots that it came from. `prolonged_until` is
    until when the spend lets open points live, where there is no receipt that does.
    """
    reservation = resolution.reservation
    book, left = books[reservation.member_id], dict(held)
    if resolution.points_spent:
        facts = _spend_facts(resolution, store)
        if prolonged_until is not None:
            facts["prolonged_until"] = prolonged_until.isoformat()
        cause = _cause(reservation, "spend", wording="till.spend", facts=facts)
        left = book.spend_reserved(cause, held=left, points=resolution.points_spent)
        if prolonged_until is not None:
            book.prolong(programme=reservation.programme, expires_at=prolonged_until)
    if left:
        words = "till.timeout" if resolution.status == "timed_out" else "till.cancel"
        cause = _cause(reservation, "cancel", wording=words, facts={"points": sum(left.values())})
        book.cancel_reserved(cause, held=left)


def attach_receipts(session: Session, reservation_ids: Collection[UUID]) -> set[UUID]:
    """Gives reservations that were confirmed before their receipt came the receipt; those that had none yet."""
    if not reservation_ids:
        return set()
    rows = driver_connection(session).execute(ATTACH_RECEIPTS, {"ids": list(reservation_ids)}, prepare=True)
    return {row[0] for row in rows}


def message_of(resolution: Resolution, store: Store) -> NewMessage:
    """What the guest is told of points that were spent."""
    reservation = resolution.reservation
    return NewMessage(
        member_id=reservation.member_id,
        kind="points_spent",
        facts=_spend_facts(resolution, store),
        natural_key=f"reservation:{reservation.id}:spent",
    )


def why_over(reservation: Reservation) -> DomainError:
    """The problem of whoever comes to a reservation that is over."""
    if reservation.status == "cancelled":
        return ReservationCancelled()
    # One that is still held is beyond its lease, and the worker has not come by yet.
    return ReservationConfirmed() if reservation.status == "confirmed" else ReservationTimedOut()


def _lock(session: Session, reservations: Iterable[Reservation]) -> dict[UUID, Book]:
    guests = {reservation.member_id for reservation in reservations}
    return ledger.open_books(session, guests, with_lots=True) if guests else {}


def _prolonged_until(session: Session, reservations: Iterable[Reservation]) -> dict[str, datetime]:
    """Until when a spend of now lets open points live, by programme, where activity prolongs them."""
    known, now = programmes(session), business_now()
    found: dict[str, datetime] = {}
    for currency in {reservation.currency for reservation in reservations}:
        programme = known.in_force(currency, now)
        if programme is None or programme.expiry is None or not programme.is_prolonged_by_activity:
            continue
        zone = the_shop(session).zone if programme.expiry.follows_calendar else None
        until = earning.prolonged_until(programme, now, zone=zone)
        if until is not None:
            found[programme.programme] = until
    return found


def _wish(
    request: ConfirmationRequest, reservations: Mapping[UUID, Reservation], *, revoked_keys: Collection[str]
) -> Resolution:
    if request.till_key in revoked_keys:
        raise TillKeyNeeded
    reservation = reservations.get(request.reservation_id)
    if reservation is None or reservation.store_id != request.store.id:
        raise UnknownReservation
    amount_minor = reservation.amount_minor if request.amount_minor is None else request.amount_minor
    maximum = reservation.points_for(amount_minor)
    points = maximum if request.points is None else request.points
    if points > maximum or points == 0:
        raise TooManyPoints(maximum=maximum)
    return Resolution(reservation, "confirmed", points)


def _told(
    ended: Reservation, request: ConfirmationRequest, books: Mapping[UUID, Book], *, repeated: bool
) -> Resolved | DomainError:
    if ended.status != "confirmed":
        return why_over(ended)
    if request.points not in {None, ended.points_spent}:
        return DifferentReservation()
    return Resolved(ended.id, _answer(ended, books), repeated)


def _answer(ended: Reservation, books: Mapping[UUID, Book]) -> dict[str, Any]:
    return {
        "status": ended.status,
        "points": ended.points_spent,
        "discount": ended.points_spent * ended.point_value_minor,
        "currency": ended.currency,
        "balance": balance_of(books[ended.member_id]),
    }


def _spend_facts(resolution: Resolution, store: Store | None) -> dict[str, Any]:
    reservation, points = resolution.reservation, resolution.points_spent
    discount_minor = points * reservation.point_value_minor
    facts = {
        "store": store.name if store else {},
        "points": -points,
        "discount": {"amount_minor": discount_minor, "currency": reservation.currency},
    }
    if points < reservation.points:
        facts |= {"set_aside": reservation.points, "put_back": reservation.points - points}
    return facts


def _cause(reservation: Reservation, kind: str, *, wording: str, facts: dict[str, Any]) -> Cause:
    return Cause(
        natural_key=f"{kind}:{reservation.id}",
        effective_at=business_now(),
        recorded_at=system_now(),
        wording=wording,
        facts=facts,
        programme=reservation.programme,
        programme_version=reservation.programme_version,
        receipt_id=reservation.receipt_id,
    )
