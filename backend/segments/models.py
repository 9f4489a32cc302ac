"""The tables of segments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class Segment(Base):
    """A segment as it is now: its tree, and how far its membership was computed.

    Until `computed_version` has caught up with `version`, the membership is the earlier version's, whole.
    """

    __tablename__ = "segments"
    __table_args__ = (
        CheckConstraint("computed_version <= version", name="computed_not_ahead"),
        # What the worker computes anew next.
        Index("ix_segments_due", "recompute_at", postgresql_where=text("archived_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    """How programmes and other segments name it; never changes."""
    name: Mapped[str]
    tree: Mapped[dict[str, Any]]
    version: Mapped[int]
    computed_version: Mapped[int] = mapped_column(server_default=text("0"))
    computed_at: Mapped[datetime | None]
    recompute_at: Mapped[datetime]
    """When the whole of it is computed anew: for time passes too (business time)."""
    members_count: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class SegmentVersion(Base):
    """A tree that the segment has had, who wrote it and when."""

    __tablename__ = "segment_versions"

    segment_id: Mapped[UUID] = mapped_column(ForeignKey("segments.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    tree: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by: Mapped[str]


class SegmentMember(Base):
    """Somebody who is in a segment, and since when.

    No foreign keys: neither segments nor members are ever deleted, and a million rows at once would pay for a million
    checks of what the same statement has just read.
    """

    __tablename__ = "segment_members"

    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Also by member: a till asks which segments somebody is in.
    member_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    since: Mapped[datetime]


class SegmentTouch(Base):
    """A row somewhere that may have moved a member between segments; taken in once, however often it is seen.

    No foreign key: a touch lives for a minute.
    """

    __tablename__ = "segment_touches"
    __table_args__ = (Index("ix_segment_touches_open", "id", postgresql_where=text("done_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    done_at: Mapped[datetime | None]


class SegmentProgress(Base):
    """How far touches were collected; one row, and the lock of whoever changes memberships."""

    __tablename__ = "segment_progress"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    collected: Mapped[UUID]
    """Rows with lesser ids were looked at when they were new."""
    looked_back: Mapped[UUID]
    """When late commits were last looked for, as an id of that moment."""
    busy: Mapped[UUID]
    """When something new was last seen, as an id of that moment."""
