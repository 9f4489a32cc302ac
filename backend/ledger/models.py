"""The ledger's tables. Rows are written by `service.write`; transactions, entries and movements are never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.ledger.book import KINDS, MEMBER_ACCOUNTS, PROGRAMME_ACCOUNTS
from backend.shared.db import Base

ADJUSTMENT_REASONS = ("goodwill", "correction", "complaint", "migration", "promotion")
DISPUTE_REASON = "dispute"
"""The kind of an adjustment that carries out the decision of a dispute; nobody chooses it by hand."""
ADJUSTMENT_STATUSES = ("waiting", "posted", "refused", "expired")


def release_key(lot_id: UUID) -> str:
    """The natural key of the transaction that makes a lot available; there is one at most."""
    return f"release:{lot_id}"


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
        # The few books that jobs pass by and that alarms are about.
        Index("ix_ledger_balances_frozen", "member_id", postgresql_where=text("frozen_at IS NOT NULL")),
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
        # The few that wait for a person.
        Index("ix_ledger_lots_held", "held_case_id", postgresql_where=text("held_case_id IS NOT NULL")),
        # What the worker releases next, and what it burns next.
        Index(
            "ix_ledger_lots_release",
            "available_at",
            postgresql_where=text("state = 'pending' AND points_remaining > 0 AND held_case_id IS NULL"),
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
    credited_expires_at: Mapped[datetime | None]
    """The day of burning that it was credited with, which is sealed; activity may have moved `expires_at` since."""
    programme: Mapped[str | None]
    """Where it may be spent: points of one programme pay nothing in another, whose currency may differ."""
    held_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("screening_cases.id"))
    """The case upon which it waits, or which ended it; a case that lets it go leaves no trace here."""


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


class LedgerSeal(Base):
    """A link of the hash chain: it seals a segment of the ledger, and with it all segments before.

    `hash` is of the seal's own document, which holds the Merkle root of the segment's transactions and the hash of the
    seal before (see `documents.py`).
    """

    __tablename__ = "ledger_seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    transactions_count: Mapped[int]
    merkle_root: Mapped[bytes]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]


class LedgerSealedTransaction(Base):
    """A leaf of a segment: which transaction it is, and the hash of its document.

    No foreign key to the transaction: the leaf must outlive it, to say that it is missing.
    """

    __tablename__ = "ledger_sealed_transactions"
    __table_args__ = (
        # How far each book is sealed, and that no place in a book is sealed twice.
        UniqueConstraint("member_id", "number"),
    )

    seal_number: Mapped[int] = mapped_column(ForeignKey("ledger_seals.number"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    number: Mapped[int]
    transaction_id: Mapped[UUID]
    hash: Mapped[bytes]


class LedgerProgress(Base):
    """How far a job has come, so that the next batch goes on there, and the next worker after a kill."""

    __tablename__ = "ledger_progress"

    job: Mapped[str] = mapped_column(primary_key=True)
    worked_at: Mapped[datetime]
    """When its last batch was done (system time): so it lets jobs pass whose work has waited for longer."""
    ended_at: Mapped[datetime | None]
    """When it ended; None while it is under way."""
    place: Mapped[UUID]
    """The last transaction (sealing) or member (reconciliation) that was looked at."""
    next_place: Mapped[UUID | None]
    """Where sealing begins its next round: before everything that was not committed when the present one began."""
    seal_number: Mapped[int] = mapped_column(server_default=text("0"))
    """Through which seal reconciliation has checked the members who were touched."""
    members_left: Mapped[int] = mapped_column(server_default=text("0"))
    """How many members reconciliation still looks at in this round."""
    everybody_at: Mapped[datetime | None]
    """When reconciliation had last been through everybody."""


class LedgerFinding(Base):
    """A book that was found wrong: which invariant does not hold, where, and since when it holds again."""

    __tablename__ = "ledger_findings"
    __table_args__ = (
        Index(
            "uq_ledger_findings_open",
            "member_id",
            "invariant",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    invariant: Mapped[str]
    places: Mapped[list[Any]]
    """The transactions or lots where it is violated, the first few."""
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class LedgerAdjustment(Base):
    """Points that staff gave or took by hand. What is above the programme's limit waits for a second person first.

    Unlike the books this row is changed once: when it is decided, or when its time is over.
    """

    __tablename__ = "ledger_adjustments"
    __table_args__ = (
        CheckConstraint("points <> 0", name="points_not_zero"),
        CheckConstraint(_one_of("reason", (*ADJUSTMENT_REASONS, DISPUTE_REASON)), name="reason_declared"),
        CheckConstraint(_one_of("status", ADJUSTMENT_STATUSES), name="status_declared"),
        # Whatever a service overlooks: nobody decides on what they have asked for themselves.
        CheckConstraint("decided_by <> asked_by", name="decided_by_another"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decision_whole"),
        CheckConstraint("(status = 'posted') = (transaction_id IS NOT NULL)", name="posted_is_in_the_book"),
        CheckConstraint("status <> 'posted' OR (waits_until IS NULL) = (decided_by IS NULL)", name="posted_as_decided"),
        CheckConstraint("status <> 'refused' OR decided_by IS NOT NULL", name="refused_by_somebody"),
        CheckConstraint("status NOT IN ('waiting', 'expired') OR decided_by IS NULL", name="undecided"),
        CheckConstraint("status = 'posted' OR waits_until IS NOT NULL", name="waits_for_some_time"),
        CheckConstraint(
            f"(reason = '{DISPUTE_REASON}') = (dispute_id IS NOT NULL) AND (dispute_id IS NULL) = (told IS NULL)",
            name="dispute_is_told",
        ),
        # A request that is sent again is the same request.
        UniqueConstraint("asked_by", "idempotency_key"),
        # A member's adjustments, and what one person has given them lately.
        Index("ix_ledger_adjustments_member_id", "member_id", "asked_at"),
        # The second person's desk, and what runs out next.
        Index("ix_ledger_adjustments_waiting", "waits_until", postgresql_where=text("status = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_balances.member_id"))
    programme: Mapped[str]
    points: Mapped[int]
    reason: Mapped[str]
    """The kind, which the participant reads."""
    note: Mapped[str]
    """What staff alone reads."""
    status: Mapped[str]
    asked_by: Mapped[str]
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime]
    waits_until: Mapped[datetime | None]
    """None where one person was enough."""
    decided_by: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]
    transaction_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"), unique=True)
    idempotency_key: Mapped[str | None]
    dispute_id: Mapped[UUID | None]
    """The dispute whose decision it carries out."""
    told: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What the participant reads of a decision, in place of the reason's words: `wording` and `facts`."""
