"""The marketer's pages: the list of campaigns, a new one, and one with how it stands."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.campaigns import queries as campaigns
from backend.campaigns import service
from backend.campaigns.errors import NoSuchAudience, NothingRemains, NotNow
from backend.campaigns.queries import CampaignView
from backend.campaigns.schemas import (
    BODY_LENGTH_MAXIMUM,
    HOLDOUT_PERCENT_MAXIMUM,
    NAME_LENGTH_MAXIMUM,
    RATE_PER_SECOND_MAXIMUM,
    TITLE_LENGTH_MAXIMUM,
)
from backend.console import campaign_page
from backend.console.campaign_form import CampaignForm
from backend.console.shell import blueprint, refusal_in_words, render
from backend.members import queries as members
from backend.notifications import queries as notifications
from backend.segments import queries as segments
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import _, current_locale
from backend.shared.pages import current_shop
from backend.shared.pagination import page, read_cursor
from backend.shared.wording import Reader
from backend.staff.access import current_staff, page_staff_required

ROLES = ("marketer", "administrator")
LIST_ROWS = 25
SAMPLE_PEOPLE = 5
SAMPLE_LOOKED_AT = 60

ACTS: dict[str, Callable[..., object]] = {
    "start": service.start,
    "pause": service.pause,
    "resume": service.resume,
    "stop": service.stop,
    "remainder": service.send_remainder,
}
LIMITS = {
    "name": NAME_LENGTH_MAXIMUM,
    "title": TITLE_LENGTH_MAXIMUM,
    "body": BODY_LENGTH_MAXIMUM,
    "rate": RATE_PER_SECOND_MAXIMUM,
    "holdout": HOLDOUT_PERCENT_MAXIMUM,
}


@blueprint.get("/campaigns")
@page_staff_required(*ROLES)
def campaigns_page() -> str:
    """All campaigns, newest first."""
    with transaction() as session:
        before = read_cursor(request.args.get("cursor"))
        listed = page(
            campaigns.views(session, before=before, limit=LIST_ROWS), limit=LIST_ROWS, id_of=lambda row: row.id
        )
        return _render("campaigns.html", listed=listed, now=business_now(), first=before is None)


@blueprint.get("/campaigns/new")
@page_staff_required(*ROLES)
def new_campaign_page() -> str:
    """The form of a new campaign."""
    with transaction() as session:
        return _render_form(session, CampaignForm({"segment_id": request.args.get("segment", "")}))


@blueprint.post("/campaigns/new")
@page_staff_required(*ROLES)
def write_campaign() -> Response | str | tuple[str, int]:
    """Keeps the draft and leads to its page, where it is looked at once more and started."""
    form = CampaignForm(request.form)
    with transaction() as session:
        if request.form.get("act") == "look":
            return _render_form(session, form)
        if not form.read(zone=current_shop().zone) or form.campaign is None:
            return _render_form(session, form), 422
        try:
            campaign_id = service.create(session, **form.campaign, by=current_staff()).id
        except NoSuchAudience:
            form.refuse_segment()
            return _render_form(session, form), 422
    return _to_campaign(campaign_id)


@blueprint.get("/campaigns/<uuid:campaign_id>/edit")
@page_staff_required(*ROLES)
def edit_campaign_page(campaign_id: UUID) -> str | Response:
    """The form of a draft."""
    with transaction() as session:
        campaign = campaigns.view(session, campaign_id)
        if campaign.status != "draft":
            return _to_campaign(campaign_id)
        return _render_form(session, CampaignForm.of(campaign, zone=current_shop().zone), campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/edit")
@page_staff_required(*ROLES)
def rewrite_campaign(campaign_id: UUID) -> Response | str | tuple[str, int]:
    """Puts what was typed in place of the draft."""
    form = CampaignForm(request.form)
    if request.form.get("act") == "look":
        with transaction() as session:
            return _render_form(session, form, campaign_id)
    if not form.read(zone=current_shop().zone) or form.campaign is None:
        with transaction() as session:
            return _render_form(session, form, campaign_id), 422
    written, staff = form.campaign, current_staff()
    return _do(campaign_id, lambda session: service.rewrite(session, campaign_id=campaign_id, **written, by=staff))


@blueprint.get("/campaigns/<uuid:campaign_id>")
@page_staff_required(*ROLES)
def campaign_page_of(campaign_id: UUID) -> str:
    """One campaign: how it stands, what it says, what happened."""
    with transaction() as session:
        return _render_campaign(session, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/<any(start, pause, resume, stop, remainder):act>")
@page_staff_required(*ROLES)
def steer_campaign(campaign_id: UUID, act: str) -> Response:
    """Start, pause, resume, stop, or send to the remainder."""
    return _do(campaign_id, lambda session: ACTS[act](session, campaign_id=campaign_id, by=current_staff()))


@blueprint.post("/campaigns/<uuid:campaign_id>/rate")
@page_staff_required(*ROLES)
def set_campaign_rate(campaign_id: UUID) -> Response:
    """Set how many are told in a second; nothing typed is as fast as it goes."""
    typed = request.form.get("rate_per_second", "").strip()
    rate = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
    if typed and (rate is None or not 1 <= rate <= RATE_PER_SECOND_MAXIMUM):
        most = formatting.count(RATE_PER_SECOND_MAXIMUM, locale=current_locale())
        flash(_("The rate is a whole number from 1 to %(most)s.", most=most))
        return _to_campaign(campaign_id)
    staff = current_staff()
    return _do(
        campaign_id,
        lambda session: service.set_rate(session, campaign_id=campaign_id, rate_per_second=rate, by=staff),
    )


def _do(campaign_id: UUID, act: Callable[[Session], object]) -> Response:
    try:
        run_transaction(act)
    except (NoSuchAudience, NotNow, NothingRemains) as refusal:
        flash(refusal_in_words(refusal))
    return _to_campaign(campaign_id)


def _to_campaign(campaign_id: UUID) -> Response:
    return redirect(url_for("console.campaign_page_of", campaign_id=campaign_id), code=303)


def _render(template: str, **values: object) -> str:
    return render(template, page_of="console.campaigns_page", campaign_page=campaign_page, **values)


def _render_form(session: Session, form: CampaignForm, campaign_id: UUID | None = None) -> str:
    return _render(
        "campaign_form.html",
        form=form,
        limits=LIMITS,
        reach=_reach(session, form.segment_id),
        segments=segments.listed(session),
        campaign_id=campaign_id,
    )


def _reach(session: Session, segment_id: UUID | None) -> dict[str, int]:
    """How many people a campaign of each kind reaches now, of all or of a segment."""
    if segment_id is None or segment_id not in {one.id for one in segments.listed(session)}:
        return campaigns.reachable_counts(session)
    return campaigns.reachable_counts(session, segment_id=segment_id)


def _render_campaign(session: Session, campaign_id: UUID) -> str:
    campaign = campaigns.view(session, campaign_id)
    zone, now = current_shop().zone, business_now()
    held_at = notifications.next_held_at(session, campaign_id) if campaign.counts["held"] else None
    held_until = campaign_page.moment_words(held_at, zone=zone, now=now) if held_at else None
    draft = campaign.status == "draft"
    ended = campaign.status in {"stopped", "finished"}
    return _render(
        "campaign.html",
        campaign=campaign,
        now=now,
        zone=zone,
        standing=campaign_page.standing(campaign, now=now),
        rows=campaign_page.state_rows(campaign),
        outlook=campaign_page.outlook(campaign, held_until=held_until),
        log=campaigns.log(session, campaign_id, reader=Reader(current_locale(), zone)),
        reach=_reach(session, campaign.segment_id)[campaign.kind] if draft else None,
        segment=segments.segment(session, campaign.segment_id) if campaign.segment_id else None,
        sample=_sample(session, campaign) if draft else [],
        remaining=campaigns.remaining_count(session, campaign) if ended else 0,
        problem=notifications.channel_problem(session, "push"),
    )


def _sample(session: Session, campaign: CampaignView) -> list[str]:
    """Some of those whom the campaign would reach, as staff may see them."""
    looked_at = campaigns.audience_page(
        session, kind=campaign.kind, segment_id=campaign.segment_id, after=None, limit=SAMPLE_LOOKED_AT
    )
    reachable = sorted(members.push_device_ids(session, looked_at))[:SAMPLE_PEOPLE]
    labels = members.labels(session, reachable)
    return [labels[member_id].label for member_id in reachable]
