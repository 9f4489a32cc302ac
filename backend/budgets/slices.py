"""How a budget is cut into slices, and how they are spread anew. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from uuid import UUID

SLICES_MAXIMUM = 64
TAKES_PER_SLICE = 8
MEMBERS_TOGETHER = 16
# Nobody has asked for anything when a period is opened; a usual purchase brings about so many points.
FIRST_TAKE_POINTS = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """What each slice holds, by its number."""

    points: tuple[int, ...]


def home_of(member_id: UUID) -> int:
    """Where a member belongs among the most slices there may be; with fewer of them, this modulo their number.

    Ids end in chance, so that members spread evenly. Python's own hash of a text would differ by process.
    """
    return member_id.int % SLICES_MAXIMUM


def homes_of(member_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Where the members of a batch take from: together with a few others, who are the same however they come.

    A batch that locked a slice for each of its members would meet every other batch at one of them, and wait for its
    commit. One that locked a single slice for hundreds of members would want more of it than it holds.
    """
    in_order, homes = sorted(member_ids), dict[UUID, int]()
    for start in range(0, len(in_order), MEMBERS_TOGETHER):
        together = in_order[start : start + MEMBERS_TOGETHER]
        chance = reduce(xor, (one.int for one in together))
        homes |= dict.fromkeys(together, chance % SLICES_MAXIMUM)
    return homes


def slices_for(points_left: int, *, largest_take: int) -> int:
    """How many slices so many points are spread over, a power of two: each holds the largest take several times, or
    there is one.
    """
    wanted = points_left // (TAKES_PER_SLICE * max(largest_take, 1))
    return 1 << (min(max(wanted, 1), SLICES_MAXIMUM).bit_length() - 1)


def spread(points_left: int, *, largest_take: int) -> Layout:
    """The points evenly over as many slices as there should be."""
    slices = slices_for(points_left, largest_take=largest_take)
    each, rest = divmod(points_left, slices)
    return Layout(tuple(each + (number < rest) for number in range(slices)))


def spread_anew(points_of_slices: Mapping[int, int], *, points_left: int, largest_take: int) -> Layout | None:
    """How so many points are spread; None where they are what the slices hold, each at least the largest take."""
    is_short = len(points_of_slices) > 1 and min(points_of_slices.values()) < largest_take
    if not is_short and points_left == sum(points_of_slices.values()):
        return None
    return spread(points_left, largest_take=largest_take)
