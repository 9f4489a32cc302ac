"""The tables of rewards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

ORDER_STATES = ("ordered", "issued", "used", "cancelled", "expired")
OPEN_STATES = ("ordered", "issued")


class RewardOrder(Base):
    """A reward that a member ordered, and the coupon that it became. Times are the business's."""

    __tablename__ = "reward_orders"
    __table_args__ = (
        UniqueConstraint("member_id", "idempotency_key"),
        CheckConstraint(f"state IN ({', '.join(map(repr, ORDER_STATES))})", name="state_declared"),
        CheckConstraint("price_points >= 0 AND (price_points = 0) = (spend_id IS NULL)", name="paid_or_given"),
        CheckConstraint("(code_hmac IS NULL) = (code_ciphertext IS NULL)", name="code_is_whole"),
        CheckConstraint("state <> 'issued' OR code_hmac IS NOT NULL", name="issued_has_its_code"),
        CheckConstraint(f"(ended_at IS NULL) = (state IN {OPEN_STATES!r})", name="ended_unless_open"),
        # A code opens one coupon.
        Index("uq_reward_orders_code_hmac", "code_hmac", unique=True),
        # A member's own list, newest first.
        Index("ix_reward_orders_member_id", "member_id", "id"),
        # The desk's list of a reward, newest first.
        Index("ix_reward_orders_reward", "programme", "reward", "id"),
        # What the worker ends next.
        Index("ix_reward_orders_valid_until", "valid_until", postgresql_where=text("state = 'issued'")),
        # What was handed over with a receipt.
        Index(
            "ix_reward_orders_used_receipt",
            "used_store_id",
            "used_receipt",
            postgresql_where=text("used_receipt IS NOT NULL"),
        ),
        # What waits to be handed out.
        Index("ix_reward_orders_ordered", "id", postgresql_where=text("state = 'ordered'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    programme: Mapped[str]
    programme_version: Mapped[int]
    reward: Mapped[str]
    kind: Mapped[str]
    title: Mapped[dict[str, Any]]
    price_points: Mapped[int]
    state: Mapped[str]
    code_hmac: Mapped[bytes | None]
    code_ciphertext: Mapped[bytes | None]
    ordered_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    """The first moment at which it is worth nothing: midnight after its last day. None for ever."""
    ended_at: Mapped[datetime | None]
    spend_id: Mapped[UUID | None]
    """The ledger's transaction that paid; None where the shop gave it."""
    used_store_id: Mapped[UUID | None]
    used_receipt: Mapped[str | None]
    terms: Mapped[dict[str, Any]]
    """What it is worth and how it is shown, as it was when it was ordered."""
    idempotency_key: Mapped[str]


class RewardCode(Base):
    """A code that a partner gave. One that was shown to somebody is never given to anybody else."""

    __tablename__ = "reward_codes"
    __table_args__ = (
        Index("ix_reward_codes_free", "programme", "reward", "id", postgresql_where=text("order_id IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme: Mapped[str]
    reward: Mapped[str]
    code_hmac: Mapped[bytes] = mapped_column(unique=True)
    code_ciphertext: Mapped[bytes]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("reward_orders.id"))


class RewardCount(Base):
    """How many of a reward were ordered and not cancelled: in all, and on each day of the shop's zone."""

    __tablename__ = "reward_counts"
    __table_args__ = (CheckConstraint("ordered >= 0", name="not_below_zero"),)

    programme: Mapped[str] = mapped_column(primary_key=True)
    reward: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    """`2026-11-22`; empty for all days together."""
    ordered: Mapped[int]


class RewardPause(Base):
    """A reward that cannot be ordered for the time being."""

    __tablename__ = "reward_pauses"

    programme: Mapped[str] = mapped_column(primary_key=True)
    reward: Mapped[str] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime]
    paused_by: Mapped[str]
