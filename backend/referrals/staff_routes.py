"""Members' codes and named links, as the marketer sees, names and limits them."""

from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.members.errors import UnknownMember
from backend.referrals import limiting, links
from backend.referrals.code_schemas import LinkAnswer, LinkSchema
from backend.referrals.staff_schemas import CodeLimitsSchema, StaffCodeAnswer, StaffCodesAnswer
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required
from backend.staff.service import audit

blueprint = Blueprint(
    "staff_referral_codes", __name__, url_prefix="/api/v1/staff", description="Members' codes and links"
)


@blueprint.route("/members/<uuid:member_id>/referral-codes", methods=["GET"])
@blueprint.doc(operationId="listReferralCodes", summary="A member's codes and named links")
@staff_required("marketer", "support", "administrator")
@blueprint.response(200, StaffCodesAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such member")
def list_codes(member_id: UUID) -> dict[str, Any]:
    """Newest first, also those that have ended, each with how many friends came by it."""
    public_url = current_app.config["MOLVA"].public_url

    def look(session: Session) -> dict[str, Any]:
        _require(session, member_id)
        return {
            "codes": limiting.standing_codes(session, member_id),
            "links": links.named_links(session, member_id=member_id, public_url=public_url),
        }

    return run_transaction(look)


@blueprint.route("/members/<uuid:member_id>/referral-links", methods=["POST"])
@blueprint.doc(operationId="nameReferralLink", summary="Name a link for a member")
@staff_required("marketer", "administrator")
@blueprint.arguments(LinkSchema, example={"label": "Autumn poster"})
@blueprint.response(201, LinkAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such member")
@blueprint.alt_response(409, schema=ProblemSchema, description="The member has as many as one may have")
def name_link(body: dict[str, Any], member_id: UUID) -> links.NamedLink:
    """As if the member had named it, who sees it too. The same label again is the same link."""
    who, public_url = current_staff().who, current_app.config["MOLVA"].public_url

    def name(session: Session) -> links.NamedLink:
        _require(session, member_id)
        named = links.name_link(
            session, member_id=member_id, label=body["label"], at=business_now(), public_url=public_url
        )
        audit(session, who=who, action="name_referral_link", subject=f"member:{member_id}", after={"slug": named.slug})
        return named

    return run_transaction(name)


@blueprint.route("/referral-codes/<uuid:code_id>", methods=["PATCH"])
@blueprint.doc(operationId="limitReferralCode", summary="Say from when, until when and how often a code may be used")
@staff_required("marketer", "administrator")
@blueprint.arguments(CodeLimitsSchema, example={"uses_maximum": 100})
@blueprint.response(200, StaffCodeAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such code")
@blueprint.alt_response(409, schema=ProblemSchema, description="It has ended")
def limit_code(body: dict[str, Any], code_id: UUID) -> limiting.CodeStanding:
    """What is left out stays as it is. Friends who joined by the code stay, whatever becomes of it."""
    who = current_staff().who
    return run_transaction(
        lambda session: limiting.limit_code(session, code_id=code_id, changes=body, by=who, at=business_now())
    )


def _require(session: Session, member_id: UUID) -> None:
    if member_id not in members.living(session, [member_id]):
        raise UnknownMember
