"""What the till keeps in step with the ledger: the reservations that are held are what each book has set aside."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.ledger.audit import OutsideInvariant
from backend.ledger.invariants import WrittenBook
from backend.till.models import Reservation


def _reserved_otherwise(session: Session, books: Sequence[WrittenBook]) -> Iterator[tuple[UUID, str]]:
    held = (
        select(Reservation.member_id, func.sum(Reservation.points))
        .where(Reservation.status == "held", Reservation.member_id.in_([book.member_id for book in books]))
        .group_by(Reservation.member_id)
    )
    points_of = {member_id: int(points) for member_id, points in session.execute(held)}
    for book in books:
        if book.balance.get("reserved", 0) != points_of.get(book.member_id, 0):
            yield book.member_id, str(book.member_id)


RESERVATIONS_ARE_SET_ASIDE = OutsideInvariant("reservations hold what is set aside", _reserved_otherwise)
