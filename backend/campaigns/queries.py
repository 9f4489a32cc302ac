"""Reading campaigns: how they stand, whom they reach, what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.campaigns.errors import UnknownCampaign
from backend.campaigns.models import KINDS, Campaign, CampaignEvent
from backend.members import queries as members
from backend.notifications import queries as notifications
from backend.segments import queries as segments
from backend.shared.wording import Reader, render_title


@dataclass(frozen=True)
class CampaignView:
    """A campaign as the contract tells it: `counts` are people by state, `holdout` the people kept out."""

    id: UUID
    name: str
    kind: str
    segment_id: UUID | None
    message: dict[str, Any]
    rate_per_second: int | None
    holdout_percent: int
    status: str
    created_at: datetime
    created_by: str
    starts_at: datetime | None
    started_at: datetime | None
    audience_complete: bool
    counts: dict[str, int]
    holdout: int


@dataclass(frozen=True)
class AudiencePage:
    """Some of the people whom a campaign concerns, and who was looked at last, of how many."""

    member_ids: list[UUID]
    looked_through: UUID
    looked_at: int


@dataclass(frozen=True)
class LogLine:
    """One thing that happened to a campaign, in the reader's language."""

    at: datetime
    text: str


def campaign(session: Session, campaign_id: UUID) -> Campaign:
    """The campaign with this id.

    Raises:
        UnknownCampaign: there is none.
    """
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise UnknownCampaign
    return found


def view(session: Session, campaign_id: UUID) -> CampaignView:
    """A campaign with its counts.

    Raises:
        UnknownCampaign: there is none.
    """
    return _view(session, campaign(session, campaign_id))


def views(session: Session, *, before: UUID | None, limit: int) -> list[CampaignView]:
    """Campaigns with their counts, newest first: `limit` and one more where there is one."""
    statement = select(Campaign).order_by(Campaign.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(Campaign.id < before)
    return [_view(session, found) for found in session.scalars(statement)]


def _view(session: Session, found: Campaign) -> CampaignView:
    return CampaignView(
        id=found.id,
        name=found.name,
        kind=found.kind,
        segment_id=found.segment_id,
        message=found.message,
        rate_per_second=found.rate_per_second,
        holdout_percent=found.holdout_percent,
        status=found.status,
        created_at=found.created_at,
        created_by=found.created_by,
        starts_at=found.starts_at,
        started_at=found.started_at,
        audience_complete=found.audience_complete,
        counts=found.final_counts or notifications.broadcast_counts(session, found.id),
        holdout=found.holdout_count,
    )


def reachable_count(session: Session, *, kind: str, segment_id: UUID | None = None) -> int:
    """How many people a campaign of this kind reaches now, of a segment if one is named.

    All of them have a device that takes pushes; to be told an offer they have agreed to offers by push as well.

    Raises:
        UnknownSegment: there is no such segment.
    """
    if segment_id is not None:
        reach = segments.reach(session, segment_id)
        return reach.with_app if kind == "service" else reach.push
    if kind == "service":
        return members.count_push_members(session)
    return members.count_reachable(session, purpose="marketing").push


def reachable_counts(session: Session, *, segment_id: UUID | None = None) -> dict[str, int]:
    """How many people a campaign of each kind reaches now, of a segment if one is named.

    Raises:
        UnknownSegment: there is no such segment.
    """
    return {kind: reachable_count(session, kind=kind, segment_id=segment_id) for kind in KINDS}


def remaining_count(session: Session, ended: CampaignView) -> int:
    """How many people of an ended campaign could still be told, as far as they were put in line."""
    return notifications.broadcast_remaining(session, ended.id)


def audience_page(
    session: Session, *, kind: str, after: UUID | None, limit: int, segment_id: UUID | None = None
) -> list[UUID]:
    """Members whom a campaign of this kind may concern, among the next `limit` that are looked at."""
    page = next_audience(session, kind=kind, segment_id=segment_id, after=after, limit=limit)
    return page.member_ids if page is not None else []


def next_audience(
    session: Session, *, kind: str, segment_id: UUID | None, after: UUID | None, limit: int
) -> AudiencePage | None:
    """The next members whom a campaign of this kind may concern, in order of their ids; None at the end."""
    if segment_id is not None:
        looked_at = segments.member_page(session, segment_id, after=after, limit=limit)
        agreed = set(looked_at)
        if kind == "marketing":
            agreed = members.consenting(session, looked_at, "marketing", "push")
        concerned = [member_id for member_id in looked_at if member_id in agreed]
    elif kind == "service":
        concerned = looked_at = members.push_member_page(session, after=after, limit=limit)
    else:
        concerned = looked_at = members.consenting_page(
            session, purpose="marketing", channel="push", after=after, limit=limit
        )
    return AudiencePage(concerned, looked_at[-1], len(looked_at)) if looked_at else None


def log(session: Session, campaign_id: UUID, *, reader: Reader) -> list[LogLine]:
    """What happened to a campaign, newest first, in the reader's language."""
    statement = select(CampaignEvent).where(CampaignEvent.campaign_id == campaign_id).order_by(CampaignEvent.id.desc())
    return [
        LogLine(event.at, render_title(f"campaign.{event.kind}", event.facts, reader))
        for event in session.scalars(statement)
    ]
