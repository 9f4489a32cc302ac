"""The ledger's tables. Rows are written by `service.write`; transactions, entries and movements are never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.ledger.book import KINDS, MEMBER_ACCOUNTS, PROGRAMME_ACCOUNTS
from backend.shared.db import Base


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class LedgerBalance(Base):
    """What a member's accounts hold; the row that is locked before anything is posted."""

    __tablename__ = "ledger_balances"
    __table_args__ = (
        CheckConstraint("pending >= 0", name="pending_not_negative"),
        CheckConstraint("available >= 0", name="available_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("debt <= 0", name="debt_not_positive"),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    pending: Mapped[int] = mapped_column(server_default=text("0"))
    available: Mapped[int] = mapped_column(server_default=text("0"))
    reserved: Mapped[int] = mapped_column(server_default=text("0"))
    debt: Mapped[int] = mapped_column(server_default=text("0"))
    """Zero or less: what the member owes after returning what was paid with spent points."""
    transactions_count: Mapped[int] = mapped_column(server_default=text("0"))
    frozen_at: Mapped[datetime | None]
    """Since when nothing may be spent, because the auditor found the book wrong."""
    frozen_reason: Mapped[str | None]


class LedgerTransaction(Base):
    """One event in a member's book.

    `member_id` carries no foreign key here and below: the locked balance row has one, and a second check per row of the
    hottest tables would buy nothing, for members are erased, never deleted.
    """

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind_declared"),
        UniqueConstraint("member_id", "natural_key"),
        # The order of the book: as-of history, and proof that nothing is missing.
        UniqueConstraint("member_id", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    number: Mapped[int]
    kind: Mapped[str]
    natural_key: Mapped[str]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    wording: Mapped[str]
    facts: Mapped[dict[str, Any]]
    programme: Mapped[str | None]
    programme_version: Mapped[int | None]
    rule: Mapped[str | None]
    receipt_id: Mapped[UUID | None]
    referral_id: Mapped[UUID | None]
    reverses_id: Mapped[UUID | None]


class LedgerEntry(Base):
    """One leg of a transaction; the legs of each sum to zero."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint(_one_of("account", MEMBER_ACCOUNTS + PROGRAMME_ACCOUNTS), name="account_declared"),
    )

    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    points: Mapped[int]
    balance_after: Mapped[int | None]
    """What the member's account holds after it; None on the programme's side, which stores no balance."""


class LedgerLot(Base):
    """The credit of one transaction: when it may be spent, when it burns, what is left of it."""

    __tablename__ = "ledger_lots"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'available')", name="state_declared"),
        CheckConstraint("points_remaining >= 0 AND points_reserved >= 0", name="not_negative"),
        CheckConstraint("points_remaining + points_reserved <= points", name="not_more_than_credited"),
        # What is left of a member: spending in order of expiry, and the check of balances against lots.
        Index("ix_ledger_lots_open", "member_id", postgresql_where=text("points_remaining + points_reserved > 0")),
        # What the worker releases next, and what it burns next.
        Index(
            "ix_ledger_lots_release",
            "available_at",
            postgresql_where=text("state = 'pending' AND points_remaining > 0"),
        ),
        Index(
            "ix_ledger_lots_expiry",
            "expires_at",
            postgresql_where=text("state = 'available' AND points_remaining > 0"),
        ),
    )

    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), primary_key=True)
    member_id: Mapped[UUID]
    state: Mapped[str]
    points: Mapped[int]
    points_remaining: Mapped[int]
    points_reserved: Mapped[int]
    available_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    programme: Mapped[str | None]
    """Where it may be spent: points of one programme pay nothing in another, whose currency may differ."""


class LedgerLotMovement(Base):
    """What a transaction changed in a lot: which lot paid for what, so that a return finds the right ones."""

    __tablename__ = "ledger_lot_movements"

    transaction_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_transactions.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_lots.transaction_id"), primary_key=True)
    member_id: Mapped[UUID]
    points_remaining_change: Mapped[int]
    points_reserved_change: Mapped[int]
    expires_at_after: Mapped[datetime | None]
    """The day of burning that activity moved the lot to."""
