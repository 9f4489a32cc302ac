"""The tables of campaigns."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

STATUSES = ("draft", "running", "paused", "stopped", "finished")
KINDS = ("service", "marketing")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Campaign(Base):
    """A message to many, as its marketer has set it up, and how far its audience has been put in line.

    `message` maps each language to `{"title", "body"}`. `audience_after` is the last member that was looked at;
    `audience_count` people are in line or were told, `holdout_count` are kept out to compare with.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint(_one_of("status", STATUSES), name="status_declared"),
        CheckConstraint(_one_of("kind", KINDS), name="kind_declared"),
        CheckConstraint("holdout_percent BETWEEN 0 AND 99", name="holdout_percent_range"),
        CheckConstraint("(status = 'draft') = (started_at IS NULL)", name="started_unless_draft"),
        # What the worker looks for every moment: campaigns that are not over.
        Index("ix_campaigns_running", "starts_at", postgresql_where=text("status = 'running'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    segment_id: Mapped[UUID | None] = mapped_column(ForeignKey("segments.id"))
    """Whom it is for; None for everybody whom its kind may reach."""
    message: Mapped[dict[str, Any]]
    rate_per_second: Mapped[int | None]
    holdout_percent: Mapped[int]
    status: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    starts_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    audience_after: Mapped[UUID | None]
    audience_complete: Mapped[bool] = mapped_column(server_default=text("false"))
    audience_count: Mapped[int] = mapped_column(server_default=text("0"))
    holdout_count: Mapped[int] = mapped_column(server_default=text("0"))
    final_counts: Mapped[dict[str, Any] | None]
    """People by state when it was finished: a list of old campaigns need not count their deliveries again."""


class CampaignHoldout(Base):
    """Somebody who was kept out of a campaign, to compare with: they must still be known when it is judged."""

    __tablename__ = "campaign_holdouts"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)


class CampaignEvent(Base):
    """What happened to a campaign: a line of its log, kept as kind and facts."""

    __tablename__ = "campaign_events"
    __table_args__ = (Index("ix_campaign_events_log", "campaign_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
