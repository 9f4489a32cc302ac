"""Disputes, what was said in them, and the evidence. Words and photographs are sealed with the member's key."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

SUBJECT_KINDS = ("entry", "referral", "receipt")
OPEN_STATES = ("open", "answered")
STATES = (*OPEN_STATES, "upheld", "refused", "settled", "withdrawn")
AUTHORS = ("member", "staff", "rule", "worker")
EVENT_KINDS = (
    "opened",
    "insisted",
    "message",
    "evidence",
    "settled",
    "proposed",
    "not_approved",
    "upheld",
    "refused",
    "withdrawn",
    "reminded",
    "escalated",
    "rated",
)


class Dispute(Base):
    """One question of a member about one subject, and how it stands."""

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint(f"subject_kind IN {SUBJECT_KINDS}", name="subject_kind_declared"),
        CheckConstraint(f"state IN {STATES}", name="state_declared"),
        CheckConstraint("(subject_kind = 'receipt') = (receipt IS NOT NULL)", name="receipt_told"),
        CheckConstraint("subject_kind = 'receipt' OR subject_id IS NOT NULL", name="subject_known"),
        CheckConstraint("(state IN ('open', 'answered')) = (ended_at IS NULL)", name="open_has_no_end"),
        CheckConstraint("state NOT IN ('upheld', 'refused') OR decided_at IS NOT NULL", name="decided_by_somebody"),
        CheckConstraint("points IS NULL OR points > 0", name="points_added"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_declared"),
        # The same question again is the same dispute, and so is the same request.
        Index(
            "ux_disputes_open_subject",
            "member_id",
            "subject_key",
            unique=True,
            postgresql_where=text("state IN ('open', 'answered')"),
        ),
        UniqueConstraint("member_id", "idempotency_key"),
        # The member's list, newest first.
        Index("ix_disputes_member_id", "member_id", "id"),
        # The desk's queue, and what the worker reminds of and escalates next.
        Index("ix_disputes_due", "due_at", postgresql_where=text("state IN ('open', 'answered')")),
        # The report, by month.
        Index("ix_disputes_opened_at", "opened_at"),
        # A second person's word finds the dispute whose decision it is.
        Index("ix_disputes_adjustment_id", "adjustment_id", postgresql_where=text("adjustment_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    """The entry, the referral, or the receipt; None for a receipt that was not found."""
    subject_key: Mapped[str]
    """What makes two questions the same."""
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """A missing receipt as the member told it: number, on, store, amount_minor, currency."""
    about: Mapped[str | None]
    """What should be different, as the member chose it."""
    topic: Mapped[str]
    """The class that the rules put it into."""
    rule_version: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    """What the rules saw."""
    state: Mapped[str]
    state_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    """The end of that day in the shop's zone."""
    remind_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    points: Mapped[int | None]
    """Added by the decision, or by a proposal that waits for a second person."""
    adjustment_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_adjustments.id"))
    transaction_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transactions.id"))
    decided_by: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    idempotency_key: Mapped[str | None]


class DisputeEvent(Base):
    """Something that happened in a dispute: a word of either side, a photograph, a change of its state."""

    __tablename__ = "dispute_events"
    __table_args__ = (
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind_declared"),
        CheckConstraint(f"author IN {AUTHORS}", name="author_declared"),
        UniqueConstraint("dispute_id", "number"),
        UniqueConstraint("dispute_id", "idempotency_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    number: Mapped[int]
    """The order of the thread, counted under the dispute's lock."""
    at: Mapped[datetime]
    kind: Mapped[str]
    author: Mapped[str]
    author_name: Mapped[str | None]
    """Of staff; a member's name never stands here."""
    text_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    wording: Mapped[str | None]
    """What a rule says, in place of a text."""
    facts: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str | None]


class DisputeEvidence(Base):
    """A photograph, drawn anew without whatever a camera writes beside it."""

    __tablename__ = "dispute_evidence"
    __table_args__ = (Index("ix_dispute_evidence_dispute_id", "dispute_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("dispute_events.id"))
    content_ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    width_px: Mapped[int]
    height_px: Mapped[int]
    size_bytes: Mapped[int]
    received_at: Mapped[datetime]


class DisputeSettings(Base):
    """The shop's promise: one row, where it differs from the usual one."""

    __tablename__ = "dispute_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint(
            "0 < remind_after_working_days AND remind_after_working_days < answer_within_working_days"
            " AND answer_within_working_days <= 60",
            name="reminded_before_due",
        ),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, default=1)
    answer_within_working_days: Mapped[int] = mapped_column(SmallInteger)
    remind_after_working_days: Mapped[int] = mapped_column(SmallInteger)
    days_off: Mapped[list[Any]]
    """Public holidays, as ISO dates; Saturdays and Sundays are days off anyway."""
