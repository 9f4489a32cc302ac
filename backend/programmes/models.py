"""The programme's tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class ProgrammeVersion(Base):
    """A document as it was in force from a moment on. Never changed: a receipt is judged by the version of its time."""

    __tablename__ = "programme_versions"
    __table_args__ = (
        UniqueConstraint("programme", "version"),
        Index("ix_programme_versions_currency_in_force_from", "currency", "in_force_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    programme: Mapped[str]
    version: Mapped[int]
    currency: Mapped[str]
    document: Mapped[str]
    in_force_from: Mapped[datetime]
    recorded_at: Mapped[datetime]
