"""What is left of budgets: periods, their slices, and what single members took."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class BudgetPeriod(Base):
    """A period of a budget of all members. Taking reads this row and changes slices alone: nobody waits for it."""

    __tablename__ = "budget_periods"
    __table_args__ = (
        UniqueConstraint("programme", "budget", "period", "period_from"),
        CheckConstraint("points_total >= 0 AND points_overspent >= 0", name="points_not_negative"),
        CheckConstraint("slices > 0", name="slices_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme: Mapped[str]
    budget: Mapped[str]
    period: Mapped[str]
    """`day`, `week`, `month`, `quarter`, `year` or `all`."""
    period_from: Mapped[date] = mapped_column(Date())
    period_until: Mapped[datetime | None]
    """The moment at which the next one begins; None for all time."""
    programme_version: Mapped[int]
    """The newest version that was taken by: its document says how many points there are."""
    points_total: Mapped[int]
    points_overspent: Mapped[int] = mapped_column(server_default=text("0"))
    """What was spent beyond the total, where a later version gave less than was spent already."""
    slices: Mapped[int]
    generation: Mapped[int] = mapped_column(server_default=text("0"))
    """How often the slices were spread anew."""
    nearly_spent_at: Mapped[datetime | None]
    """When it was noticed that four fifths are spent (business time)."""
    spent_at: Mapped[datetime | None]
    """When it was noticed that nothing is left (business time)."""


class BudgetSlice(Base):
    """A part of what is left of a period."""

    __tablename__ = "budget_slices"
    __table_args__ = (
        # The belt: whatever the service overlooks, no more is given than there is.
        CheckConstraint("points_left >= 0", name="points_left_not_negative"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("budget_periods.id"), primary_key=True)
    slice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    points_left: Mapped[int]
    generation: Mapped[int]
    """The period's when this row was laid out; another one says that it was spread meanwhile."""


class BudgetMemberUse(Base):
    """What one member took of a budget that each member has; changed under the lock of the member's book."""

    __tablename__ = "budget_member_uses"
    __table_args__ = (CheckConstraint("points >= 0", name="points_not_negative"),)

    programme: Mapped[str] = mapped_column(primary_key=True)
    budget: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    period_from: Mapped[date] = mapped_column(Date(), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    points: Mapped[int]
