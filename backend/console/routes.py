"""The staff's API of members: support's view, and points given or taken by hand."""

from typing import Any
from uuid import UUID

from backend.console import support
from backend.console.schemas import (
    AdjustmentAnswer,
    FindArguments,
    IdempotencyHeaders,
    LetSpendSchema,
    MemberAnswer,
    MembersFoundAnswer,
    NewAdjustmentSchema,
)
from backend.console.shell import ADJUSTING_ROLES, LOOKING_ROLES, VOUCHING_ROLES
from backend.ledger.adjusting import Adjustment
from backend.shared.blueprint import Blueprint
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import current_locale
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("support", __name__, url_prefix="/api/v1/staff", description="Members, as support sees them")

ADJUSTMENT_EXAMPLE = {"points": 300, "reason": "Till of 22 November was down, case 4711", "kind": "complaint"}


@blueprint.get("/members")
@blueprint.doc(operationId="findMembers", summary="Find a member")
@staff_required(*LOOKING_ROLES)
@blueprint.arguments(FindArguments, location="query")
@blueprint.response(200, MembersFoundAnswer)
def find_members(arguments: dict[str, Any]) -> dict[str, Any]:
    """By whatever a person has at hand. An address is kept in many logs: prefer a card's number to a phone."""
    with transaction() as session:
        return {"items": support.find(session, arguments["query"]), "next_cursor": None}


@blueprint.get("/members/<uuid:member_id>")
@blueprint.doc(operationId="getMember", summary="A member and the figures of their book")
@staff_required(*LOOKING_ROLES)
@blueprint.response(200, MemberAnswer)
def get_member(member_id: UUID) -> dict[str, Any]:
    """Contacts are masked; an erased member has none, and keeps the book."""
    with transaction() as session:
        return support.view(session, member_id, locale=current_locale())


@blueprint.post("/members/<uuid:member_id>/spending")
@blueprint.doc(operationId="letMemberSpend", summary="Let a member spend whose account was changed")
@staff_required(*VOUCHING_ROLES)
@blueprint.arguments(LetSpendSchema, example={"reason": "Came to the till with a passport"})
@blueprint.response(204)
def let_member_spend(body: dict[str, Any], member_id: UUID) -> None:
    """Ends the pause after a further device or another phone number, for this member; who did it and why is kept."""
    staff = current_staff()
    run_transaction(lambda session: support.let_spend(session, member_id=member_id, reason=body["reason"], by=staff))


@blueprint.post("/members/<uuid:member_id>/adjustments")
@blueprint.doc(operationId="adjustMember", summary="Give or take points by hand")
@staff_required(*ADJUSTING_ROLES)
@blueprint.arguments(IdempotencyHeaders, location="headers")
@blueprint.arguments(NewAdjustmentSchema, example=ADJUSTMENT_EXAMPLE)
@blueprint.response(201, AdjustmentAnswer)
@blueprint.alt_response(200, schema=AdjustmentAnswer, description="The same request again: as it stands", success=True)
@blueprint.alt_response(
    202, schema=AdjustmentAnswer, description="Above the programme's limit: it waits for a second person", success=True
)
@blueprint.alt_response(409, schema=ProblemSchema, description="The same request is being worked on, or no programme")
def adjust_member(headers: dict[str, Any], body: dict[str, Any], member_id: UUID) -> tuple[Adjustment, int]:
    """Above the limit a person other than the asker decides, in the console, within 14 days. What one caller gives one
    member within a day counts together. No more can be taken than is available: 422 names the maximum.
    """
    staff = current_staff()
    adjustment, is_new = run_transaction(
        lambda session: support.adjust(session, member_id=member_id, by=staff, **headers, **body)
    )
    if not is_new:
        return adjustment, 200
    return adjustment, 202 if adjustment.status == "waiting" else 201
