"""The API's description, as programs read it: the routes' own words, with what holds for all of them said once.

Who may call an operation is taken from the route's own declaration, and every error has the one shape.
"""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask

from backend.shared.access import ACCESS_ATTRIBUTE

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM_TYPE = "application/problem+json"
PROBLEM_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
SECURITY_SCHEMES = {
    "member_token": {"type": "http", "scheme": "bearer", "description": "access_token of POST /sign-in/tokens"},
    "till_key": {"type": "http", "scheme": "bearer", "description": "a till's key (`molva till-keys create`)"},
    "staff_token": {"type": "http", "scheme": "bearer", "description": "`molva staff token --role …`"},
}
SCHEME_OF_ACCESS = {"member": "member_token", "till": "till_key", "staff": "staff_token"}
UNAUTHENTICATED = {
    "member": "The access token is missing or not good (any more)",
    "till": "The till key is missing, unknown or revoked",
    "staff": "The staff token is missing, unknown or over",
}
FORBIDDEN = {
    "till": "The session of somebody whose role has no till, or without the page's own token; never for a till key",
    "staff": "The role may not do this",
}
UNREADABLE_BODY = {
    "400": "The body is not JSON",
    "413": "The body is too large",
    "415": "The body is not declared as JSON",
}
WRONG_FIELD = "A field is wrong; `errors` says which and why"
NOTHING_THERE = "There is nothing of this id, or it is not the caller's to see"
NOT_CHANGED = "What the caller has by `If-None-Match` is still true"
RETRY_AFTER = {"description": "Seconds until it is worth trying again", "schema": {"type": "integer"}}


def openapi_text(app: Flask) -> str:
    """The description as `openapi.json` has it."""
    return json.dumps(describe(app), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def describe(app: Flask) -> dict[str, Any]:
    """The description of this application's API as a document (OpenAPI 3.1)."""
    document: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["components"].pop("responses", None)
    document["servers"] = [{"url": "/"}]
    for operation in _operations(app, document):
        _complete(operation)
    return document


@dataclass(frozen=True)
class _Operation:
    """One operation of the document with what its route declares."""

    method: str
    document: dict[str, Any]
    parameters: list[dict[str, Any]]
    docstring: str
    access: list[str]


def _operations(app: Flask, document: dict[str, Any]) -> Iterator[_Operation]:
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        view = app.view_functions[rule.endpoint]
        declared = getattr(view, ACCESS_ATTRIBUTE, "").split()
        described = document["paths"].get(path, {})
        for method in METHODS:
            if method in described and method.upper() in (rule.methods or ()):
                operation = described[method]
                parameters = [*described.get("parameters", []), *operation.get("parameters", [])]
                access = sorted({one.split(":")[0] for one in declared} & SCHEME_OF_ACCESS.keys())
                yield _Operation(method, operation, parameters, inspect.cleandoc(view.__doc__ or ""), access)


def _complete(operation: _Operation) -> None:
    operation.document["description"] = operation.docstring
    operation.document["security"] = [{SCHEME_OF_ACCESS[kind]: list[str]()} for kind in operation.access]
    responses = operation.document["responses"]
    own = {status: response for status, response in responses.items() if "$ref" not in response}
    common = {status: {"description": text} for status, text in _common_errors(operation).items()}
    responses.clear()
    responses.update(sorted((common | own).items()))
    responses["default"] = {"description": "Anything else that went wrong"}
    for status, response in responses.items():
        if status == "default" or status.startswith(("4", "5")):
            response["content"] = PROBLEM_CONTENT
        if status in {"429", "503"}:
            response["headers"] = {"Retry-After": RETRY_AFTER}


def _common_errors(operation: _Operation) -> dict[str, str]:
    """What an operation answers for reasons that are not its own."""
    errors: dict[str, str] = {}
    for kind in operation.access:
        errors["401"] = UNAUTHENTICATED[kind]
        if kind in FORBIDDEN:
            errors["403"] = FORBIDDEN[kind]
        elif operation.method == "get":
            errors["304"] = NOT_CHANGED
    if "requestBody" in operation.document:
        errors |= UNREADABLE_BODY | {"422": WRONG_FIELD}
    places = {parameter["in"] for parameter in operation.parameters}
    if "query" in places:
        errors["422"] = WRONG_FIELD
    if "path" in places:
        errors["404"] = NOTHING_THERE
    return errors
