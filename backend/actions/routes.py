"""The ways in for what is no purchase: a visit at the till, and whatever another system knows of."""

from typing import Any
from uuid import UUID

from flask_babel import get_timezone

from backend.actions import service
from backend.actions.schemas import ActionAnswer, ActionSchema, VisitAnswer, VisitSchema
from backend.actions.service import ActionDone, ActionRecorded
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.i18n import current_locale
from backend.shared.problems import ProblemSchema
from backend.shared.wording import Reader, render_title
from backend.staff.access import staff_required, till_required

blueprint = Blueprint("actions", __name__, url_prefix="/api/v1", description="Points for what is no purchase")

ACTION_ROLES = ("support", "marketer", "administrator")
Answered = tuple[dict[str, Any], int]


@blueprint.post("/till/visits")
@blueprint.doc(operationId="recordVisit", summary="Somebody came by")
@till_required
@blueprint.arguments(VisitSchema, example={"code": "9710 0044 2031 3201"})
@blueprint.response(201, VisitAnswer)
@blueprint.alt_response(200, schema=VisitAnswer, description="Was here today already", success=True)
@blueprint.alt_response(404, schema=ProblemSchema, description="Nobody is known by this code")
@blueprint.alt_response(422, schema=ProblemSchema, description="No programme gives points for a visit")
def record_visit(body: dict[str, Any]) -> Answered:
    """Once a day of the shop, where the programme has the action `visit`."""
    member_id, recorded, label = run_transaction(lambda session: service.visit(session, body["code"]))
    return _answer(recorded) | {"member": {"id": member_id, "label": label}}, 200 if recorded.repeated else 201


@blueprint.post("/staff/members/<uuid:member_id>/actions")
@blueprint.doc(operationId="recordAction", summary="A member has done something")
@staff_required(*ACTION_ROLES)
@blueprint.arguments(ActionSchema, example={"action": "survey", "external_id": "s-2026-11"})
@blueprint.response(201, ActionAnswer)
@blueprint.alt_response(200, schema=ActionAnswer, description="Told before: the same answer", success=True)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such member")
@blueprint.alt_response(422, schema=ProblemSchema, description="No programme in force has this action")
def record_action(body: dict[str, Any], member_id: UUID) -> Answered:
    """For surveys and whatever else another system knows of. The same `external_id` counts once."""
    done = ActionDone(member_id=member_id, action=body["action"], key=body["external_id"], at=business_now())
    (recorded,) = run_transaction(lambda session: service.record(session, [done]))
    return _answer(recorded), 200 if recorded.repeated else 201


def _answer(recorded: ActionRecorded) -> dict[str, Any]:
    reason = recorded.reason
    reader = Reader(current_locale(), str(get_timezone()))
    return {
        "action": recorded.action,
        "points": recorded.points,
        "available_at": recorded.available_at,
        "reason": render_title(reason.kind, reason.facts, reader) if reason else None,
    }
