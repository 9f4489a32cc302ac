"""One error shape: RFC 9457 problem+json for programs, a page for people. Statuses of domain errors live here."""

from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from flask import Flask, Response, json, render_template, request
from flask_babel import gettext as _
from flask_smorest import Api
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from backend.shared.db import connection_was_lost, driver_error
from backend.shared.errors import (
    Busy,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from backend.shared.request_texts import refusal_of_unkeepable
from backend.shared.validation_texts import translated
from backend.shared.wording import N_

log = structlog.get_logger(__name__)

STATUS: dict[type[DomainError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

PLACES = ("json", "query", "form", "headers")
"""Where a request can be wrong, in webargs' words."""

HTTP_TITLES = {
    400: N_("The request cannot be read"),
    401: N_("Please sign in"),
    403: N_("This is not permitted"),
    404: N_("There is nothing at this address"),
    405: N_("This address does not take such a request"),
    413: N_("The request is too large"),
    415: N_("Send JSON with Content-Type: application/json"),
    422: N_("Something in the request is wrong"),
    429: N_("Too many attempts. Please wait a little."),
    500: N_("Something broke on our side. Nothing was half done; please try again."),
}


class ProblemSchema(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True, metadata={"description": "Stable name of the problem", "example": "invalid"})
    title = fields.String(required=True, metadata={"description": "What happened, in the caller's language"})
    status = fields.Integer(required=True)
    detail = fields.String(metadata={"description": "What to do, in the caller's language"})
    errors = fields.Dict(
        metadata={
            "description": "Texts by field; of a list, by position; `_schema` stands for the whole body",
            "additionalProperties": {
                "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}],
            },
            "example": {"phone": ["This is no phone number. Example: +7 912 345-67-89."]},
        }
    )
    suggestions = fields.List(
        fields.String(), metadata={"description": "What could be taken instead", "example": ["ALICE77"]}
    )
    retry_after_seconds = fields.Integer(
        metadata={"description": "When it is worth trying again; the header Retry-After says the same"}
    )


def status_of(error: DomainError) -> HTTPStatus:
    """The status of the nearest declared ancestor of this error."""
    for ancestor in type(error).__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    return HTTPStatus.BAD_REQUEST


def problem_of(error: DomainError) -> dict[str, Any]:
    """The problem as a document in the current language; also used for one item of a batch."""
    problem: dict[str, Any] = {
        "type": error.slug,
        "title": str(error.title) % error.facts if error.facts else str(error.title),
        "status": int(status_of(error)),
    }
    if error.advice is not None:
        problem["detail"] = str(error.advice) % error.facts if error.facts else str(error.advice)
    if error.errors:
        problem["errors"] = translated(error.errors)
    if "suggestions" in error.facts:
        problem["suggestions"] = error.facts["suggestions"]
    if "retry_after_seconds" in error.facts:
        problem["retry_after_seconds"] = error.facts["retry_after_seconds"]
    return problem


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest's Api with validation, domain and HTTP errors in the one shape."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(HTTPException, self.handle_http_exception)
        self._app.register_error_handler(DomainError, self.handle_domain_error)

    def handle_domain_error(self, error: DomainError) -> Response:
        """A domain error as its problem."""
        problem = problem_of(error)
        response = _answer(problem)
        if "retry_after_seconds" in problem:
            response.headers["Retry-After"] = str(problem["retry_after_seconds"])
        if problem["status"] == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    def handle_http_exception(self, error: HTTPException) -> AnyResponse:
        """What the framework refused, as a problem; headers such as `Allow` stay."""
        status = error.code or 500
        if status < 400:
            return error.get_response()
        data = getattr(error, "data", None) or {}
        title = HTTP_TITLES.get(status)
        problem: dict[str, Any] = {
            "type": HTTPStatus(status).phrase.lower().replace(" ", "-"),
            "title": _(title) if title else HTTPStatus(status).phrase,
            "status": status,
        }
        if status == HTTPStatus.UNPROCESSABLE_ENTITY:
            problem["type"] = "invalid"
        messages = data.get("errors") or data.get("messages")
        if messages:
            by_field = next((messages[place] for place in PLACES if messages.get(place)), messages)
            problem["errors"] = translated(by_field)
        response = _answer(problem)
        for name, value in error.get_response().headers:
            if name in {"Allow", "Retry-After", "WWW-Authenticate", "Location"}:
                response.headers[name] = value
        return response


def _answer(problem: dict[str, Any]) -> Response:
    if _for_a_person():
        return Response(render_template("pages/problem.html", problem=problem), status=problem["status"])
    return Response(json.dumps(problem), status=problem["status"], content_type="application/problem+json")


def _for_a_person() -> bool:
    if request.path.startswith("/api/"):
        return False
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" and request.accept_mimetypes["text/html"] > 0


def init_problems(app: Flask) -> None:
    """Anything unforeseen is logged with its traceback and told as a plain problem without one."""

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        if isinstance(driver_error(error), psycopg.errors.LockNotAvailable):
            return _answer(problem_of(Busy()))
        refusal = refusal_of_unkeepable(error)
        if refusal is not None:
            return _answer(problem_of(refusal))
        log.exception("unforeseen", path=request.path, error=type(error).__name__)
        if connection_was_lost(error):
            return _answer(problem_of(Unavailable()))
        return _answer({"type": "internal-error", "title": _(HTTP_TITLES[500]), "status": 500})
