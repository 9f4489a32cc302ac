"""A circle of people drawn: where each stands, what they share between them, who invited whom; pure.

People stand on an ellipse in the order in which they come; what some of them share lies inside, between them;
invitations bend outwards, so that no line lies on another.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.referrals.circle import Circle, Tie

WIDTH = 640
MARGIN_X, MARGIN_Y = 84, 58
PERSON_RADIUS = 22
TIE_APART = 54
PERSON_APART = 60
BULGE = 34
# Whatever all share lies in the middle: a line through it goes round.
BULGE_ROUND_THE_MIDDLE = 68


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's place; `number` is that of the table below."""

    member_id: UUID
    number: int
    x: float
    y: float
    name_y: float
    """Where the name stands: outside, so that lines do not run through it."""


@dataclass(frozen=True, slots=True)
class TiePlace:
    """What some people share, where it is drawn, and the lines to them."""

    tie: Tie
    number: int
    x: float
    y: float
    lines: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Arrow:
    """An invitation: a bent line from the advocate to the friend, as the path of an SVG."""

    path: str
    advocate_id: UUID
    friend_id: UUID


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture."""

    width: int
    height: int
    people: Sequence[Person]
    ties: Sequence[TiePlace]
    arrows: Sequence[Arrow]


def draw(circle: Circle) -> Drawing:
    """Where everything of the circle is drawn."""
    height = 2 * MARGIN_Y + 120 + 16 * max(0, len(circle.member_ids) - 2)
    centre = (WIDTH / 2, height / 2)
    people = _people(circle.member_ids, centre, height)
    places = {person.member_id: (person.x, person.y) for person in people}
    return Drawing(
        width=WIDTH,
        height=height,
        people=people,
        ties=_ties(circle.ties, places, centre),
        arrows=[
            Arrow(_bent(places[advocate_id], places[friend_id], centre), advocate_id, friend_id)
            for advocate_id, friend_id in circle.invitations
        ],
    )


def _people(member_ids: Sequence[UUID], centre: tuple[float, float], height: int) -> list[Person]:
    half_width, half_height = WIDTH / 2 - MARGIN_X, height / 2 - MARGIN_Y
    people = []
    for place, member_id in enumerate(member_ids):
        # The first stands at the left, so that two look at each other.
        angle = math.pi + 2 * math.pi * place / len(member_ids)
        x, y = centre[0] + half_width * math.cos(angle), centre[1] + half_height * math.sin(angle)
        name_y = y - PERSON_RADIUS - 10 if y < centre[1] - 1 else y + PERSON_RADIUS + 18
        people.append(Person(member_id, place + 1, round(x, 1), round(y, 1), round(name_y, 1)))
    return people


def _ties(
    ties: Sequence[Tie], places: Mapping[UUID, tuple[float, float]], centre: tuple[float, float]
) -> list[TiePlace]:
    placed: list[tuple[float, float]] = []
    # What most share lies in the middle; the rest finds its place round it.
    for tie in sorted(ties, key=lambda tie: -len(tie.member_ids)):
        points = [places[member_id] for member_id in tie.member_ids]
        x = sum(point[0] for point in points) / len(points)
        y = sum(point[1] for point in points) / len(points)
        wanted = (centre[0] + (x - centre[0]) * 0.72, centre[1] + (y - centre[1]) * 0.72)
        placed.append(_free_place(wanted, placed, list(places.values())))
    ordered = sorted(ties, key=lambda tie: -len(tie.member_ids))
    return [
        TiePlace(tie, number, x, y, [places[member_id] for member_id in tie.member_ids])
        for number, (tie, (x, y)) in enumerate(zip(ordered, placed, strict=True), 1)
    ]


def _free_place(
    wanted: tuple[float, float], ties: Sequence[tuple[float, float]], people: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """The place nearest to the wanted one that hides neither a person nor a tie, on rings around it."""
    for step in range(24):
        for direction in range(16):
            angle = 2 * math.pi * direction / 16
            x, y = wanted[0] + 10 * step * math.cos(angle), wanted[1] + 10 * step * math.sin(angle)
            is_clear = all(math.dist((x, y), tie) >= TIE_APART for tie in ties) and all(
                math.dist((x, y), person) >= PERSON_APART for person in people
            )
            if is_clear and y > MARGIN_Y / 2:
                return round(x, 1), round(y, 1)
    return wanted


def _bent(start: tuple[float, float], end: tuple[float, float], centre: tuple[float, float]) -> str:
    """A curve from the edge of one person to the edge of the other, away from the middle of the picture."""
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    along = math.dist(start, end) or 1.0
    across = (-(end[1] - start[1]) / along, (end[0] - start[0]) / along)
    outwards = (middle[0] - centre[0]) * across[0] + (middle[1] - centre[1]) * across[1]
    if abs(outwards) > 1:
        bulge = math.copysign(BULGE, outwards)
    else:
        # Through the middle itself there is no outside: upwards then.
        bulge = math.copysign(BULGE_ROUND_THE_MIDDLE, -across[1] or 1.0)
    bend = (middle[0] + across[0] * bulge, middle[1] + across[1] * bulge)
    begin, finish = _edge(start, bend), _edge(end, bend)
    return f"M{begin[0]} {begin[1]} Q{bend[0]:.1f} {bend[1]:.1f} {finish[0]} {finish[1]}"


def _edge(person: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    away = math.dist(person, towards) or 1.0
    share = (PERSON_RADIUS + 4) / away
    return (
        round(person[0] + (towards[0] - person[0]) * share, 1),
        round(person[1] + (towards[1] - person[1]) * share, 1),
    )
