"""What can stand in the way of taking from a budget."""

from collections.abc import Mapping
from uuid import UUID


class SlicesMoved(Exception):  # noqa: N818 - nothing is wrong: the work is done again
    """A slice does not hold what is asked of it, or was laid out anew meanwhile: spread, then do the work again."""

    def __init__(self, moved: Mapping[UUID, tuple[int, int]]) -> None:
        super().__init__(f"{len(moved)} periods have to be spread anew.")
        self.moved = dict(moved)
        """By period: the points that the document gives it, and the largest take that it must hold."""
