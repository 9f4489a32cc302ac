"""Somebody of the staff says which card is their own."""

import re

import pytest
from sqlalchemy import text

from tests.factories.members import ALICE_PHONE
from tests.factories.staff import marat, signed_in_cookie, vera
from tests.factories.till import guest, open_till


@pytest.fixture
def card(session, client, clock):
    open_till(session, client)
    return guest(session, ALICE_PHONE)


@pytest.fixture
def veras_browser(app, session, client, card):
    client.set_cookie("session", signed_in_cookie(app, session, vera(session).id))
    return client


def links(browser, typed):
    page = browser.get("/console/own-card", headers={"Accept-Language": "en"}).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    return browser.post("/console/own-card", data={"card": typed, "csrf_token": token[1]})


def linked(session):
    return session.execute(text("SELECT member_id FROM staff_members WHERE name = 'Vera'")).scalar_one()


def test_by_phone_and_away_again(session, veras_browser, card):
    assert links(veras_browser, "8 912 345-67-89").status_code == 303
    assert linked(session) == card
    assert "••" in veras_browser.get("/console/own-card").text
    assert links(veras_browser, "").status_code == 303
    assert linked(session) is None


def test_a_card_of_nobody_is_refused(session, veras_browser):
    answer = links(veras_browser, "+7 999 000-00-00")
    assert answer.status_code == 422
    assert linked(session) is None


def test_whoever_works_in_the_console_has_the_page_too(app, session, client, card):
    client.set_cookie("session", signed_in_cookie(app, session, marat(session).id))
    assert client.get("/console/own-card").status_code == 200
