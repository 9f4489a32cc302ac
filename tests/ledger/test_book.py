"""The pure arithmetic of a member's book."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from backend.ledger.book import Book, Cause

NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)
FORTNIGHT = timedelta(days=14)
YEAR = timedelta(days=365)


def _cause(at: datetime = NOON) -> Cause:
    return Cause(natural_key=str(uuid4()), effective_at=at, recorded_at=at, wording="test")


def _book() -> Book:
    return Book(uuid4())


def _accrue(book: Book, points: int, *, pending_days: int = 14, at: datetime = NOON) -> UUID:
    available_at = at + timedelta(days=pending_days)
    return book.accrue(_cause(at), points=points, available_at=available_at, expires_at=available_at + YEAR).id


def test_an_accrual_waits_for_the_end_of_the_return_window() -> None:
    book = _book()
    _accrue(book, 120)
    assert (book.pending, book.available) == (120, 0)


def test_an_accrual_without_a_window_is_available_at_once() -> None:
    book = _book()
    _accrue(book, 120, pending_days=0)
    assert (book.pending, book.available) == (0, 120)


def test_a_release_moves_what_is_left_of_the_lot() -> None:
    book = _book()
    lot = _accrue(book, 120)
    book.take_back(_cause(), lot_id=lot, points=20)
    book.release(_cause(), lot_id=lot)
    assert (book.pending, book.available) == (0, 100)


def test_a_lot_is_released_once() -> None:
    book = _book()
    lot = _accrue(book, 120)
    assert book.release(_cause(), lot_id=lot) is not None
    assert book.release(_cause(), lot_id=lot) is None
    assert book.available == 120


def test_a_lot_of_which_nothing_is_left_is_neither_released_nor_burnt() -> None:
    book = _book()
    returned = _accrue(book, 120)
    book.take_back(_cause(), lot_id=returned, points=120)
    assert book.release(_cause(), lot_id=returned) is None
    burnt = _accrue(book, 120, pending_days=0)
    book.expire(_cause(), lot_id=burnt)
    assert book.expire(_cause(), lot_id=burnt) is None


def test_a_lot_upon_which_a_case_waits_is_not_released() -> None:
    book = _book()
    held = book.accrue(_cause(), points=120, available_at=NOON, expires_at=None, held_case_id=uuid4()).id
    assert book.pending == 120
    assert book.release(_cause(), lot_id=held) is None
    assert (book.pending, book.available) == (120, 0)


def test_what_was_spent_already_becomes_a_debt() -> None:
    book = _book()
    lot = _accrue(book, 120, pending_days=0)
    book.expire(_cause(), lot_id=lot)
    taken = book.take_back(_cause(), lot_id=lot, points=120)
    assert (taken.points_available, taken.points_owed) == (0, 120)
    assert (book.available, book.debt) == (0, -120)


def test_a_return_takes_other_points_before_it_makes_a_debt() -> None:
    book = _book()
    spent = _accrue(book, 100, pending_days=0)
    book.expire(_cause(), lot_id=spent)
    _accrue(book, 70, pending_days=0)
    taken = book.take_back(_cause(), lot_id=spent, points=100)
    assert (taken.points_available, taken.points_owed) == (70, 30)
    assert (book.available, book.debt) == (0, -30)


def test_a_return_takes_other_lots_in_order_of_expiry() -> None:
    book = _book()
    spent = _accrue(book, 50, pending_days=0)
    book.expire(_cause(), lot_id=spent)
    later = _accrue(book, 50, pending_days=0, at=NOON + timedelta(days=5))
    sooner = _accrue(book, 50, pending_days=0, at=NOON + timedelta(days=1))
    book.take_back(_cause(), lot_id=spent, points=60 - 10)
    assert (book.lots[sooner].points_remaining, book.lots[later].points_remaining) == (0, 50)


def test_a_debt_is_paid_by_the_next_accrual() -> None:
    book = _book()
    lot = _accrue(book, 50, pending_days=0)
    book.expire(_cause(), lot_id=lot)
    book.take_back(_cause(), lot_id=lot, points=50)
    _accrue(book, 80, pending_days=0)
    assert (book.available, book.debt) == (30, 0)


def test_a_debt_is_paid_by_a_release() -> None:
    book = _book()
    lot = _accrue(book, 50, pending_days=0)
    book.expire(_cause(), lot_id=lot)
    book.take_back(_cause(), lot_id=lot, points=50)
    pending = _accrue(book, 80)
    assert book.debt == -50
    book.release(_cause(), lot_id=pending)
    assert (book.pending, book.available, book.debt) == (0, 30, 0)
    assert book.lots[pending].points_remaining == 30


def test_more_than_a_pending_lot_holds_is_never_taken_from_it() -> None:
    book = _book()
    lot = _accrue(book, 50)
    with pytest.raises(ValueError, match="cannot be taken back"):
        book.take_back(_cause(), lot_id=lot, points=51)
    assert book.pending == 50


@pytest.mark.parametrize("points", [0, -1])
def test_nothing_is_entered_for_no_points(points: int) -> None:
    book = _book()
    with pytest.raises(ValueError, match="positive"):
        _accrue(book, points)
    assert book.entered == []


def test_a_debt_is_paid_by_what_burns_first_of_a_reservation_that_is_cancelled() -> None:
    book = _book()
    later = _accrue(book, 30, pending_days=0, at=NOON + timedelta(days=5))
    sooner = _accrue(book, 30, pending_days=0)
    reserved = book.reserve(_cause(), points=60)
    held = {movement.lot_id: movement.points_reserved_change for movement in reserved.movements}
    book.take_back(_cause(), lot_id=later, points=30)
    book.cancel_reserved(_cause(), held={later: held[later], sooner: held[sooner]})
    assert (book.lots[sooner].points_remaining, book.lots[later].points_remaining) == (0, 30)


def test_a_part_of_a_reservation_spends_what_burns_first() -> None:
    book = _book()
    later = _accrue(book, 30, pending_days=0, at=NOON + timedelta(days=5))
    sooner = _accrue(book, 30, pending_days=0)
    book.reserve(_cause(), points=60)
    assert book.spend_reserved(_cause(), held={later: 30, sooner: 30}, points=40) == {later: 20}
    assert (book.lots[sooner].points_reserved, book.lots[later].points_reserved) == (0, 20)
