"""Receipts, their lines, and returns with theirs."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

QUANTITY = Numeric(14, 3)


class Receipt(Base):
    """A sale. `answer` is what the till was told, so that a repetition is told the same."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        CheckConstraint("returned_amount_minor BETWEEN 0 AND total_amount_minor", name="returned_not_more_than_sold"),
        # A member's purchases in order of time: history, segments, matching of cancellations.
        Index("ix_receipts_member_id_occurred_at", "member_id", "occurred_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    external_id: Mapped[str]
    member_id: Mapped[UUID | None]
    """None for a receipt that nobody has claimed yet."""
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    currency: Mapped[str]
    total_amount_minor: Mapped[int]
    returned_amount_minor: Mapped[int] = mapped_column(server_default=text("0"))
    source: Mapped[str]
    """`till`, `offline` or `import`."""
    cashier: Mapped[str | None]
    payments: Mapped[list[Any] | None]
    paid_with_points_minor: Mapped[int | None]
    """How much of the total points have paid, if any."""
    content_hash: Mapped[bytes]
    answer: Mapped[dict[str, Any]]
    claimed_at: Mapped[datetime | None]
    """When a receipt on which nobody was named found its member; business time."""
    claim_answer: Mapped[dict[str, Any] | None]
    """What whoever claimed it was told, so that a repetition is told the same."""


class ReceiptLine(Base):
    """A line of a receipt, and how much of it has come back."""

    __tablename__ = "receipt_lines"
    __table_args__ = (
        CheckConstraint("returned_quantity BETWEEN 0 AND quantity", name="returned_not_more_than_sold"),
        CheckConstraint("returned_amount_minor BETWEEN 0 AND amount_minor", name="returned_amount_not_more_than_sold"),
    )

    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipts.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None]
    sku: Mapped[str]
    category: Mapped[str | None]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    amount_minor: Mapped[int]
    returned_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default=text("0"))
    returned_amount_minor: Mapped[int] = mapped_column(server_default=text("0"))


class ReceiptReturn(Base):
    """A return of one receipt, whole or in part. `answer` is what the till was told."""

    __tablename__ = "receipt_returns"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        Index("ix_receipt_returns_receipt_id", "receipt_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    external_id: Mapped[str]
    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipts.id"))
    member_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    amount_minor: Mapped[int]
    content_hash: Mapped[bytes]
    answer: Mapped[dict[str, Any]]


class ReceiptReturnLine(Base):
    """How much of which line came back in a return."""

    __tablename__ = "receipt_return_lines"

    return_id: Mapped[UUID] = mapped_column(ForeignKey("receipt_returns.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    amount_minor: Mapped[int]
