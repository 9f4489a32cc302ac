"""The record of rulings, and the cases that wait for a person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

SUBJECT_KINDS = ("referral", "receipt", "member", "staff")
CASE_STATES = ("open", "released", "refused")


class ScreeningRuling(Base):
    """What one rule, in one version, said of one subject; written once, never changed."""

    __tablename__ = "screening_rulings"
    __table_args__ = (
        CheckConstraint("mode IN ('active', 'shadow')", name="mode"),
        CheckConstraint("outcome IN ('allow', 'hold', 'reject')", name="outcome"),
        CheckConstraint("(outcome = 'allow') = (reason_kind = '')", name="reason"),
        # Support and disputes read what was said of one referral or receipt.
        Index("ix_screening_rulings_subject", "subject_kind", "subject_id"),
        Index("ix_screening_rulings_member", "member_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    rule: Mapped[str]
    version: Mapped[int]
    mode: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    # Nobody's where the subject is one of the staff.
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    outcome: Mapped[str]
    reason_kind: Mapped[str]
    reason_facts: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class ScreeningCase(Base):
    """Something that a rule held until a person decides."""

    __tablename__ = "screening_cases"
    __table_args__ = (
        CheckConstraint(f"subject_kind IN {SUBJECT_KINDS}", name="subject_kind"),
        CheckConstraint(f"state IN {CASE_STATES}", name="state"),
        CheckConstraint("outcome IN ('hold', 'reject')", name="outcome"),
        CheckConstraint("(subject_kind = 'staff') = (member_id IS NULL)", name="member"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)", name="decided"
        ),
        # One open case per subject, however many rules hold it.
        Index(
            "uq_screening_cases_open",
            "subject_kind",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        # The desk's queue, the longest waiting first.
        Index("ix_screening_cases_queue", "opened_at", "id", postgresql_where=text("state = 'open'")),
        # What became of a referral or a receipt, and the rulings of the report.
        Index("ix_screening_cases_subject", "subject_kind", "subject_id"),
        Index("ix_screening_cases_member", "member_id", "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    # Whose points wait; nobody's where the subject is one of the staff.
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    rule: Mapped[str]
    rule_version: Mapped[int]
    # What the rule had said; a refusal has a case only where a dispute overturned it.
    outcome: Mapped[str]
    reason_kind: Mapped[str]
    reason_facts: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_by_name: Mapped[str | None]
    # The decider's word; where the case was refused, the participant reads it.
    reason: Mapped[str | None]
