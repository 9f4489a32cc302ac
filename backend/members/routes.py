"""A participant's own data, devices and card."""

import base64
from typing import Any

from flask import Response, request

from backend.members import card_code, cards, devices, phone_change, profile
from backend.members.access import current_caller, current_member_id, member_required
from backend.members.consents import ConsentChange
from backend.members.devices import INSTALL_ID, PushToken, RegisteredDevice, read_install_id
from backend.members.profile import Profile
from backend.members.schemas import (
    CardAnswer,
    CardKeyAnswer,
    CardKeyRequestSchema,
    DeviceAnswer,
    DeviceSchema,
    PhoneChangeSchema,
    ProfileAnswer,
    ProfileChangeSchema,
)
from backend.shared.blueprint import Blueprint
from backend.shared.db import run_transaction
from backend.shared.errors import DomainError
from backend.shared.problems import ProblemSchema

blueprint = Blueprint("members", __name__, url_prefix="/api/v1", description="The participant's own data and card")

INSTALL_PARAMETER = {
    "name": "install_id",
    "in": "path",
    "required": True,
    "description": "The id that the installation made for itself",
    "schema": {"type": "string", "pattern": f"^{INSTALL_ID.pattern}$"},
    "example": "6f0c1d1e-1c55-4a6e-9d7e-2f3c5b1a9e77",
}
CHANGE_EXAMPLE = {"locale": "en", "consents": [{"purpose": "marketing", "channel": "push", "given": False}]}
DEVICE_EXAMPLE = {"platform": "android", "push_token": "dGVz:APA91b", "app_version": "1.4.0"}


@blueprint.route("/me", methods=["GET"])
@blueprint.doc(operationId="getMe", summary="The caller's own data")
@member_required
@blueprint.response(200, ProfileAnswer)
def get_me() -> Profile:
    """Contacts are masked."""
    member_id = current_member_id()
    return run_transaction(lambda session: profile.profile(session, member_id=member_id))


@blueprint.route("/me", methods=["PATCH"])
@blueprint.doc(operationId="changeMe", summary="Change name, birthday, language, zone or consents")
@member_required
@blueprint.arguments(ProfileChangeSchema, example=CHANGE_EXAMPLE)
@blueprint.response(200, ProfileAnswer)
def change_me(body: dict[str, Any]) -> Profile:
    """What is left out stays. Each word on a consent is kept for ever, with the text, the time and the address."""
    member_id, address = current_member_id(), request.remote_addr
    consents = [ConsentChange(**consent) for consent in body.pop("consents", ())]
    return run_transaction(
        lambda session: profile.change_profile(
            session, member_id=member_id, consents=consents, network_address=address, **body
        )
    )


@blueprint.route("/me", methods=["DELETE"])
@blueprint.doc(operationId="eraseMe", summary="Erase the caller")
@member_required
@blueprint.response(204)
def erase_me() -> None:
    """Name, contacts, devices and sessions are gone at once and for ever. The books keep figures without a person."""
    member_id = current_member_id()
    run_transaction(lambda session: profile.erase(session, member_id=member_id))


@blueprint.route("/me/phone", methods=["PUT"])
@blueprint.doc(operationId="changePhone", summary="Move to another phone number")
@member_required
@blueprint.arguments(PhoneChangeSchema, example={"phone": "8 (912) 345-67-89", "code": "1234567"})
@blueprint.response(200, ProfileAnswer)
@blueprint.alt_response(409, schema=ProblemSchema, description="The phone is another member's")
@blueprint.alt_response(422, schema=ProblemSchema, description="The phone or the one-time code is wrong")
@blueprint.alt_response(429, schema=ProblemSchema, description="Too many wrong codes")
def change_phone(body: dict[str, Any]) -> Profile:
    """The one-time code was sent to the new phone (`POST /sign-in/codes`). The old one is told, and for some time no
    points can be spent.
    """
    member_id, address = current_member_id(), request.remote_addr
    changed = run_transaction(
        lambda session: phone_change.change_phone(session, member_id=member_id, network_address=address, **body)
    )
    if isinstance(changed, DomainError):
        raise changed
    return changed


@blueprint.route("/me/devices/<string:install_id>", methods=["PUT"], parameters=[INSTALL_PARAMETER])
@blueprint.doc(operationId="putDevice", summary="Register an installation of the app")
@member_required
@blueprint.arguments(DeviceSchema, example=DEVICE_EXAMPLE)
@blueprint.response(200, DeviceAnswer)
def put_device(body: dict[str, Any], install_id: str) -> RegisteredDevice:
    """It is the caller's from now on, whoever had it before. Repeat it at every start of the app."""
    caller, known = current_caller(), read_install_id(install_id)
    return run_transaction(
        lambda session: devices.register_device(
            session,
            member_id=caller.member_id,
            family_id=caller.family_id,
            install_id=known,
            platform=body["platform"],
            push_token=_push_token(body),
            app_version=body.get("app_version"),
        )
    )


@blueprint.route("/me/devices/<string:install_id>", methods=["DELETE"], parameters=[INSTALL_PARAMETER])
@blueprint.doc(operationId="deleteDevice", summary="Forget an installation of the app")
@member_required
@blueprint.response(204)
@blueprint.alt_response(404, schema=ProblemSchema, description="The caller has no such device")
@blueprint.alt_response(422, schema=ProblemSchema, description="This can be no install id")
def delete_device(install_id: str) -> None:
    """No more pushes; codes made by it cannot spend any more."""
    member_id, known = current_member_id(), read_install_id(install_id)
    run_transaction(lambda session: devices.remove_device(session, member_id=member_id, install_id=known))


@blueprint.route("/me/card-keys", methods=["POST"])
@blueprint.doc(operationId="issueCardKey", summary="What a phone needs to make card codes offline")
@member_required
@blueprint.arguments(CardKeyRequestSchema, example={"install_id": INSTALL_PARAMETER["example"]})
@blueprint.response(200, CardKeyAnswer)
def issue_card_key(body: dict[str, Any]) -> dict[str, Any]:
    """The same key again for the same installation. Keep it where the phone keeps secrets."""
    caller, install_id = current_caller(), body["install_id"]
    issued = run_transaction(
        lambda session: cards.issue_card_key(
            session, member_id=caller.member_id, install_id=install_id, family_id=caller.family_id
        )
    )
    return {
        "version": card_code.VERSION_PHONE,
        "device_id": issued.device_id.hex(),
        "secret": base64.b64encode(issued.secret).decode(),
        "step_seconds": card_code.STEP_SECONDS,
        "server_time": issued.server_time,
    }


@blueprint.route("/me/card", methods=["GET"])
@blueprint.doc(operationId="getCard", summary="The card's number and a code made by the server")
@member_required
@blueprint.response(200, CardAnswer)
def get_card() -> tuple[cards.ShownCard, int, dict[str, str]]:
    """For a cabinet without a phone's own key. Another code at each call; all of them are good until their time."""
    caller = current_caller()
    card = run_transaction(
        lambda session: cards.show_card(session, member_id=caller.member_id, family_id=caller.family_id)
    )
    return card, 200, {"Cache-Control": "no-store"}


def _push_token(body: dict[str, Any]) -> PushToken | None:
    if "fid" in body:
        return PushToken(kind="fid", value=body["fid"])
    return PushToken(kind="token", value=body["push_token"]) if "push_token" in body else None


@blueprint.after_request
def _keep_secrets_out_of_caches(response: Response) -> Response:
    if request.method != "GET":
        response.cache_control.no_store = True
    return response
