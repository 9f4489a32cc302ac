"""A member's own code, its QR code, and the friends whom it brought."""

import hashlib
from typing import Any

from flask import Response, current_app

from backend.members.access import current_member_id, member_required
from backend.referrals import codes, friends, qr, service
from backend.referrals.leaderboard import Leaderboard, leaderboard
from backend.referrals.schemas import (
    FriendsAnswer,
    InvitationAnswer,
    LeaderboardAnswer,
    QrArguments,
    QrPngArguments,
)
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.i18n import current_locale
from backend.shared.pagination import PageArguments

QR_CACHE_SECONDS = 24 * 60 * 60
blueprint = Blueprint("referrals", __name__, url_prefix="/api/v1", description="Inviting friends")


@blueprint.route("/me/referral")
@blueprint.doc(operationId="getMyReferral", summary="The caller's own code and links")
@member_required
@blueprint.response(200, InvitationAnswer)
def my_referral() -> friends.Invitation:
    """The code is made at the first call and stays. Each channel has a link of its own, whose visits are counted."""
    member_id, public_url = current_member_id(), current_app.config["MOLVA"].public_url
    return run_transaction(
        lambda session: friends.invitation(
            session, member_id=member_id, at=business_now(), public_url=public_url, locale=current_locale()
        )
    )


@blueprint.route("/me/referrals")
@blueprint.doc(operationId="listMyReferrals", summary="The friends whom the caller invited")
@member_required
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, FriendsAnswer)
def my_referrals(arguments: dict[str, Any]) -> dict[str, Any]:
    """Newest first, each with the status as of now and, where there is one, the reason."""
    member_id = current_member_id()
    return run_transaction(
        lambda session: friends.friends_page(session, advocate_id=member_id, locale=current_locale(), **arguments)
    )


@blueprint.route("/me/referral/leaderboard")
@blueprint.doc(operationId="getReferralLeaderboard", summary="Who brought the most friends this month")
@member_required
@blueprint.response(200, LeaderboardAnswer)
def referral_leaderboard() -> Leaderboard:
    """Those who agreed to it (`PATCH /me`, purpose `leaderboard`, channel `any`); nobody else is shown or counted."""
    member_id = current_member_id()
    return run_transaction(lambda session: leaderboard(session, member_id=member_id, at=business_now()))


@blueprint.route("/me/referral/qr.png")
@blueprint.doc(operationId="getMyReferralQrPng", summary="The link as a QR code, PNG")
@member_required
@blueprint.arguments(QrPngArguments, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/png")
def my_qr_png(arguments: dict[str, Any]) -> Response:
    """Black on white with a quiet zone of four modules, of exactly the size that was asked for."""
    return _picture(qr.png(_own_link(arguments["channel"]), size_px=arguments["size"]), "image/png")


@blueprint.route("/me/referral/qr.svg")
@blueprint.doc(operationId="getMyReferralQrSvg", summary="The link as a QR code, SVG")
@member_required
@blueprint.arguments(QrArguments, location="query")
@blueprint.response(200, {"type": "string"}, content_type="image/svg+xml")
def my_qr_svg(arguments: dict[str, Any]) -> Response:
    """Black on white with a quiet zone of four modules, for any size."""
    return _picture(qr.svg(_own_link(arguments["channel"])), "image/svg+xml")


def _own_link(channel: str) -> str:
    member_id = current_member_id()
    code = run_transaction(lambda session: service.own_code(session, member_id=member_id, at=business_now()))
    return codes.link(current_app.config["MOLVA"].public_url, code, channel=channel)


def _picture(content: bytes, content_type: str) -> Response:
    """The door of members answers 304 to whoever has it already."""
    response = Response(content, content_type=content_type)
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.headers["Cache-Control"] = f"private, max-age={QR_CACHE_SECONDS}"
    return response
