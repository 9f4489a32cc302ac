"""What members have done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class MemberAction(Base):
    """Something done, with what it brought: nothing where a limit or a budget was at its end. Rows are only added."""

    __tablename__ = "member_actions"
    __table_args__ = (
        # Whatever is told twice counts once; and how often a member has done something.
        UniqueConstraint("member_id", "action", "key"),
        CheckConstraint("points >= 0", name="points_not_negative"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    programme: Mapped[str]
    action: Mapped[str]
    key: Mapped[str]
    """What names the doing among those of this action: the day of a visit, the other system's own number."""
    at: Mapped[datetime]
    points: Mapped[int]
    answer: Mapped[dict[str, Any]]
    """What else was told: when the points become available, and why there are none."""
