"""The staff's API of campaigns."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from backend.campaigns import queries, service
from backend.campaigns.models import Campaign
from backend.campaigns.schemas import (
    CampaignAnswer,
    CampaignPageAnswer,
    CampaignStatusAnswer,
    NewCampaignAnswer,
    NewCampaignSchema,
)
from backend.shared.db import run_transaction, transaction
from backend.shared.pagination import PageArguments, page, read_cursor
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("campaigns", __name__, url_prefix="/api/v1/staff", description="One message to many")
for_marketers = staff_required("marketer", "administrator")


@blueprint.post("/campaigns")
@blueprint.doc(operationId="createCampaign", summary="Write a campaign; nothing is sent yet")
@blueprint.arguments(NewCampaignSchema)
@blueprint.response(201, NewCampaignAnswer)
@for_marketers
def create_campaign(written: dict[str, Any]) -> Campaign:
    """A draft. It goes out when it is started."""
    with transaction() as session:
        return service.create(session, **written, by=current_staff())


@blueprint.get("/campaigns")
@blueprint.doc(operationId="listCampaigns", summary="All campaigns, newest first")
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, CampaignPageAnswer)
@for_marketers
def list_campaigns(arguments: dict[str, Any]) -> dict[str, Any]:
    """Campaigns with their counts."""
    with transaction() as session:
        rows = queries.views(session, before=read_cursor(arguments["cursor"]), limit=arguments["limit"])
    return page(rows, limit=arguments["limit"], id_of=lambda row: row.id)


@blueprint.get("/campaigns/<uuid:campaign_id>")
@blueprint.doc(operationId="getCampaign", summary="A campaign and how it stands")
@blueprint.response(200, CampaignAnswer)
@for_marketers
def get_campaign(campaign_id: UUID) -> queries.CampaignView:
    """Status, people by state, and how many are held out."""
    with transaction() as session:
        return queries.view(session, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/start")
@blueprint.doc(operationId="startCampaign", summary="Send it, at its time if it has one")
@blueprint.response(200, CampaignStatusAnswer)
@for_marketers
def start_campaign(campaign_id: UUID) -> Campaign:
    """Starts a draft; starting it again changes nothing."""
    return _steer(service.start, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/pause")
@blueprint.doc(operationId="pauseCampaign", summary="Halt it where it is")
@blueprint.response(200, CampaignStatusAnswer)
@for_marketers
def pause_campaign(campaign_id: UUID) -> Campaign:
    """What is on its way arrives; nothing more is sent until it is resumed."""
    return _steer(service.pause, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/resume")
@blueprint.doc(operationId="resumeCampaign", summary="Go on where it was paused")
@blueprint.response(200, CampaignStatusAnswer)
@for_marketers
def resume_campaign(campaign_id: UUID) -> Campaign:
    """Nobody is skipped, nobody is told twice."""
    return _steer(service.resume, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/stop")
@blueprint.doc(operationId="stopCampaign", summary="End it within a second")
@blueprint.response(200, CampaignStatusAnswer)
@for_marketers
def stop_campaign(campaign_id: UUID) -> Campaign:
    """What is on its way arrives; nothing more is sent."""
    return _steer(service.stop, campaign_id)


@blueprint.post("/campaigns/<uuid:campaign_id>/remainder")
@blueprint.doc(operationId="sendCampaignRemainder", summary="Send to those who were not reached when it ended")
@blueprint.response(200, CampaignStatusAnswer)
@for_marketers
def send_campaign_remainder(campaign_id: UUID) -> Campaign:
    """Who was told, failed or may have been told is left alone."""
    return _steer(service.send_remainder, campaign_id)


def _steer(act: Callable[..., Campaign], campaign_id: UUID) -> Campaign:
    staff = current_staff()
    return run_transaction(lambda session: act(session, campaign_id=campaign_id, by=staff))
