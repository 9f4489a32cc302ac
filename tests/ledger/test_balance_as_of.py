"""What a member had at a moment: as it counts, and as the book knew it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from backend.ledger import queries, service
from backend.ledger.book import Book
from backend.ledger.queries import Balance
from tests.conftest import ObedientClock
from tests.factories.ledger import cause, member_with_book

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def alice_id(session: Session, clock: ObedientClock) -> UUID:
    clock.set(MONDAY)
    return member_with_book(session)


def _enter(session: Session, member_id: UUID) -> Book:
    return service.open_books(session, [member_id], with_lots=True)[member_id]


def _earn(session: Session, member_id: UUID, points: int, *, at: datetime, pending: timedelta = timedelta(0)) -> UUID:
    book = _enter(session, member_id)
    lot_id = book.accrue(
        cause(f"earn:{at}", at=at), points=points, available_at=at + pending, expires_at=None, kind="accrual"
    ).id
    service.write(session, [book])
    return lot_id


def test_before_the_first_event_there_is_nothing(session: Session, alice_id: UUID) -> None:
    _earn(session, alice_id, 120, at=MONDAY)
    assert queries.balance_as_of(session, alice_id, MONDAY - DAY) == Balance()


def test_pending_points_move_on_the_day_of_their_release(session: Session, alice_id: UUID) -> None:
    lot_id = _earn(session, alice_id, 120, at=MONDAY, pending=3 * DAY)
    book = _enter(session, alice_id)
    book.release(cause("release", at=MONDAY + 3 * DAY), lot_id=lot_id)
    service.write(session, [book])
    assert queries.balance_as_of(session, alice_id, MONDAY + 2 * DAY) == Balance(pending=120)
    assert queries.balance_as_of(session, alice_id, MONDAY + 3 * DAY) == Balance(available=120)


def test_what_came_late_stands_on_its_own_day_and_was_not_known_then(
    session: Session, clock: ObedientClock, alice_id: UUID
) -> None:
    clock.set(MONDAY + 2 * DAY)
    _earn(session, alice_id, 120, at=MONDAY)
    tuesday = MONDAY + DAY
    assert queries.balance_as_of(session, alice_id, tuesday) == Balance(available=120)
    assert queries.balance_as_of(session, alice_id, tuesday, dating="recorded") == Balance()
    assert queries.balance_as_of(session, alice_id, MONDAY + 2 * DAY, dating="recorded") == Balance(available=120)


def test_a_debt_that_is_paid_before_it_was_made_is_no_credit(
    session: Session, clock: ObedientClock, alice_id: UUID
) -> None:
    spent = _earn(session, alice_id, 100, at=MONDAY)
    book = _enter(session, alice_id)
    book.spend(cause("spend", at=MONDAY), points=100)
    service.write(session, [book])
    clock.set(MONDAY + 3 * DAY)
    book = _enter(session, alice_id)
    service.load_lots(session, {alice_id: book}, [spent])
    book.take_back(cause("return", at=MONDAY + 3 * DAY), lot_id=spent, points=100)
    service.write(session, [book])
    _earn(session, alice_id, 60, at=MONDAY + DAY)
    assert queries.balance_as_of(session, alice_id, MONDAY + 2 * DAY) == Balance(available=60)
    assert queries.balance_as_of(session, alice_id, MONDAY + 3 * DAY) == Balance(debt=40)
    assert queries.balance_as_of(session, alice_id, MONDAY + 3 * DAY) == queries.balance(session, alice_id)


def _burnable(session: Session, member_id: UUID, points: int) -> UUID:
    book = _enter(session, member_id)
    credit = book.accrue(cause("earn", at=MONDAY), points=points, available_at=MONDAY, expires_at=MONDAY + 2 * DAY)
    service.write(session, [book])
    return credit.id


def test_points_that_came_back_after_their_day_are_not_missing_before(session: Session, alice_id: UUID) -> None:
    lot_id = _burnable(session, alice_id, 100)
    book = _enter(session, alice_id)
    book.spend(cause("spend", at=MONDAY), points=60)
    service.write(session, [book])
    service.expire_due(session, MONDAY + 2 * DAY)
    book = _enter(session, alice_id)
    service.load_lots(session, {alice_id: book}, [lot_id])
    book.give_back(cause("return", at=MONDAY + 4 * DAY), lots={lot_id: 60})
    service.write(session, [book])

    service.expire_due(session, MONDAY + 4 * DAY)

    days = [queries.balance_as_of(session, alice_id, MONDAY + number * DAY) for number in range(5)]
    assert days == [Balance(available=40), Balance(available=40), Balance(), Balance(), Balance()]


def test_points_that_a_reservation_kept_past_their_day_are_not_missing_before(session: Session, alice_id: UUID) -> None:
    lot_id = _burnable(session, alice_id, 100)
    book = _enter(session, alice_id)
    book.reserve(cause("reserve", at=MONDAY + DAY), points=100)
    service.write(session, [book])
    book = _enter(session, alice_id)
    book.cancel_reserved(cause("cancel", at=MONDAY + 3 * DAY), held={lot_id: 100})
    service.write(session, [book])

    service.expire_due(session, MONDAY + 3 * DAY)

    assert queries.balance_as_of(session, alice_id, MONDAY + 2 * DAY) == Balance(reserved=100)
    assert queries.balance_as_of(session, alice_id, MONDAY + 3 * DAY) == Balance()
