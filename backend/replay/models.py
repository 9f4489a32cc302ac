"""The table of replays."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

STATUSES = ("waiting", "running", "done", "failed")
SOURCES = ("own", "file", "synthetic")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Replay(Base):
    """A replay that somebody of the staff asked for: what is judged by what, how far it is, and its report.

    `attempt` grows with each process that takes it up; whatever a process writes names its attempt, so that one which
    was thought dead and is not writes nothing any more. Times are of the system's clock.
    """

    __tablename__ = "replays"
    __table_args__ = (
        CheckConstraint(_one_of("status", STATUSES), name="status_declared"),
        CheckConstraint(_one_of("past_source", SOURCES), name="past_source_declared"),
        # What the worker looks for every moment.
        Index("ix_replays_open", "created_at", postgresql_where=text("status IN ('waiting', 'running')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    title: Mapped[dict[str, Any]]
    """The programme's, by language."""
    document: Mapped[str]
    version: Mapped[int]
    """0 for a document that is no stored version."""
    against_title: Mapped[dict[str, Any] | None]
    against_document: Mapped[str | None]
    against_version: Mapped[int]
    past_source: Mapped[str]
    past_name: Mapped[str]
    past_file: Mapped[bytes | None] = mapped_column(deferred=True)
    """What was brought, until it has been judged."""
    past_days: Mapped[int | None]
    """How far back the shop's own receipts go; None for all of them."""
    past_receipts: Mapped[int | None]
    """How many are made up."""
    zone: Mapped[str]
    spending_share_percent: Mapped[int]
    margin_percent: Mapped[int]
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    heartbeat_at: Mapped[datetime | None]
    events_done: Mapped[int] = mapped_column(server_default=text("0"))
    events_total: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    failure: Mapped[dict[str, Any] | None]
    """What stopped it: the kind of a wording and its facts."""
