"""The staff's API of rewards: how they stand, a partner's codes, a pause, and orders that wait."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.rewards import desk, queries
from backend.rewards.order import Order
from backend.rewards.schemas import (
    CodesSchema,
    LoadedAnswer,
    OrdersArguments,
    StaffOrderAnswer,
    StaffOrdersAnswer,
    StandingAnswer,
    StandingsAnswer,
)
from backend.rewards.stock import Loaded
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.pagination import page, read_cursor
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("rewards", __name__, url_prefix="/api/v1/staff", description="The rewards' desk")

LOOKING_ROLES = ("support", "marketer", "analyst", "administrator", "auditor")
STOCK_ROLES = ("marketer", "administrator")
ENDING_ROLES = ("support", "marketer", "administrator")


@blueprint.get("/rewards")
@blueprint.doc(operationId="listRewardStandings", summary="Every reward, and how it stands")
@staff_required(*LOOKING_ROLES)
@blueprint.response(200, StandingsAnswer)
def list_standings() -> dict[str, Any]:
    """In the order of the programmes' documents."""
    found = run_transaction(lambda session: queries.standings(session, at=business_now()))
    return {"items": [desk.standing_answer(one) for one in found], "next_cursor": None}


@blueprint.post("/rewards/<reward_id>/codes")
@blueprint.doc(operationId="loadRewardCodes", summary="Add a partner's codes to the stock")
@staff_required(*STOCK_ROLES)
@blueprint.arguments(CodesSchema, example={"codes": ["RODINA-7K2M", "RODINA-9QXB"]})
@blueprint.response(200, LoadedAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such reward")
def load_codes(body: dict[str, Any], reward_id: str) -> Loaded:
    """Each is given to one member. The same list again adds nothing."""
    who = current_staff().who
    return run_transaction(lambda session: desk.load_codes(session, reward_id, body["codes"], who=who))


@blueprint.post("/rewards/<reward_id>/pause")
@blueprint.doc(operationId="pauseReward", summary="Let nobody order a reward")
@staff_required(*STOCK_ROLES)
@blueprint.response(200, StandingAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such reward")
def pause(reward_id: str) -> dict[str, Any]:
    """Until it goes on. Coupons that are out stay good. Twice is as good as once."""
    who = current_staff().who
    return run_transaction(lambda session: desk.pause(session, reward_id, who=who))


@blueprint.post("/rewards/<reward_id>/resume")
@blueprint.doc(operationId="resumeReward", summary="Let a reward be ordered again")
@staff_required(*STOCK_ROLES)
@blueprint.response(200, StandingAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such reward")
def resume(reward_id: str) -> dict[str, Any]:
    """Twice is as good as once."""
    who = current_staff().who
    return run_transaction(lambda session: desk.resume(session, reward_id, who=who))


@blueprint.get("/redemptions")
@blueprint.doc(operationId="listOrders", summary="Members' orders, newest first")
@staff_required(*LOOKING_ROLES)
@blueprint.arguments(OrdersArguments, location="query")
@blueprint.response(200, StaffOrdersAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such reward")
def list_orders(arguments: dict[str, Any]) -> dict[str, Any]:
    """Of one reward or in one state, if so asked. What waits to be handed out is `ordered`."""
    limit, before = arguments["limit"], read_cursor(arguments["cursor"])

    def look(session: Session) -> list[Order]:
        return desk.orders(
            session, reward_id=arguments["reward"], state=arguments["state"], before=before, limit=limit + 1
        )

    return page(run_transaction(look), limit=limit, id_of=lambda one: one.id)


@blueprint.post("/redemptions/<uuid:order_id>/issue")
@blueprint.doc(operationId="issueOrder", summary="Hand out what was ordered")
@staff_required(*ENDING_ROLES)
@blueprint.response(200, StaffOrderAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such order")
@blueprint.alt_response(409, schema=ProblemSchema, description="It is over, or no code is left for it")
def issue(order_id: UUID) -> Order:
    """It becomes a coupon, and its member is told. Twice is as good as once."""
    who = current_staff().who
    return run_transaction(lambda session: desk.issue(session, order_id, who=who))


@blueprint.post("/redemptions/<uuid:order_id>/cancel")
@blueprint.doc(operationId="cancelOrder", summary="Cancel an order: the points go back")
@staff_required(*ENDING_ROLES)
@blueprint.response(200, StaffOrderAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such order")
@blueprint.alt_response(409, schema=ProblemSchema, description="It was used, or its time is over")
def cancel(order_id: UUID) -> Order:
    """To the lots that paid; its member is told. A partner's code that was shown is given to nobody else."""
    who = current_staff().who
    return run_transaction(lambda session: desk.cancel(session, order_id, who=who))
