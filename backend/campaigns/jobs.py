"""What the worker does for campaigns: putting their people in line, and noticing that all were told."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.campaigns import queries, service
from backend.campaigns.holdout import is_held_out
from backend.campaigns.models import Campaign, CampaignHoldout
from backend.members import queries as members
from backend.notifications import queries as notifications
from backend.notifications import service as outbox
from backend.shared.jobs import Job

AUDIENCE_CHUNK_MEMBERS = 2000


def _audience_due(session: Session) -> datetime | None:
    statement = select(func.min(Campaign.starts_at)).where(
        Campaign.status == "running", Campaign.audience_complete.is_(False)
    )
    return session.scalar(statement)


def _put_in_line(session: Session, now: datetime) -> int:
    """The next chunk of the audience of the campaign that has waited longest.

    The people and the place where the next chunk begins are one transaction: a worker killed at any moment has put all
    of a chunk in line or none of it.
    """
    campaign = session.scalar(
        select(Campaign)
        .where(Campaign.status == "running", Campaign.audience_complete.is_(False), Campaign.starts_at <= now)
        .order_by(Campaign.starts_at, Campaign.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if campaign is None:
        return 0
    page = queries.next_audience(
        session,
        kind=campaign.kind,
        segment_id=campaign.segment_id,
        after=campaign.audience_after,
        limit=AUDIENCE_CHUNK_MEMBERS,
    )
    if page is None:
        _complete(session, campaign)
        return 1
    percent = campaign.holdout_percent
    # Only who could be told is worth comparing with, so those without a device are neither told nor held out.
    reachable = members.push_device_ids(session, page.member_ids).keys()
    held_out = {member_id for member_id in reachable if is_held_out(campaign.id, member_id, percent=percent)}
    told = [member_id for member_id in page.member_ids if member_id in reachable and member_id not in held_out]
    outbox.broadcast_to(session, broadcast_id=campaign.id, member_ids=told)
    if held_out:
        rows = [{"campaign_id": campaign.id, "member_id": member_id} for member_id in sorted(held_out)]
        session.execute(insert(CampaignHoldout).on_conflict_do_nothing(), rows)
    campaign.audience_after = page.looked_through
    campaign.audience_count += len(told)
    campaign.holdout_count += len(held_out)
    session.flush()
    return page.looked_at


def _complete(session: Session, campaign: Campaign) -> None:
    campaign.audience_complete = True
    if campaign.holdout_count:
        service.note(
            session,
            campaign,
            "audience_held_out",
            told=campaign.audience_count,
            held_out=campaign.holdout_count,
            percent=campaign.holdout_percent * 100,
        )
    else:
        service.note(session, campaign, "audience", told=campaign.audience_count)


def _told_through(session: Session) -> Campaign | None:
    statement = select(Campaign).where(Campaign.status == "running", Campaign.audience_complete.is_(True))
    for campaign in session.scalars(statement.order_by(Campaign.id)):
        if not notifications.broadcast_is_open(session, campaign.id):
            return campaign
    return None


def _finish_due(session: Session) -> datetime | None:
    campaign = _told_through(session)
    # Not the present moment: whoever asks compares with a moment that was taken before asking.
    return campaign.starts_at if campaign is not None else None


def _finish(session: Session, _now: datetime) -> int:
    campaign = _told_through(session)
    if campaign is None:
        return 0
    # Somebody may be pausing or stopping it at this very moment.
    session.refresh(campaign, with_for_update=True)
    if campaign.status == "running":
        campaign.status = "finished"
        campaign.final_counts = notifications.broadcast_counts(session, campaign.id)
        service.note(session, campaign, "finished")
    return 1


put_in_line = Job(name="campaign_audience", clock="business", next_due=_audience_due, run=_put_in_line)
finish = Job(name="campaign_finish", clock="business", next_due=_finish_due, run=_finish)
