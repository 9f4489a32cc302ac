"""Where the people of a case and what they share are drawn."""

import math
from itertools import combinations

import pytest

from backend.console.circle_drawing import PERSON_RADIUS, draw
from backend.referrals.circle import Circle, Tie
from backend.shared.ids import new_id


def a_circle(people: int) -> Circle:
    """The first has invited all others, and each shares a phone with the next."""
    ids = [new_id() for _ in range(people)]
    return Circle(
        member_ids=ids,
        invitations=[(ids[0], friend) for friend in ids[1:]],
        ties=[Tie(member_ids=pair, kinds={"device": 1}) for pair in zip(ids, ids[1:], strict=False)],
    )


@pytest.mark.parametrize("people", range(2, 25))
def test_nobody_stands_on_anybody_and_all_are_in_the_picture(people: int):
    drawing = draw(a_circle(people))
    for one, other in combinations(drawing.people, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) > 2 * PERSON_RADIUS
    for one in (*drawing.people, *drawing.ties):
        assert 0 < one.x < drawing.width
        assert 0 < one.y < drawing.height


@pytest.mark.parametrize("people", range(3, 13))
def test_what_is_shared_hides_no_person_and_nothing_else(people: int):
    drawing = draw(a_circle(people))
    for tie in drawing.ties:
        assert all(math.dist((tie.x, tie.y), (one.x, one.y)) > PERSON_RADIUS for one in drawing.people)
    for one, other in combinations(drawing.ties, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) > 32


def test_what_all_share_leaves_room_for_what_two_share():
    """Lena invited three; two share a phone, two a card, and all one network."""
    lena, petr, mark, nina = (new_id() for _ in range(4))
    circle = Circle(
        member_ids=[lena, petr, mark, nina],
        invitations=[(lena, friend) for friend in (petr, mark, nina)],
        ties=[
            Tie(member_ids=(petr, nina), kinds={"device": 1}),
            Tie(member_ids=(mark, nina), kinds={"payment": 1}),
            Tie(member_ids=(lena, petr, mark, nina), kinds={"address": 1}),
        ],
    )
    drawing = draw(circle)
    assert all(
        math.dist((tie.x, tie.y), (one.x, one.y)) > PERSON_RADIUS + 16 + 10
        for tie in drawing.ties
        for one in drawing.people
    )
    assert all(math.dist((a.x, a.y), (b.x, b.y)) > 40 for a, b in combinations(drawing.ties, 2))


def test_two_who_share_look_at_each_other_and_the_arrow_goes_round():
    drawing = draw(a_circle(2))
    first, second = drawing.people
    assert first.y == second.y
    assert first.x < second.x
    (arrow,) = drawing.arrows
    (tie,) = drawing.ties
    bend_y = float(arrow.path.split("Q")[1].split()[1])
    assert abs(bend_y - tie.y) > 30
