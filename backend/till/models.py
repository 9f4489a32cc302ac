"""The till's tables."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

RESERVATION_STATUSES = ("held", "confirmed", "cancelled", "timed_out")


class Reservation(Base):
    """Points set aside for a sale that is being paid. Resolved once, by a condition inside the write."""

    __tablename__ = "reservations"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        CheckConstraint(f"status IN ({', '.join(map(repr, RESERVATION_STATUSES))})", name="status_declared"),
        CheckConstraint("points > 0 AND points_spent BETWEEN 0 AND points", name="not_more_than_set_aside"),
        # A code spends once; a sale that was cancelled gives it back.
        Index(
            "uq_reservations_code",
            "device_id",
            "code_step",
            unique=True,
            postgresql_where=text("status IN ('held', 'confirmed')"),
        ),
        # What the worker lets go next.
        Index("ix_reservations_lease", "expires_at", postgresql_where=text("status = 'held'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    external_id: Mapped[str]
    member_id: Mapped[UUID]
    device_id: Mapped[bytes]
    code_step: Mapped[int]
    """With the device, the code that was shown."""
    status: Mapped[str]
    points: Mapped[int]
    points_spent: Mapped[int] = mapped_column(server_default=text("0"))
    amount_minor: Mapped[int]
    """Of the receipt that is to be paid, before points."""
    currency: Mapped[str]
    programme: Mapped[str]
    programme_version: Mapped[int]
    point_value_minor: Mapped[int]
    maximum_share_basis_points: Mapped[int]
    """The terms as they were when the points were set aside: they hold until the sale is over."""
    reserve_id: Mapped[UUID]
    """The ledger's transaction that set the points aside."""
    receipt_id: Mapped[UUID]
    """The id that the receipt paid with these points has, or will have: the spend is entered under it."""
    has_receipt: Mapped[bool] = mapped_column(server_default=text("false"))
    reserved_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When the lease ends, in system time like the two beside it."""
    resolved_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any]]
    """What the till was told, so that a repetition is told the same."""


class ReceiptClaimFailure(Base):
    """A guess of a receipt's number and total that was wrong."""

    __tablename__ = "receipt_claim_failures"
    __table_args__ = (Index("ix_receipt_claim_failures_member_id_failed_at", "member_id", "failed_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    failed_at: Mapped[datetime]


class CashierReview(Base):
    """A night on which all cashiers were compared."""

    __tablename__ = "cashier_reviews"

    day: Mapped[date] = mapped_column(primary_key=True)
    reviewed_at: Mapped[datetime]
    cashiers: Mapped[int]
