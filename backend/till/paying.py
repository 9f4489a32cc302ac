"""Receipts that are paid with points: the reservation that a receipt names is confirmed together with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.receipts.sale import Sale
from backend.shared.errors import DomainError
from backend.till import resolving
from backend.till.batch import Batch, Payment
from backend.till.errors import (
    PaymentsNotMatching,
    ReservationConfirmed,
    ReservationForAnotherReceipt,
    UnknownReservation,
)
from backend.till.reservation import Reservation
from backend.till.resolving import Resolution


def look(session: Session, batch: Batch) -> None:
    """Finds the reservations that receipts name; a receipt that names none of its store is refused."""
    named = {
        position: request.reservation_id for position, request in enumerate(batch.requests) if request.reservation_id
    }
    found = resolving.find(session, set(named.values())) if named else {}
    for position, reservation_id in named.items():
        reservation = found.get(reservation_id)
        if reservation is None or reservation.store_id != batch.requests[position].store.id:
            batch.answer(position, UnknownReservation())
        else:
            batch.reservations[position] = reservation


def problem_of(batch: Batch, position: int, sale: Sale) -> DomainError | None:
    """Why a receipt cannot be paid with the reservation that it names, or with the payments that it lists."""
    reservation = batch.reservations.get(position)
    if reservation is None:
        return problem_of_payments(sale, discount_minor=0)
    same_guest = sale.member_id in {None, reservation.member_id}
    if not same_guest or sale.currency != reservation.currency:
        return ReservationForAnotherReceipt()
    points = _points(reservation, sale)
    return problem_of_payments(sale, discount_minor=points * reservation.point_value_minor)


def problem_of_payments(sale: Sale, *, discount_minor: int) -> DomainError | None:
    """Whether payments, where a till lists them, are what was left to pay; what points paid may stand among them."""
    if discount_minor > sale.total_minor:
        return ReservationForAnotherReceipt()
    if not sale.payments:
        return None
    by_points_minor = sum(payment["amount"] for payment in sale.payments if payment["kind"] == "points")
    paid_minor = sum(payment["amount"] for payment in sale.payments) - by_points_minor
    if paid_minor == sale.total_minor - discount_minor and by_points_minor in {0, discount_minor}:
        return None
    return PaymentsNotMatching(due_minor=sale.total_minor - discount_minor, paid_minor=paid_minor)


def settle(session: Session, batch: Batch) -> None:
    """Resolves the reservations of the receipts that will be recorded, under the locks; a receipt whose reservation is
    over is refused, unless it was confirmed and waits for this very receipt.

    Call it when nothing else can be refused any more: what is resolved here is spent by `enter`.
    """
    named = {position: batch.reservations[position] for position in batch.sales if position in batch.reservations}
    if not named:
        return
    first = {reservation.id: position for position, reservation in reversed(named.items())}
    resolutions = {id_: _resolution(named[position], batch.sales[position]) for id_, position in first.items()}
    won = resolving.resolve(session, resolutions)
    lost = [id_ for id_ in first if id_ not in won]
    over = resolving.find(session, lost) if lost else {}
    spent_before = {id_: _spent_before(over[id_], batch.sales[first[id_]]) for id_ in lost}
    attached = resolving.attach_receipts(session, [id_ for id_, resolution in spent_before.items() if resolution])
    for position, reservation in named.items():
        if first[reservation.id] != position:
            batch.answer(position, ReservationConfirmed())
        elif reservation.id in won:
            _pay(batch, position, resolutions[reservation.id], won[reservation.id])
        elif reservation.id in attached and (resolution := spent_before[reservation.id]):
            _pay(batch, position, resolution, {})
        else:
            batch.answer(position, resolving.why_over(over[reservation.id]))


def enter(batch: Batch, position: int) -> list[dict[str, Any]]:
    """Spends the points that pay a receipt from its guest's book; what the till is told of it."""
    payment = batch.payments.get(position)
    if payment is None:
        return []
    if payment.held:
        resolving.enter(batch.books, payment.resolution, payment.held, store=batch.requests[position].store)
    if not payment.points:
        return []
    discount = {"amount_minor": payment.discount_minor, "currency": payment.resolution.reservation.currency}
    return [{"kind": "till.spent", "facts": {"points": -payment.points, "discount": discount}}]


def _points(reservation: Reservation, sale: Sale) -> int:
    if reservation.status == "confirmed":
        return reservation.points_spent
    return reservation.points_for(sale.total_minor)


def _resolution(reservation: Reservation, sale: Sale) -> Resolution:
    points = reservation.points_for(sale.total_minor)
    return Resolution(reservation, "confirmed" if points else "cancelled", points, has_receipt=True)


def _spent_before(over: Reservation, sale: Sale) -> Resolution | None:
    """How a reservation that was confirmed before its receipt came pays the receipt; None where it does not."""
    discount_minor = over.points_spent * over.point_value_minor
    if over.status != "confirmed" or problem_of_payments(sale, discount_minor=discount_minor):
        return None
    return Resolution(over, over.status, over.points_spent, has_receipt=True)


def _pay(batch: Batch, position: int, resolution: Resolution, held: Mapping[UUID, int]) -> None:
    payment = Payment(resolution, held)
    batch.payments[position] = payment
    batch.sales[position] = replace(batch.sales[position], paid_with_points_minor=payment.discount_minor)
