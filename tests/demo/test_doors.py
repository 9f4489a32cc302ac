"""The demo's doors exist in the demo alone, and open to the computer that it runs on alone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

DOORS = [
    ("GET", "/demo/messages"),
    ("POST", "/demo/clock"),
    ("GET", "/demo/till-key"),
    ("GET", "/demo/phone"),
    ("GET", "/demo/phone/screens"),
    ("POST", "/demo/later"),
    ("GET", "/demo/sign-in?as=vera"),
]


def test_outside_the_demo_there_are_no_such_addresses(committed_app: Flask) -> None:
    client = committed_app.test_client()
    for method, path in [*DOORS, ("GET", "/demo/invitation.svg")]:
        assert client.open(path, method=method, json={}).status_code == 404, path


@pytest.mark.parametrize("address", ["192.168.1.7", "2001:db8::1", "::ffff:192.168.1.7", ""])
def test_nobody_comes_in_over_the_network(here: FlaskClient, address: str) -> None:
    for method, path in DOORS:
        answer = here.open(path, method=method, json={"advance_seconds": 1}, environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 403, path
        assert answer.json["type"] == "demo-doors-of-this-computer"


def test_no_header_makes_a_stranger_a_neighbour(here: FlaskClient) -> None:
    forged = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    answer = here.get("/demo/till-key", headers=forged, environ_overrides={"REMOTE_ADDR": "192.168.1.7"})
    assert answer.status_code == 403


def test_this_computer_comes_in(here: FlaskClient) -> None:
    for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        answer = here.post("/demo/clock", json={"advance_seconds": 0}, environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 200, address


def test_before_the_shop_is_filled_its_doors_say_so(here: FlaskClient) -> None:
    for path in ("/demo/till-key", "/demo/sign-in?as=vera", "/demo/invitation.svg"):
        answer = here.get(path)
        assert (answer.status_code, answer.json["type"]) == (409, "demo-shop-empty")


def test_nobody_else_is_signed_in(here: FlaskClient) -> None:
    assert here.get("/demo/sign-in?as=mallory").status_code == 404


def test_the_start_page_is_there_in_both_languages(here: FlaskClient) -> None:
    assert "The demo shop is empty" in here.get("/?lang=en").get_data(as_text=True)
    assert "Демонстрационный магазин пуст" in here.get("/?lang=ru").get_data(as_text=True)


def test_over_the_network_the_start_page_shows_no_doors(here: FlaskClient) -> None:
    page = here.get("/?lang=en", environ_overrides={"REMOTE_ADDR": "192.168.1.7"}).get_data(as_text=True)
    assert "/demo/sign-in" not in page
    assert "You came over the network" in page
