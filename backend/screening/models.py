"""The record of rulings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


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
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    outcome: Mapped[str]
    reason_kind: Mapped[str]
    reason_facts: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any]]
    at: Mapped[datetime]
