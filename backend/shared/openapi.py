"""The API's description, as programs read it: the routes' own words, with what holds for all of them said once.

Who may call an operation is taken from the route's own declaration, and every error has the one shape.
"""

import json
import re
from typing import Any

from flask import Flask

from backend.shared.access import ACCESS_ATTRIBUTE

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM_TYPE = "application/problem+json"
SECURITY_SCHEMES = {
    "member_token": {"type": "http", "scheme": "bearer", "description": "access_token of POST /sign-in/tokens"},
    "till_key": {"type": "http", "scheme": "bearer", "description": "a till's key (`molva till-keys create`)"},
    "staff_token": {"type": "http", "scheme": "bearer", "description": "`molva staff token --role …`"},
}
SCHEME_OF_ACCESS = {"member": "member_token", "till": "till_key", "staff": "staff_token"}


def openapi_text(app: Flask) -> str:
    """The description as `openapi.json` has it."""
    return json.dumps(describe(app), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def describe(app: Flask) -> dict[str, Any]:
    """The description of this application's API as a document (OpenAPI 3.1)."""
    document: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["servers"] = [{"url": "/"}]
    access = _access_by_operation(app)
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                operation["security"] = access.get((path, method), [])
                _give_errors_their_type(operation)
    for response in document["components"].get("responses", {}).values():
        _give_error_its_type(response)
    return document


def _access_by_operation(app: Flask) -> dict[tuple[str, str], list[dict[str, list[str]]]]:
    found = {}
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], ACCESS_ATTRIBUTE, "").split()
        kinds = {one.split(":")[0] for one in declared}
        schemes = [{SCHEME_OF_ACCESS[kind]: list[str]()} for kind in sorted(kinds) if kind in SCHEME_OF_ACCESS]
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            found[path, method.lower()] = schemes
    return found


def _give_errors_their_type(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status == "default" or status.startswith(("4", "5")):
            _give_error_its_type(response)


def _give_error_its_type(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if "application/json" in content:
        content[PROBLEM_TYPE] = content.pop("application/json")
