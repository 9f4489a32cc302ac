"""A NUL, or half a surrogate pair: no database keeps it, so wherever it stands in a request, it is refused kindly."""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import backend
from backend.shared.openapi import METHODS
from tests.api.callers import CALLERS, Caller
from tests.api.conftest import Served
from tests.api.lifelike import FAREWELLS, Programs
from tests.api.test_access_matrix import routes_of
from tests.conftest import ObedientClock
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_staff_token, a_till_key, bearer, marat

UNKEEPABLE = ("a\x00b", "\ud800")


@pytest.fixture
def anna(client: FlaskClient, session: Session, clock: ObedientClock) -> Caller:
    """Anna's browser, with the token of its pages."""
    a_shop(session)
    return CALLERS["Anna at her page"](session, client, clock)


PAGES = {"Accept": "text/html", "Accept-Language": "en"}


def field_names() -> set[str]:
    """The names of all fields that any page has."""
    named = re.compile(r'(?:name=|field\(|area\()"([a-z_]+)"')
    return {name for page in Path(backend.__file__).parent.rglob("*.html") for name in named.findall(page.read_text())}


def test_no_form_and_no_address_breaks_a_page(app: Flask, client: FlaskClient, anna: Caller) -> None:
    token = anna.headers["X-CSRF-Token"]
    typed = dict.fromkeys(field_names(), "a\x00b") | {"csrf_token": token}
    assert {"label", "reason", "login", "about", "query", "note"} <= typed.keys()
    found = {}
    for route in routes_of(app):
        if route.method == "POST" and route.is_page and route.rule != "/staff/sign-out":
            found[str(route)] = client.post(route.address, data=typed, headers=PAGES).status_code
        elif route.method == "GET":
            found[str(route)] = client.get(route.address, query_string=typed, headers=anna.headers).status_code
    assert len(found) > 100
    assert {route: status for route, status in found.items() if status == 500} == {}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/console/till-keys", "label"),
        ("/console/till-keys/till_a/revoke", "reason"),
        ("/console/staff/new", "name"),
        ("/console/staff/{marat}/disable", "reason"),
        ("/console/staff/{marat}/role", "reason"),
        ("/console/staff/{marat}/reset", "reason"),
        ("/console/audit-log?about", "about"),
        ("/console/audit-log?action", "action"),
        ("/staff/sign-in", "login"),
    ],
)
def test_it_is_told_by_the_name_of_its_field(
    client: FlaskClient, session: Session, anna: Caller, path: str, field: str
) -> None:
    address, _mark, asked = path.format(marat=marat(session).id).partition("?")
    typed = {field: "a\x00b"}
    if asked:
        answer = client.get(address, query_string=typed, headers=PAGES)
    else:
        needed = {"role": "analyst", "store_id": str(a_store(session).id), "password": "x"}
        typed = needed | typed | {"csrf_token": anna.headers["X-CSRF-Token"]}
        answer = client.post(address.replace("till_a", a_till_key(session).split(".")[0]), data=typed, headers=PAGES)
    assert answer.status_code == 422
    assert f"<strong>{field}</strong>: Control characters are not permitted." in answer.text


def test_a_thing_of_that_name_is_not_there(client: FlaskClient, anna: Caller) -> None:
    assert client.get("/console/programmes/%00/edit", headers=PAGES).status_code == 404
    rotated = client.post("/console/till-keys/a%00/rotate", headers=PAGES | anna.headers)
    assert rotated.status_code == 404


def test_a_program_is_told_in_the_one_shape(client: FlaskClient, session: Session, anna: Caller) -> None:
    headers = bearer(a_staff_token(session, "support")) | {"Accept-Language": "en"}
    answer = client.get("/api/v1/staff/screening/cases?rule=%00", headers=headers)
    assert (answer.status_code, answer.json["type"]) == (422, "invalid")
    assert answer.json["errors"] == {"rule": ["Control characters are not permitted."]}


@pytest.fixture(scope="module")
def programs(served: Served) -> Programs:
    return Programs(served)


def test_no_body_brings_it_to_the_database(served: Served, programs: Programs, description: dict[str, Any]) -> None:
    broken, sent = [], 0
    with requests.Session() as session:
        for method, path, operation, body in operations_with_bodies(description):
            address = served.address + path.replace("{", "").replace("}", "")
            headers = programs.credential(operation) | {"Idempotency-Key": f"unkeepable-{sent}"}
            for place in texts_in(body):
                for text in UNKEEPABLE:
                    answer = session.request(method, address, headers=headers, json=with_text(body, place, text))
                    sent += 1
                    if answer.status_code >= 500:
                        broken.append((method, path, place, text))
    assert sent > 200
    assert broken == []


def operations_with_bodies(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Method, path, operation, and a body of examples."""
    for path, methods in description["paths"].items():
        for method in METHODS:
            operation = methods.get(method, {})
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema is not None and operation["operationId"] not in FAREWELLS:
                yield method, path, operation, example_of(schema, description)


def example_of(schema: dict[str, Any], description: dict[str, Any]) -> Any:
    """What the schema shows as an example, or something of its type."""
    if "$ref" in schema:
        return example_of(description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], description)
    for together in ("allOf", "anyOf", "oneOf"):
        if together in schema:
            return example_of(schema[together][0], description)
    if "example" in schema:
        return schema["example"]
    if "properties" in schema:
        return {name: example_of(one, description) for name, one in schema["properties"].items()}
    if "items" in schema:
        return [example_of(schema["items"], description)]
    kinds = schema.get("type", "string")
    examples = {"integer": 1, "number": 1, "boolean": True, "object": {"any": "text"}}
    return examples.get(kinds if isinstance(kinds, str) else kinds[0], "text")


def texts_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all texts in it."""
    if isinstance(value, str):
        yield place
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from texts_in(one, (*place, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from texts_in(one, (*place, number))


def with_text(body: Any, place: tuple[Any, ...], text: str) -> Any:
    """A copy of the body with the text in this place."""
    copied = deepcopy(body)
    inner = copied
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = text
    return copied
