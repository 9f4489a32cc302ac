"""Firebase Cloud Messaging's HTTP v1, as its documents tell it: what it takes, and how it refuses."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from backend.demo.phone.faults import Kind
from backend.demo.phone.google_account import PROJECT_ID

SEND_PATH = f"/v1/projects/{PROJECT_ID}/messages:send"
PAYLOAD_BYTES_MAX = 4096
COLLAPSE_ID_BYTES_MAX = 64
TARGETS = ("token", "fid", "topic", "condition")
MESSAGE_FIELDS = frozenset({*TARGETS, "name", "data", "notification", "android", "apns", "webpush", "fcm_options"})
UNREGISTERED_PREFIX = "unregistered-"
"""A token that begins so is a phone that has lost the app."""

FCM_ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@dataclass(frozen=True)
class Refusal:
    """An answer that is no success: HTTP status, Google's status, Firebase's own code where there is one."""

    status: int
    google_status: str
    text: str
    fcm_code: str | None = None
    retry_after_seconds: int | None = None

    def body(self) -> bytes:
        """The JSON of Google's APIs."""
        error: dict[str, Any] = {"code": self.status, "message": self.text, "status": self.google_status}
        if self.fcm_code:
            error["details"] = [{"@type": FCM_ERROR_TYPE, "errorCode": self.fcm_code}]
        return json.dumps({"error": error}).encode()


class RefusedError(Exception):
    """Firebase would refuse the message, so."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


@dataclass(frozen=True)
class Push:
    """A message that Firebase would take."""

    to: str
    title: str
    body: str
    data: dict[str, str]
    validate_only: bool


def _invalid(text: str) -> RefusedError:
    return RefusedError(Refusal(400, "INVALID_ARGUMENT", text, "INVALID_ARGUMENT"))


REFUSALS = {
    Kind.QUOTA: Refusal(429, "RESOURCE_EXHAUSTED", "Message rate exceeded for the project.", "QUOTA_EXCEEDED"),
    Kind.INTERNAL: Refusal(500, "INTERNAL", "Internal error encountered.", "INTERNAL"),
    Kind.UNAVAILABLE: Refusal(503, "UNAVAILABLE", "The service is currently unavailable.", "UNAVAILABLE"),
    Kind.UNAUTHENTICATED: Refusal(
        401, "UNAUTHENTICATED", "Request had invalid authentication credentials. Expected OAuth 2 access token."
    ),
    Kind.UNREGISTERED: Refusal(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED"),
    Kind.INVALID_ARGUMENT: Refusal(
        400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token", "INVALID_ARGUMENT"
    ),
    Kind.SENDER_ID_MISMATCH: Refusal(403, "PERMISSION_DENIED", "SenderId mismatch", "SENDER_ID_MISMATCH"),
    Kind.THIRD_PARTY_AUTH: Refusal(
        401, "UNAUTHENTICATED", "Auth error from APNS or Web Push Service", "THIRD_PARTY_AUTH_ERROR"
    ),
    Kind.PERMISSION_DENIED: Refusal(
        403,
        "PERMISSION_DENIED",
        f"Permission 'cloudmessaging.messages.create' denied on resource '//…/projects/{PROJECT_ID}'.",
    ),
}


def read(request: bytes) -> Push:
    """The message of a `messages:send` body. Raises RefusedError where Firebase would refuse it."""
    try:
        document = json.loads(request)
    except ValueError as error:
        raise _invalid("Invalid JSON payload received.") from error
    message = document.get("message") if isinstance(document, dict) else None
    if not isinstance(message, dict):
        raise _invalid("Message is empty.")
    _check_fields(message)
    to = _target(message)
    notification = message.get("notification") or {}
    title, body = notification.get("title", ""), notification.get("body", "")
    if not isinstance(title, str) or not isinstance(body, str):
        raise _invalid("Invalid value at 'message.notification': title and body must be strings")
    data = _data(message)
    if len(title.encode()) + len(body.encode()) + sum(len(f"{k}{v}".encode()) for k, v in data.items()) > (
        PAYLOAD_BYTES_MAX
    ):
        raise _invalid("Message is too big")
    if to.startswith(UNREGISTERED_PREFIX):
        raise RefusedError(REFUSALS[Kind.UNREGISTERED])
    return Push(to=to, title=title, body=body, data=data, validate_only=document.get("validate_only") is True)


def accepted() -> bytes:
    """The body of a success."""
    return b'{"name":"projects/%b/messages/0:%b"}' % (PROJECT_ID.encode(), uuid4().hex.encode())


def _check_fields(message: dict[str, Any]) -> None:
    unknown = set(message) - MESSAGE_FIELDS
    if unknown:
        raise _invalid(
            f"Invalid JSON payload received. Unknown name \"{min(unknown)}\" at 'message': Cannot find field."
        )
    headers = (message.get("apns") or {}).get("headers") or {}
    if len(str(headers.get("apns-collapse-id", "")).encode()) > COLLAPSE_ID_BYTES_MAX:
        raise _invalid("apns-collapse-id must not exceed 64 bytes")


def _target(message: dict[str, Any]) -> str:
    targets = [message[name] for name in TARGETS if message.get(name)]
    if len(targets) != 1 or not isinstance(targets[0], str):
        raise _invalid("Exactly one of token, fid, topic or condition is required")
    return targets[0]


def _data(message: dict[str, Any]) -> dict[str, str]:
    data = message.get("data") or {}
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise _invalid("Invalid value at 'message.data': values must be strings")
    for key in data:
        if key in ("from", "message_type") or key.startswith(("google.", "gcm.")):
            raise _invalid(f"Invalid data payload key: {key}")
    return data
