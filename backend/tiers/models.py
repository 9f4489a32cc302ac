"""Where members stand, and how they came there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class MemberTier(Base):
    """Where a member stands on a programme's ladder; whoever has reached nothing yet has no row."""

    __tablename__ = "member_tiers"
    __table_args__ = (
        # Whom the review takes next.
        Index("ix_member_tiers_holds_until", "holds_until", postgresql_where=text("holds_until IS NOT NULL")),
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(primary_key=True)
    tier: Mapped[str | None]
    """None below the first one."""
    since: Mapped[datetime]
    holds_until: Mapped[datetime | None]
    """When the review is due; None for life, and below the first tier."""
    measured: Mapped[int]
    """What decided, in the unit of the ladder's measure."""
    measured_at: Mapped[datetime]


class TierChange(Base):
    """A member came to another tier. Rows are only ever added."""

    __tablename__ = "tier_changes"
    __table_args__ = (
        CheckConstraint("cause IN ('up', 'review', 'version')", name="cause_known"),
        Index("ix_tier_changes_member_id", "member_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    programme: Mapped[str]
    programme_version: Mapped[int]
    tier_before: Mapped[str | None]
    tier_after: Mapped[str | None]
    at: Mapped[datetime]
    """When it was due, in business time."""
    cause: Mapped[str]
    """`up`: reached; `review`; `version`: the ladder does not have the tier any more."""
    facts: Mapped[dict[str, Any]]
    """What was measured, of what, since when."""
