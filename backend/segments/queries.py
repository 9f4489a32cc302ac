"""Reading segments and who is in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class SegmentListed:
    """A segment as a list shows it."""

    id: UUID
    code: str
    name: str
    version: int
    members_count: int
    computed_at: datetime | None
    tree: dict[str, Any]


def memberships(session: Session, member_ids: Collection[UUID], codes: Collection[str]) -> dict[UUID, frozenset[str]]:  # noqa: ARG001
    """Which of these segments each member is in; whoever is in none is left out."""
    return {}


def member_page(session: Session, segment_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:  # noqa: ARG001
    """The members of a segment in order of id, after the one that the last page ended with."""
    return []


def listed(session: Session) -> list[SegmentListed]:  # noqa: ARG001
    """Every segment that is not archived, by name."""
    return []
