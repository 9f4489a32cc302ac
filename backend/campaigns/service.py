"""Writing, starting and steering campaigns.

A campaign is `draft`, then `running`, perhaps `paused`, and in the end `stopped` or `finished`. Whoever was not reached
when it ended can be sent to later; nobody is told twice.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.campaigns import queries
from backend.campaigns.errors import NoSuchAudience, NothingRemains, NotNow, UnknownCampaign
from backend.campaigns.models import Campaign, CampaignEvent
from backend.notifications import queries as notifications
from backend.notifications import service as outbox
from backend.notifications.events import BroadcastsHalted
from backend.segments import queries as segments
from backend.segments.errors import UnknownSegment
from backend.segments.queries import SegmentListed
from backend.shared.clock import business_now
from backend.shared.i18n import _l
from backend.shared.ids import new_id
from backend.staff import service as staff
from backend.staff.queries import StaffIdentity

LATEST_DAYS = 3
"""An offer that could not be told for so long, beyond the time that its rate takes, is not told any more."""

STATUS_NAMES = {
    "draft": _l("a draft"),
    "running": _l("running"),
    "paused": _l("paused"),
    "stopped": _l("stopped"),
    "finished": _l("finished"),
}


def create(
    session: Session,
    *,
    name: str,
    kind: str,
    segment_id: UUID | None,
    message: Mapping[str, Mapping[str, str]],
    rate_per_second: int | None,
    starts_at: datetime | None,
    holdout_percent: int,
    by: StaffIdentity,
) -> Campaign:
    """A draft. `message` maps each language to title and body; no rate means as fast as it goes.

    Raises:
        NoSuchAudience: there is no such segment, or it is in the archive.
    """
    _check_segment(session, segment_id)
    campaign = Campaign(
        id=new_id(),
        name=name,
        kind=kind,
        segment_id=segment_id,
        message={locale: dict(text) for locale, text in message.items()},
        rate_per_second=rate_per_second,
        holdout_percent=holdout_percent,
        status="draft",
        created_at=business_now(),
        created_by=by.name,
        starts_at=starts_at,
    )
    session.add(campaign)
    session.flush()
    _happened(session, campaign, "created", by=by)
    return campaign


def rewrite(
    session: Session,
    *,
    campaign_id: UUID,
    name: str,
    kind: str,
    segment_id: UUID | None,
    message: Mapping[str, Mapping[str, str]],
    rate_per_second: int | None,
    starts_at: datetime | None,
    holdout_percent: int,
    by: StaffIdentity,
) -> Campaign:
    """Puts other words and settings in place of a draft's.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it is no draft any more.
        NoSuchAudience: there is no such segment, or it is in the archive.
    """
    _check_segment(session, segment_id)
    campaign = _locked(session, campaign_id)
    _check_status(campaign, "draft")
    campaign.name, campaign.kind, campaign.segment_id = name, kind, segment_id
    campaign.message = {locale: dict(text) for locale, text in message.items()}
    campaign.rate_per_second, campaign.starts_at = rate_per_second, starts_at
    campaign.holdout_percent = holdout_percent
    _happened(session, campaign, "rewritten", by=by)
    return campaign


def start(session: Session, *, campaign_id: UUID, by: StaffIdentity) -> Campaign:
    """Starts a draft, at its time if it has one; starting it again changes nothing.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it has been started and is not running any more.
        NoSuchAudience: its segment was put into the archive.
    """
    campaign = _locked(session, campaign_id)
    if campaign.status == "running":
        return campaign
    _check_status(campaign, "draft")
    audience = _audience(session, campaign.segment_id) if campaign.segment_id is not None else None
    now = business_now()
    begins_at = max(now, campaign.starts_at or now)
    campaign.status, campaign.started_at, campaign.starts_at = "running", now, begins_at
    campaign.expires_at = begins_at + _time_to_tell(session, campaign)
    outbox.open_broadcast(
        session,
        broadcast_id=campaign.id,
        marketing=campaign.kind == "marketing",
        texts=campaign.message,
        rate_per_second=campaign.rate_per_second,
        expires_at=campaign.expires_at,
    )
    if begins_at > now:
        _happened(session, campaign, "scheduled", by=by, starts_at=begins_at.isoformat())
    else:
        _happened(session, campaign, "started", by=by)
    if audience is not None:
        note(session, campaign, "segment", segment=audience.name, code=audience.code, version=audience.version)
    return campaign


def pause(session: Session, *, campaign_id: UUID, by: StaffIdentity) -> Campaign:
    """Halts a running campaign: what is on its way arrives, nothing more is sent. Pausing again changes nothing.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it is not running.
    """
    campaign = _locked(session, campaign_id)
    if campaign.status == "paused":
        return campaign
    _check_status(campaign, "running")
    outbox.halt_broadcast(session, broadcast_id=campaign.id)
    campaign.status, campaign.paused_at = "paused", business_now()
    _happened(session, campaign, "paused", by=by, sending=_sending(session, campaign))
    return campaign


def resume(session: Session, *, campaign_id: UUID, by: StaffIdentity) -> Campaign:
    """Goes on with a paused campaign where it was; the time of the pause is added to the time it has.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it is not paused.
    """
    campaign = _locked(session, campaign_id)
    if campaign.status == "running":
        return campaign
    _check_status(campaign, "paused")
    now = business_now()
    paused_for = now - (campaign.paused_at or now)
    campaign.status, campaign.paused_at = "running", None
    campaign.expires_at = (campaign.expires_at or now) + paused_for
    outbox.resume_broadcast(session, broadcast_id=campaign.id, expires_at=campaign.expires_at)
    _happened(session, campaign, "resumed", by=by)
    return campaign


def stop(session: Session, *, campaign_id: UUID, by: StaffIdentity) -> Campaign:
    """Ends a campaign: what is on its way arrives, nothing more is sent. Stopping again changes nothing.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it is a draft, or finished.
    """
    campaign = _locked(session, campaign_id)
    if campaign.status == "stopped":
        return campaign
    _check_status(campaign, "running", "paused")
    outbox.halt_broadcast(session, broadcast_id=campaign.id)
    campaign.status, campaign.paused_at = "stopped", None
    _happened(session, campaign, "stopped", by=by, sending=_sending(session, campaign))
    return campaign


def send_remainder(session: Session, *, campaign_id: UUID, by: StaffIdentity) -> Campaign:
    """Goes on with an ended campaign for those who were not reached: still in line, not yet in line, or too late.

    Who was told, failed or may have been told is left alone.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it has not ended.
        NothingRemains: nobody is left.
    """
    campaign = _locked(session, campaign_id)
    _check_status(campaign, "stopped", "finished")
    remaining = notifications.broadcast_remaining(session, campaign.id)
    if remaining == 0 and campaign.audience_complete:
        raise NothingRemains
    campaign.status, campaign.final_counts = "running", None
    campaign.expires_at = business_now() + _time_to_tell(session, campaign)
    outbox.resume_broadcast(session, broadcast_id=campaign.id, expires_at=campaign.expires_at)
    _happened(session, campaign, "remainder", by=by, remaining=remaining)
    return campaign


def set_rate(session: Session, *, campaign_id: UUID, rate_per_second: int | None, by: StaffIdentity) -> Campaign:
    """Sets how many are told in a second, heeded at once; None is as fast as it goes.

    Raises:
        UnknownCampaign: there is none.
        NotNow: it has ended.
    """
    campaign = _locked(session, campaign_id)
    _check_status(campaign, "draft", "running", "paused")
    if rate_per_second == campaign.rate_per_second:
        return campaign
    campaign.rate_per_second = rate_per_second
    if campaign.status != "draft":
        outbox.set_broadcast_rate(session, broadcast_id=campaign.id, rate_per_second=rate_per_second)
        campaign.expires_at = business_now() + _time_to_tell(session, campaign)
        outbox.set_broadcast_end(session, broadcast_id=campaign.id, expires_at=campaign.expires_at)
    if rate_per_second is None:
        _happened(session, campaign, "rate_free", by=by)
    else:
        _happened(session, campaign, "rate", by=by, rate=rate_per_second)
    return campaign


def pause_halted(session: Session, event: BroadcastsHalted) -> None:
    """Pauses the campaigns that the provider's refusal has halted, and says so in their logs."""
    for broadcast_id in sorted(event.broadcast_ids):
        campaign = session.get(Campaign, broadcast_id, with_for_update=True, populate_existing=True)
        if campaign is not None and campaign.status == "running":
            campaign.status, campaign.paused_at = "paused", business_now()
            note(session, campaign, "halted", problem=event.problem)


def note(session: Session, campaign: Campaign, kind: str, **facts: Any) -> None:
    """Adds a line to the campaign's log."""
    session.add(CampaignEvent(id=new_id(), campaign_id=campaign.id, kind=kind, facts=facts, at=business_now()))
    session.flush()


def _happened(session: Session, campaign: Campaign, kind: str, *, by: StaffIdentity, **facts: Any) -> None:
    note(session, campaign, kind, who=by.name, **facts)
    staff.audit(
        session, who=by.who, action=kind, subject=f"campaign:{campaign.id}", after={"status": campaign.status} | facts
    )


def _check_segment(session: Session, segment_id: UUID | None) -> None:
    if segment_id is not None:
        _audience(session, segment_id)


def _audience(session: Session, segment_id: UUID) -> SegmentListed:
    """The segment, while it is kept up."""
    try:
        found = segments.segment(session, segment_id)
    except UnknownSegment:
        found = None
    if found is None or found.archived_at is not None:
        raise NoSuchAudience(errors={"segment_id": [NoSuchAudience.title]})
    return found


def _locked(session: Session, campaign_id: UUID) -> Campaign:
    campaign = session.get(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign is None:
        raise UnknownCampaign
    return campaign


def _check_status(campaign: Campaign, *permitted: str) -> None:
    if campaign.status not in permitted:
        raise NotNow(status=STATUS_NAMES[campaign.status])


def _sending(session: Session, campaign: Campaign) -> int:
    return notifications.broadcast_counts(session, campaign.id)["sending"]


def _time_to_tell(session: Session, campaign: Campaign) -> timedelta:
    needed_seconds = 0.0
    if campaign.rate_per_second is not None:
        reached = queries.reachable_count(session, kind=campaign.kind, segment_id=campaign.segment_id)
        needed_seconds = reached / campaign.rate_per_second
    return timedelta(days=LATEST_DAYS, seconds=needed_seconds)
