"""How a return falls on the lines of its sale."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.receipts.allocation import (
    AllocatedLine,
    LineLeft,
    Returned,
    all_that_is_left,
    allocate_lines,
    earning_part,
    points_to_take_back,
)
from backend.receipts.errors import MoreThanSold
from backend.receipts.sale import ReturnedLine


def _line(position: int, sku: str, quantity: str, amount_minor: int) -> LineLeft:
    return LineLeft(position, sku, None, Decimal(quantity), amount_minor, Decimal(quantity), amount_minor)


def test_a_part_of_a_line_costs_its_share() -> None:
    [piece] = allocate_lines([_line(1, "BEANS", "3", 1_000)], [ReturnedLine(sku="BEANS", quantity=Decimal(1))])
    assert (piece.quantity, piece.amount_minor) == (Decimal(1), 333)


def test_the_last_of_a_line_takes_what_rounding_left() -> None:
    left = LineLeft(1, "BEANS", None, Decimal(3), 1_000, Decimal(1), 334)
    [piece] = allocate_lines([left], [ReturnedLine(sku="BEANS", quantity=Decimal(1))])
    assert piece.amount_minor == 334


def test_an_sku_on_two_lines_is_taken_from_the_first_line_first() -> None:
    lines = [_line(1, "CUP", "1", 100), _line(2, "CUP", "2", 200)]
    pieces = allocate_lines(lines, [ReturnedLine(sku="CUP", quantity=Decimal(2))])
    assert [(piece.position, piece.quantity) for piece in pieces] == [(1, Decimal(1)), (2, Decimal(1))]


def test_where_the_amount_is_named_the_line_of_that_price_is_taken() -> None:
    lines = [_line(1, "CUP", "1", 100), _line(2, "CUP", "1", 80)]
    [piece] = allocate_lines(lines, [ReturnedLine(sku="CUP", quantity=Decimal(1), amount_minor=80)])
    assert (piece.position, piece.amount_minor) == (2, 80)


def test_goods_by_weight_come_back_in_part() -> None:
    [piece] = allocate_lines([_line(1, "TEA", "0.250", 500)], [ReturnedLine(sku="TEA", quantity=Decimal("0.1"))])
    assert (piece.quantity, piece.amount_minor) == (Decimal("0.1"), 200)


@pytest.mark.parametrize("returned", [("CUP", "2"), ("POT", "1")])
def test_more_than_was_sold_is_refused(returned: tuple[str, str]) -> None:
    with pytest.raises(MoreThanSold):
        allocate_lines([_line(1, "CUP", "1", 100)], [ReturnedLine(sku=returned[0], quantity=Decimal(returned[1]))])


def test_a_line_that_a_return_names_twice_comes_back_once() -> None:
    lines = [_line(1, "CUP", "3", 1_000)]
    one, two, three = (ReturnedLine(sku="CUP", quantity=Decimal(quantity)) for quantity in (1, 2, 3))
    [piece] = allocate_lines(lines, [one, two])
    assert (piece.quantity, piece.amount_minor) == (Decimal(3), 1_000)
    with pytest.raises(MoreThanSold):
        allocate_lines(lines, [one, three])


def test_what_cost_nothing_comes_back_with_the_rest() -> None:
    lines = [
        _line(1, "CUP", "1", 100),
        _line(2, "NAPKIN", "1", 0),
        replace(_line(3, "POT", "1", 0), quantity_left=Decimal(0)),
    ]
    assert [piece.position for piece in all_that_is_left(lines)] == [1, 2]


@given(
    amount_minor=st.integers(0, 10**7),
    pieces=st.lists(st.integers(1, 50), min_size=1, max_size=8),
)
def test_parts_of_a_line_add_up_to_the_line(amount_minor: int, pieces: list[int]) -> None:
    whole = sum(pieces)
    left_quantity, left_amount, taken = Decimal(whole), amount_minor, 0
    for piece in pieces:
        line = LineLeft(1, "CUP", None, Decimal(whole), amount_minor, left_quantity, left_amount)
        [allocated] = allocate_lines([line], [ReturnedLine(sku="CUP", quantity=Decimal(piece))])
        left_quantity -= allocated.quantity
        left_amount -= allocated.amount_minor
        taken += allocated.amount_minor
    assert (left_quantity, left_amount, taken) == (0, 0, amount_minor)


@given(
    points=st.integers(0, 10**6),
    total=st.integers(1, 10**8),
    parts=st.lists(st.integers(1, 10**7), max_size=8),
)
def test_parts_of_a_return_never_take_more_than_the_whole(points: int, total: int, parts: list[int]) -> None:
    taken = returned = 0
    for part in [*parts, total]:
        returned = min(total, returned + part)
        due = points_to_take_back(points=points, taken_back=taken, total_minor=total, returned_minor=returned)
        assert due >= 0
        taken += due
    assert taken == points


@given(
    paid=st.integers(0, 10**6),
    total=st.integers(1, 10**7),
    parts=st.lists(st.integers(1, 10**6), max_size=8),
)
def test_shares_of_a_return_add_up_to_what_was_paid(paid: int, total: int, parts: list[int]) -> None:
    points = min(paid, total // 100)
    given_back = refunded = returned = 0
    for part in [*parts, total]:
        returned = min(total, returned + part)
        so_far = Returned(total, returned)
        back = so_far.points_to_give_back(points=points, given_back=given_back)
        refunded_now = so_far.refunded_minor(paid_with_points_minor=points * 100) - refunded
        assert back >= 0
        assert refunded_now >= 0
        given_back, refunded = given_back + back, refunded + refunded_now
        assert refunded + given_back * 100 <= returned
    assert (given_back, refunded) == (points, total - points * 100)


@given(
    lines=st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), min_size=1, max_size=5),
    parts=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 10**6)), max_size=8),
    points=st.integers(1, 10**5),
)
def test_earned_points_go_with_the_goods_that_earned_them(lines, parts, points: int) -> None:
    """Lines and amounts come back in any order: what is taken back only grows, and in the end it is all."""
    total = sum(amount for amount, _ in lines)
    left, returned, taken = [amount for amount, _ in lines], 0, 0
    for place, amount in [*parts, (None, total)]:
        allocated = []
        if place is None:
            amount = total - returned
            allocated = [AllocatedLine(number, Decimal(1), part) for number, part in enumerate(left) if part]
        elif place < len(lines):
            amount = min(amount, left[place], total - returned)
            allocated = [AllocatedLine(place, Decimal(1), amount)] if amount else []
        else:
            amount = min(amount, total - returned)
        sold = [
            LineLeft(number, "A", "earns" if earns else None, Decimal(1), whole, Decimal(1), left[number])
            for number, (whole, earns) in enumerate(lines)
        ]
        returned += amount
        part = earning_part(
            sold,
            allocated,
            whole=Returned(total, returned),
            weight=lambda line: line.amount_minor if line.category == "earns" else 0,
        )
        due = part.points_to_take_back(points=points, taken_back=taken)
        assert due >= 0
        taken += due
        for line in allocated:
            left[line.position] -= line.amount_minor
    assert taken == points
