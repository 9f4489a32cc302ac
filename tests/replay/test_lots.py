"""A member's points on trial behave as the ledger's book does, whatever happens to them in whatever order."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.ledger.book import AVAILABLE, PENDING, Book, Cause
from backend.replay.lots import Lots
from backend.shared.ids import new_id

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["credit", "spend", "take_back", "give_back"]),
        st.integers(0, 12),
        st.integers(1, 100),
        st.sampled_from([0, 3, 10]),
        st.sampled_from([None, 5, 20]),
        st.integers(0, 10),
    ),
    max_size=40,
)


# Which of the equal lots was spent decides what the return of the first of them takes.
EQUAL_LOTS = [
    *[("credit", 0, 1, 0, None, 0)] * 18,
    ("spend", 0, 1, 0, None, 0),
    ("credit", 0, 1, 0, 5, 0),
    ("take_back", 3, 1, 0, None, 0),
    ("credit", 2, 1, 0, None, 0),
]


@pytest.fixture(scope="module", autouse=True)
def ids_in_order() -> Iterator[None]:
    """The book takes lots that are alike by their ids, which within a millisecond come in any order; on trial they are
    taken as they came.
    """
    numbers = itertools.count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.ledger.book.new_id", lambda: UUID(int=next(numbers)))
        yield


def cause(at: datetime) -> Cause:
    return Cause(natural_key="key", effective_at=at, recorded_at=at, wording="")


def let_time_pass(book: Book, at: datetime) -> int:
    """Releases and burns what is due, in the order in which it is; how much burnt."""
    due = [(lot.available_at, 0, lot_id) for lot_id, lot in book.lots.items() if lot.state == PENDING]
    due += [(lot.expires_at, 1, lot_id) for lot_id, lot in book.lots.items() if lot.expires_at]
    burnt = 0
    for moment, kind, lot_id in sorted(due):
        if moment > at:
            continue
        lot = book.lots[lot_id]
        if kind == 0:
            book.release(cause(moment), lot_id=lot_id)
            lot.state = AVAILABLE
        elif lot.state == AVAILABLE:
            burnt += lot.points_remaining
            book.expire(cause(moment), lot_id=lot_id)
    return burnt


@settings(max_examples=300, deadline=None)
@given(EVENTS)
@example(EQUAL_LOTS)
def test_the_same_as_the_ledgers_book(events: list[tuple[str, int, int, int, int | None, int]]) -> None:
    burnt: list[int] = []
    book, lots = Book(new_id()), Lots(lambda _at, points: burnt.append(points))
    credited: list[list] = []
    spent: list[tuple[dict, list]] = []
    burnt_in_book, at = 0, BEGIN
    for kind, later, points, pending, lives, which in events:
        at += timedelta(days=later)
        burnt_in_book += let_time_pass(book, at)
        lots.catch_up(at)
        if kind == "credit":
            available_at = at + timedelta(days=pending)
            expires_at = available_at + timedelta(days=lives) if lives else None
            entered = book.accrue(cause(at), points=points, available_at=available_at, expires_at=expires_at)
            lot = lots.credit(points, available_at=available_at, expires_at=expires_at, at=at)
            credited.append([entered.id, lot, points])
        elif kind == "spend" and lots.available:
            part = min(points, lots.available)
            entered = book.spend(cause(at), points=part)
            by_lot = {movement.lot_id: -movement.points_remaining_change for movement in entered.movements}
            spent.append((by_lot, lots.spend(part)))
        elif kind == "take_back" and credited:
            credit = credited[which % len(credited)]
            part = min(points, credit[2])
            if part:
                credit[2] -= part
                taken = book.take_back(cause(at), lot_id=credit[0], points=part)
                assert lots.take_back(credit[1], part) == taken.points_owed
        elif kind == "give_back" and spent:
            by_lot, parts = spent.pop(which % len(spent))
            book.give_back(cause(at), lots=by_lot)
            lots.give_back(parts, at=at)
            burnt_in_book += let_time_pass(book, at)
        assert (lots.pending, lots.available, lots.debt) == (book.pending, book.available, -book.debt)
        assert sum(burnt) == burnt_in_book
