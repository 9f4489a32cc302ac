"""The programme's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

DRAFT, SCHEDULED, WITHDRAWN = "draft", "scheduled", "withdrawn"


class ProgrammeVersion(Base):
    """A document, and from when on it judges receipts. The document never changes: whoever wants another one writes the
    next version. A receipt is judged by the version of its time.
    """

    __tablename__ = "programme_versions"
    __table_args__ = (
        UniqueConstraint("programme", "version"),
        CheckConstraint("status IN ('draft', 'scheduled', 'withdrawn')", name="status_declared"),
        CheckConstraint("status <> 'scheduled' OR in_force_from IS NOT NULL", name="scheduled_from"),
        Index("ix_programme_versions_currency_in_force_from", "currency", "in_force_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme: Mapped[str]
    version: Mapped[int]
    currency: Mapped[str]
    document: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'scheduled'"))
    """`draft`, `scheduled` or `withdrawn`; whether a scheduled one is in force follows from the time."""
    in_force_from: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(server_default=text("''"))
    note: Mapped[str] = mapped_column(server_default=text("''"))
