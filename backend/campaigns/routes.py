"""The staff's API of campaigns."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from backend.campaigns import queries, service
from backend.campaigns.models import Campaign
from backend.campaigns.schemas import (
    CampaignAnswer,
    CampaignPageAnswer,
    CampaignStatusAnswer,
    NewCampaignAnswer,
    NewCampaignSchema,
)
from backend.shared.blueprint import Blueprint
from backend.shared.db import run_transaction, transaction
from backend.shared.pagination import PageArguments, page, read_cursor
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("campaigns", __name__, url_prefix="/api/v1/staff", description="One message to many")
for_marketers = staff_required("marketer", "administrator")
not_now = blueprint.alt_response(409, schema=ProblemSchema, description="The campaign stands where it cannot be done")

CAMPAIGN_EXAMPLE = {
    "name": "Double points on beans",
    "kind": "marketing",
    "message": {
        "ru": {"title": "Двойные баллы за зерно", "body": "До воскресенья, во всех кофейнях."},
        "en": {"title": "Double points on beans", "body": "Until Sunday, in every café."},
    },
    "rate_per_second": 40,
    "holdout_percent": 10,
}


@blueprint.post("/campaigns")
@blueprint.doc(operationId="createCampaign", summary="Write a campaign; nothing is sent yet")
@for_marketers
@blueprint.arguments(NewCampaignSchema, example=CAMPAIGN_EXAMPLE)
@blueprint.response(201, NewCampaignAnswer)
def create_campaign(written: dict[str, Any]) -> Campaign:
    """A draft. It goes out when it is started."""
    with transaction() as session:
        return service.create(session, **written, by=current_staff())


@blueprint.get("/campaigns")
@blueprint.doc(operationId="listCampaigns", summary="All campaigns, newest first")
@for_marketers
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, CampaignPageAnswer)
def list_campaigns(arguments: dict[str, Any]) -> dict[str, Any]:
    """Campaigns with their counts."""
    with transaction() as session:
        rows = queries.views(session, before=read_cursor(arguments["cursor"]), limit=arguments["limit"])
    return page(rows, limit=arguments["limit"], id_of=lambda row: row.id)


@blueprint.get("/campaigns/<uuid:campaign_id>")
@blueprint.doc(operationId="getCampaign", summary="A campaign and how it stands")
@for_marketers
@blueprint.response(200, CampaignAnswer)
def get_campaign(campaign_id: UUID) -> queries.CampaignView:
    """Status, people by state, and how many are held out."""
    with transaction() as session:
        return queries.view(session, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/start")
@blueprint.doc(operationId="startCampaign", summary="Send it, at its time if it has one")
@for_marketers
@blueprint.response(200, CampaignStatusAnswer)
@not_now
def start_campaign(campaign_id: UUID) -> Campaign:
    """Starts a draft; starting it again changes nothing."""
    return _steer(service.start, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/pause")
@blueprint.doc(operationId="pauseCampaign", summary="Halt it where it is")
@for_marketers
@blueprint.response(200, CampaignStatusAnswer)
@not_now
def pause_campaign(campaign_id: UUID) -> Campaign:
    """What is on its way arrives; nothing more is sent until it is resumed."""
    return _steer(service.pause, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/resume")
@blueprint.doc(operationId="resumeCampaign", summary="Go on where it was paused")
@for_marketers
@blueprint.response(200, CampaignStatusAnswer)
@not_now
def resume_campaign(campaign_id: UUID) -> Campaign:
    """Nobody is skipped, nobody is told twice."""
    return _steer(service.resume, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/stop")
@blueprint.doc(operationId="stopCampaign", summary="End it within a second")
@for_marketers
@blueprint.response(200, CampaignStatusAnswer)
@not_now
def stop_campaign(campaign_id: UUID) -> Campaign:
    """What is on its way arrives; nothing more is sent."""
    return _steer(service.stop, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/remainder")
@blueprint.doc(operationId="sendCampaignRemainder", summary="Send to those who were not reached when it ended")
@for_marketers
@blueprint.response(200, CampaignStatusAnswer)
@not_now
def send_campaign_remainder(campaign_id: UUID) -> Campaign:
    """Who was told, failed or may have been told is left alone."""
    return _steer(service.send_remainder, campaign_id)


def _steer(act: Callable[..., Campaign], campaign_id: UUID) -> Campaign:
    staff = current_staff()
    return run_transaction(lambda session: act(session, campaign_id=campaign_id, by=staff))
