"""What can stand in the way of taking from a budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a period must become: the points that the document of this version gives it, and the largest take that each
    of its slices must hold.
    """

    points_total: int
    programme_version: int
    largest_take: int


class SlicesMoved(Exception):  # noqa: N818 - nothing is wrong: the work is done again
    """A slice does not hold what is asked of it, or was laid out anew meanwhile: spread, then do the work again."""

    def __init__(self, moved: Mapping[UUID, Wanted]) -> None:
        super().__init__(f"{len(moved)} periods have to be spread anew.")
        self.moved = dict(moved)
        """What each period must become; empty where somebody else has spread them already."""
