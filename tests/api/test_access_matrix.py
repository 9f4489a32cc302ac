"""Every route × everybody who may come: each is let in or turned away exactly as the route declares."""

import contextlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.routing import MapAdapter, Rule
from werkzeug.test import TestResponse

from backend.members.devices import register_device
from backend.shared.access import ACCESS_ATTRIBUTE
from backend.shared.ids import new_id
from backend.staff.roles import TILL_ROLES
from tests.api.callers import CALLERS, Caller
from tests.conftest import ObedientClock
from tests.factories import members as cast
from tests.factories.rewards import ordered, shop_with_rewards
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import OpenTill

IN, UNKNOWN, FORBIDDEN, TO_SIGN_IN = "is let in", "is not known", "may not", "is led to the sign-in page"
SAFE = {"GET", "HEAD"}


@dataclass(frozen=True)
class Route:
    """An address with one method, and who may call it as its view declares."""

    method: str
    rule: str
    address: str
    access: frozenset[str]

    @property
    def is_page(self) -> bool:
        """Whether people come here with a browser."""
        return not self.rule.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def routes_of(app: Flask) -> list[Route]:
    """Every route, at an address of things that do not exist."""
    addresses, found = app.url_map.bind(""), []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/static/"):
            continue
        declared = getattr(app.view_functions[rule.endpoint], ACCESS_ATTRIBUTE)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            address = _address_of_nothing(addresses, rule, method)
            found.append(Route(method, rule.rule, address, frozenset(declared.split())))
    return sorted(found, key=str)


def _address_of_nothing(addresses: MapAdapter, rule: Rule, method: str) -> str:
    texts = {"code": "K7M3QXB9T", "install_id": "nobodys-phone", "external_id": "nobodys-sale"}
    values = {name: texts.get(name, new_id()) for name in rule.arguments}
    for act in ("start", "pause", "issue"):
        # Each route has acts of its own.
        with contextlib.suppress(ValueError):
            return addresses.build(rule.endpoint, values | ({"act": act} if "act" in values else {}), method=method)
    raise AssertionError(f"{rule.rule} takes other acts.")


def expected(route: Route, caller: Caller) -> str:
    """What the route's declaration means for this caller."""
    if "public" in route.access:
        return IN
    if route.access == {"member"}:
        return IN if caller.bearer == "member" else UNKNOWN
    if caller.bearer is not None and not route.is_page:
        return _expected_of_program(route, caller.bearer)
    if caller.page_role is None:
        return TO_SIGN_IN if route.is_page else UNKNOWN
    roles = {f"staff:{role}" for role in TILL_ROLES} if route.access == {"till"} else route.access
    trusted = caller.has_page_token or route.method in SAFE
    return IN if f"staff:{caller.page_role}" in roles and trusted else FORBIDDEN


def _expected_of_program(route: Route, good_for: str) -> str:
    if good_for in route.access:
        return IN
    wants_staff = any(one.startswith("staff:") for one in route.access)
    return FORBIDDEN if wants_staff and good_for.startswith("staff:") else UNKNOWN


def seen(answer: TestResponse) -> str:
    """What became of the caller."""
    if answer.status_code == 401:
        return UNKNOWN
    if answer.status_code == 303 and (answer.location or "").startswith("/staff/sign-in?next="):
        return TO_SIGN_IN
    if answer.status_code == 403:
        return FORBIDDEN
    assert answer.status_code != 500
    return IN


def knock(client: FlaskClient, route: Route, caller: Caller) -> TestResponse:
    """Comes with a body that nothing can be made of, so that nothing is done."""
    headers = {"Accept": "application/json", "Content-Type": "application/json", **caller.headers}
    return client.open(route.address, method=route.method, headers=headers, data=b"{")


@pytest.mark.parametrize("name", CALLERS)
def test_every_route_treats_each_caller_as_it_declares(
    name: str, app: Flask, client: FlaskClient, session: Session, clock: ObedientClock
) -> None:
    a_shop(session)
    caller = CALLERS[name](session, client, clock)
    surprises = []
    for route in routes_of(app):
        answer = knock(client, route, caller)
        # A form that anybody may send still asks for the token of its own page.
        asks_for_page_token = b"csrf-token-needed" in answer.data
        found = IN if "public" in route.access and asks_for_page_token else seen(answer)
        if found != expected(route, caller):
            surprises.append(f"{route}: {name} {found}, and {expected(route, caller)} by {sorted(route.access)}")
        if (route.method == "DELETE" or route.rule == "/staff/sign-out") and found == IN:
            caller = CALLERS[name](session, client, clock)
    assert surprises == []


def test_nobody_learns_what_a_route_takes(app: Flask, client: FlaskClient) -> None:
    """Whatever is wrong with the request, a stranger hears only that nobody knows them."""
    wrong = [
        {"data": b"{", "content_type": "application/json"},
        {"data": b"x", "content_type": "text/plain"},
        {"json": {"unknown": 1}},
        {"query_string": "limit=x&cursor=x&size=x&channel=x"},
    ]
    told = [
        f"{route}: {answer.status_code} to {sorted(request)}"
        for route in routes_of(app)
        if not route.is_page and "public" not in route.access
        for request in wrong
        if (answer := client.open(route.address, method=route.method, **request)).status_code != 401
    ]
    assert told == []


def test_the_matrix_has_every_kind_of_access(app: Flask) -> None:
    kinds = {one.split(":")[0] for route in routes_of(app) for one in route.access}
    assert kinds == {"public", "member", "till", "staff"}


@dataclass(frozen=True)
class Belongings:
    """What is Alice's, by the name of the parameter that names it."""

    headers: dict[str, str]
    things: dict[str, Any]


@pytest.fixture
def till(client: FlaskClient, session: Session, clock: ObedientClock) -> OpenTill:
    return shop_with_rewards(session, client)


@pytest.fixture
def alices(till: OpenTill, session: Session) -> Belongings:
    """Alice has bought something, was told of it, has a phone, a coupon, and a link that she named."""
    alice_id: UUID = cast.alice(session).id
    assert till.sell(alice_id, 70_000).status_code == 201
    register_device(
        session, member_id=alice_id, install_id="alices-phone", platform="ios", push_token=None, app_version=None
    )
    headers = cast.headers_of(session, alice_id)
    newest = {
        path: till.client.get(f"/api/v1/me/{path}", headers=headers).json["items"][0]["id"]
        for path in ("entries", "messages")
    }
    things = {"entry_id": newest["entries"], "message_id": newest["messages"], "install_id": "alices-phone"}
    things["redemption_id"] = ordered(session, alice_id, "bun").id
    named = till.client.post("/api/v1/me/referral/links", headers=headers, json={"label": "My blog"})
    things["link_id"] = named.json["id"]
    things["dispute_id"], things["evidence_id"] = asked(till, headers)
    return Belongings(headers, things)


def asked(till: OpenTill, headers: dict[str, str]) -> tuple[str, str]:
    """A question of Alice's with a photo."""
    body = {"receipt": {"number": "0042", "on": "2026-11-20"}, "text": "It is missing."}
    dispute_id = till.client.post("/api/v1/me/disputes", headers=headers, json=body).json["id"]
    address = f"/api/v1/me/disputes/{dispute_id}/evidence"
    sent = till.client.post(address, headers=headers, **a_photo())
    return dispute_id, sent.json["thread"][-1]["evidence_id"]


def a_photo() -> dict[str, Any]:
    """The body of a request that sends one."""
    written = BytesIO()
    Image.new("RGB", (8, 8)).save(written, "PNG")
    return {"data": {"photo": (BytesIO(written.getvalue()), "photo.png")}, "content_type": "multipart/form-data"}


def body_of(rule: str) -> dict[str, Any]:
    """What a request to this address must bring, so that it is not refused for its body."""
    bodies: dict[str, dict[str, Any]] = {
        "/api/v1/me/disputes/<uuid:dispute_id>/messages": {"json": {"text": "Mine too."}},
        "/api/v1/me/disputes/<uuid:dispute_id>/rating": {"json": {"rating": 5}},
    }
    return a_photo() if rule.endswith("/evidence") else bodies.get(rule, {})


# Registering a device moves it to whoever does it: phones change hands.
MOVES_TO_THE_CALLER = {"PUT /api/v1/me/devices/<string:install_id>"}


def test_what_is_alices_is_not_there_for_another_member(
    app: Flask, client: FlaskClient, session: Session, alices: Belongings
) -> None:
    dasha = cast.headers_of(session, cast.member(session, name="Dasha").id)
    addresses, found = app.url_map.bind(""), {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/me") and rule.arguments:
            own = addresses.build(rule.endpoint, {name: alices.things[name] for name in rule.arguments})
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                if f"{method} {rule.rule}" not in MOVES_TO_THE_CALLER:
                    answer = client.open(own, method=method, headers=dasha, **body_of(rule.rule))
                    found[method, own] = answer.status_code
    assert len(found) >= 3
    assert set(found.values()) == {404}, found
    # For Alice herself each of them is there: it was not the address that was wrong.
    for method, own in found:
        answer = client.open(own, method=method, headers=alices.headers)
        # Some miss a body here, and say so; that they are there is what counts.
        assert answer.status_code in {200, 204, 415, 422}, own


def test_another_members_message_stays_unread(client: FlaskClient, session: Session, alices: Belongings) -> None:
    dasha = cast.headers_of(session, cast.member(session).id)
    client.post(f"/api/v1/me/messages/{alices.things['message_id']}/read", headers=dasha)
    assert client.get("/api/v1/me/messages", headers=alices.headers).json["unread"] == 2


def test_lists_hold_only_what_is_the_callers(client: FlaskClient, session: Session, alices: Belongings) -> None:
    dasha = cast.headers_of(session, cast.member(session).id)
    for path in ("entries", "messages", "referrals"):
        assert client.get(f"/api/v1/me/{path}", headers=dasha).json["items"] == []
    assert client.get("/api/v1/me/balance", headers=dasha).json["pending"] == 0


def test_another_members_place_in_a_list_opens_nothing(
    client: FlaskClient, session: Session, till: OpenTill, alices: Belongings
) -> None:
    till.sell(cast.member(session).id, 70_000, external_id="other")
    alice_id = UUID(client.get("/api/v1/me", headers=alices.headers).json["id"])
    till.sell(alice_id, 80_000, external_id="second")
    cursor = client.get("/api/v1/me/entries?limit=1", headers=alices.headers).json["next_cursor"]
    dasha = cast.headers_of(session, cast.member(session).id)
    for path in ("entries", "messages", "referrals"):
        answer = client.get(f"/api/v1/me/{path}?cursor={cursor}", headers=dasha)
        assert answer.status_code == 422 or answer.json["items"] == []


def test_a_till_sees_only_its_own_stores_receipts(
    client: FlaskClient, session: Session, till: OpenTill, alices: Belongings
) -> None:
    key = a_till_key(session, a_store(session, "taganka").id)
    body = {"external_id": "R1", "occurred_at": "2026-11-22T09:31:00+00:00"}
    answer = client.post("/api/v1/till/receipts/sale-1/returns", json=body, headers=bearer(key))
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-receipt")
    assert session.scalar(text("SELECT sum(returned_amount_minor) FROM receipts")) == 0
