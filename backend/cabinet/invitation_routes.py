"""Naming, after joining, who told one of the shop."""

from typing import Any

from marshmallow import fields

from backend.cabinet.guessing import limit_wrong_codes
from backend.cabinet.service import read_invitation
from backend.members.access import current_member_id, member_required
from backend.referrals import naming
from backend.referrals.schemas import OfferMinimum
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.problems import ProblemSchema
from backend.shared.schemas import Answer, Points, Schema, Text

blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1", description="Being invited")


class AdvocateSchema(Schema):
    """Who told the caller of the shop."""

    code = Text(required=True, maximum=300, metadata={"description": "Their code or link", "example": "K7M-3QX-B9T"})


class AdvocateAnswer(Answer):
    """Who is held to have invited the caller, and what it brings them."""

    label = fields.String(
        required=True, allow_none=True, metadata={"description": "The first name; null for none", "example": "Alice"}
    )
    points = Points(required=True, metadata={"description": "The caller's, after the first purchase"})
    minimum = fields.Nested(OfferMinimum, required=True, metadata={"description": "Of that purchase"})


@blueprint.route("/me/referral/advocate", methods=["POST"])
@limit_wrong_codes
@blueprint.doc(operationId="nameMyAdvocate", summary="Name who invited the caller, before the first purchase")
@member_required
@blueprint.arguments(AdvocateSchema, example={"code": "K7M-3QX-B9T"})
@blueprint.response(200, AdvocateAnswer)
@blueprint.alt_response(409, schema=ProblemSchema, description="The programme or the caller's past does not allow it")
@blueprint.alt_response(422, schema=ProblemSchema, description="Nobody has this code")
@blueprint.alt_response(429, schema=ProblemSchema, description="Too many wrong codes")
def name_advocate(body: dict[str, Any]) -> dict[str, Any]:
    """Once, for ever, where the programme says `existing_members: no_purchase_yet`; the same one again is as good."""
    member_id, invitation, now = current_member_id(), read_invitation(body["code"]), business_now()
    named = run_transaction(
        lambda session: naming.name_advocate(
            session,
            member_id=member_id,
            code=invitation.code,
            channel=invitation.channel,
            origin=invitation.origin,
            at=now,
        )
    )
    return {"label": named.label, "points": named.terms.friend_points, "minimum": named.terms.minimum}
