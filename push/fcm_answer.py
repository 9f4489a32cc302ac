"""What an answer of Firebase Cloud Messaging means."""

import json
from http import HTTPStatus
from typing import Any

from push.delivery import Delivery
from push.outcome import Outcome, Result
from push.transfer import Answer

QUOTA_PAUSE_SECONDS = 60.0
"""Where a 429 names no Retry-After; Google's own advice."""

FCM_ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"

# The codes that the SDK has error classes for, and INVALID_ARGUMENT.
RESULT_OF_CODE = {
    "UNREGISTERED": Result.UNREGISTERED,
    "INVALID_ARGUMENT": Result.REFUSED,
    "SENDER_ID_MISMATCH": Result.REFUSED,
    "QUOTA_EXCEEDED": Result.NOT_SENT,
    # Apple's key is missing or wrong in the Firebase console: our own credentials are good, Android goes on.
    "THIRD_PARTY_AUTH_ERROR": Result.REFUSED,
    "APNS_AUTH_ERROR": Result.REFUSED,
}

RESULT_OF_STATUS: dict[int, Result] = {
    HTTPStatus.BAD_REQUEST: Result.REFUSED,
    HTTPStatus.UNAUTHORIZED: Result.UNAUTHORISED,
    HTTPStatus.TOO_MANY_REQUESTS: Result.NOT_SENT,
}


def outcome_of(delivery: Delivery, answer: Answer) -> Outcome:
    """The outcome that an answer, or its absence, stands for."""
    if answer.status is None:
        result = Result.UNKNOWN if answer.taken_perhaps else Result.NOT_SENT
        return Outcome(delivery, result, detail=answer.error)
    body = _json(answer.body)
    if answer.status == HTTPStatus.OK:
        name = body.get("name")
        return Outcome(delivery, Result.ACCEPTED, provider_message_id=name if isinstance(name, str) else None)
    error = body.get("error")
    code, text = _code(error if isinstance(error, dict) else {})
    result = _result(answer.status, code)
    pause_seconds = None
    if result in (Result.NOT_SENT, Result.UNKNOWN):
        pause_seconds = answer.retry_after_seconds or (QUOTA_PAUSE_SECONDS if result is Result.NOT_SENT else None)
    return Outcome(delivery, result, detail=f"{answer.status} {code or text}".strip(), pause_seconds=pause_seconds)


def _result(status: int, code: str) -> Result:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return Result.UNKNOWN
    if code in RESULT_OF_CODE:
        return RESULT_OF_CODE[code]
    # Anything else (the API is switched off, no such project, the account lacks the role, a wrong endpoint) would
    # meet every message alike, and a person must act.
    return RESULT_OF_STATUS.get(status, Result.UNAUTHORISED)


def _code(error: dict[str, Any]) -> tuple[str, str]:
    """Firebase's own error code and, in its absence, the status of Google's API."""
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and detail.get("@type") == FCM_ERROR_TYPE:
            return str(detail.get("errorCode") or ""), str(error.get("status") or "")
    return "", str(error.get("status") or "")


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
