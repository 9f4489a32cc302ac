"""The code that a member chooses, the one that replaces it, and the links that a member names."""

from typing import Any
from uuid import UUID

from flask import current_app

from backend.members.access import current_member_id, member_required
from backend.referrals import codes, friends, links
from backend.referrals.choosing import choose_code
from backend.referrals.code_schemas import (
    ChosenCodeAnswer,
    ChosenCodeSchema,
    LinkAnswer,
    LinksAnswer,
    LinkSchema,
    NewCodeAnswer,
)
from backend.referrals.own_codes import replace_own_code
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.problems import ProblemSchema

blueprint = Blueprint("referral_codes", __name__, url_prefix="/api/v1", description="Codes and links of one's own")


@blueprint.route("/me/referral/code", methods=["PUT"])
@blueprint.doc(operationId="chooseMyReferralCode", summary="Choose a code of one's own words")
@member_required
@blueprint.arguments(ChosenCodeSchema, example={"code": "ALICE"})
@blueprint.response(200, ChosenCodeAnswer)
@blueprint.alt_response(409, schema=ProblemSchema, description="Taken (`suggestions` are free), or changed this year")
@blueprint.alt_response(422, schema=ProblemSchema, description="It cannot be a code")
def choose(body: dict[str, Any]) -> friends.ChosenCode | None:
    """It leads to the caller beside the own code. The one chosen before leads on for 90 days."""
    member_id, public_url, now = current_member_id(), current_app.config["MOLVA"].public_url, business_now()

    def work(session: Any) -> friends.ChosenCode | None:
        choose_code(session, member_id=member_id, typed=body["code"], at=now)
        return friends.chosen_code(session, member_id=member_id, public_url=public_url)

    return run_transaction(work)


@blueprint.route("/me/referral/code/rotation", methods=["POST"])
@blueprint.doc(operationId="replaceMyReferralCode", summary="Replace the own code by a fresh one")
@member_required
@blueprint.response(200, NewCodeAnswer)
@blueprint.alt_response(429, schema=ProblemSchema, description="It was replaced within a day")
def replace() -> dict[str, str]:
    """The old code and all links with it end at once; friends who joined by it stay. A chosen code leads on."""
    member_id, public_url = current_member_id(), current_app.config["MOLVA"].public_url
    code = run_transaction(lambda session: replace_own_code(session, member_id=member_id, at=business_now()))
    return {"code": code, "written": codes.written(code), "link": codes.link(public_url, code)}


@blueprint.route("/me/referral/links", methods=["GET"])
@blueprint.doc(operationId="listMyReferralLinks", summary="The links that the caller named")
@member_required
@blueprint.response(200, LinksAnswer)
def list_links() -> dict[str, Any]:
    """Newest first, each with how many people opened it."""
    member_id, public_url = current_member_id(), current_app.config["MOLVA"].public_url
    named = run_transaction(lambda session: links.named_links(session, member_id=member_id, public_url=public_url))
    return {"items": named, "maximum": links.LINKS_MAXIMUM}


@blueprint.route("/me/referral/links", methods=["POST"])
@blueprint.doc(operationId="nameMyReferralLink", summary="Name one more link")
@member_required
@blueprint.arguments(LinkSchema, example={"label": "My blog"})
@blueprint.response(201, LinkAnswer)
@blueprint.alt_response(409, schema=ProblemSchema, description="The caller has as many as one may have")
def name_link(body: dict[str, Any]) -> links.NamedLink:
    """The same label again is the same link, whose visits are counted on."""
    member_id, public_url = current_member_id(), current_app.config["MOLVA"].public_url
    return run_transaction(
        lambda session: links.name_link(
            session, member_id=member_id, label=body["label"], at=business_now(), public_url=public_url
        )
    )


@blueprint.route("/me/referral/links/<uuid:link_id>", methods=["DELETE"])
@blueprint.doc(operationId="endMyReferralLink", summary="Forget a named link")
@member_required
@blueprint.response(204)
@blueprint.alt_response(404, schema=ProblemSchema, description="The caller has no such link")
def end_link(link_id: UUID) -> None:
    """Wherever it stands, it still leads to the caller, and is counted as a plain link."""
    member_id = current_member_id()
    run_transaction(lambda session: links.end_link(session, member_id=member_id, link_id=link_id, at=business_now()))
