"""Who gets through which door, and how soon a door closes."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.shared.access import ACCESS_ATTRIBUTE
from backend.shared.db import transaction
from backend.staff import queries, service
from backend.staff.access import staff_required, till_required
from backend.staff.roles import Role
from tests.factories.shops import a_store
from tests.factories.staff import a_staff_token, a_till_key, bearer, marat, olga, signed_in_cookie, vera

TILL = "/api/v1/till-door"
MARKETER = "/api/v1/marketer-door"
PAGE = "/cashier-page"


def sign_in(browser: FlaskClient, work, person) -> str:
    """A browser where this person is signed in; the page's own token."""
    app = browser.application
    browser.set_cookie("session", work(lambda session: signed_in_cookie(app, session, person(session).id)))
    return hidden(browser.get("/staff/sign-in").get_data(as_text=True), "csrf_token")


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


def test_a_till_key_opens_the_till_of_its_store(browser, work) -> None:
    key = work(lambda session: a_till_key(session, a_store(session, "taganka").id))
    answer = browser.post(TILL, headers=bearer(key))
    assert answer.status_code == 200
    assert answer.json == {"store": "taganka", "cashier": None, "who": f"till_key:{key.split('.')[0]}"}


def test_a_revoked_till_key_is_refused_at_the_next_request(browser, work) -> None:
    key = work(a_till_key)
    assert browser.post(TILL, headers=bearer(key)).status_code == 200
    work(service.revoke_till_key, prefix=key.split(".")[0], who="test")
    answer = browser.post(TILL, headers=bearer(key))
    assert answer.status_code == 401
    assert answer.json["type"] == "till-key-needed"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_two_till_keys_live_side_by_side_while_one_replaces_the_other(browser, work) -> None:
    old, new = work(a_till_key), work(a_till_key)
    work(service.revoke_till_key, prefix=old.split(".")[0], who="test")
    assert browser.post(TILL, headers=bearer(new)).status_code == 200


def test_a_key_with_another_secret_is_refused(browser, work) -> None:
    key = work(a_till_key)
    other = work(a_till_key)
    forged = key.split(".")[0] + "." + other.split(".")[1]
    assert browser.post(TILL, headers=bearer(forged)).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dGlsbDp0aWxs", "Bearer till_x.y", "Bearer \xe9"])
def test_a_header_that_is_no_key_is_refused(browser, header) -> None:
    assert browser.post(TILL, headers={"Authorization": header}).status_code == 401


def test_nobody_is_refused_at_every_door(browser) -> None:
    assert browser.post(TILL).status_code == 401
    assert browser.post(MARKETER).status_code == 401


def test_a_staff_token_of_the_role_is_let_in(browser, work) -> None:
    token = work(a_staff_token, role="marketer")
    assert browser.post(MARKETER, headers=bearer(token)).json["role"] == "marketer"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.MARKETER, Role.ANALYST}))
def test_a_staff_token_of_another_role_is_forbidden(browser, work, role) -> None:
    token = work(a_staff_token, role=role)
    answer = browser.post(MARKETER, headers={**bearer(token), "Accept-Language": "ru"})
    assert answer.status_code == 403
    assert answer.json["type"] == "role-needed"


def test_a_till_key_is_no_staff_token_and_the_other_way_round(browser, work) -> None:
    assert browser.post(MARKETER, headers=bearer(work(a_till_key))).status_code == 401
    assert browser.post(TILL, headers=bearer(work(a_staff_token, role="marketer"))).status_code == 401


def test_a_staff_token_ends_with_its_time(browser, work, clock) -> None:
    token = work(a_staff_token, role="marketer")
    clock.advance(days=service.TOKEN_LIFE_DAYS, business_only=True)
    assert browser.post(MARKETER, headers=bearer(token)).status_code == 200
    clock.advance(days=service.TOKEN_LIFE_DAYS)
    assert browser.post(MARKETER, headers=bearer(token)).status_code == 401


def test_a_revoked_staff_token_is_refused_at_the_next_request(browser, work) -> None:
    token = work(a_staff_token, role="marketer")
    assert browser.post(MARKETER, headers=bearer(token)).status_code == 200
    work(service.revoke_staff_token, prefix=token.split(".")[0], who="test")
    assert browser.post(MARKETER, headers=bearer(token)).status_code == 401


def test_veras_page_session_is_a_till_with_her_name(browser, work) -> None:
    csrf = sign_in(browser, work, vera)
    answer = browser.post(TILL, headers={"X-CSRF-Token": csrf})
    assert (answer.json["store"], answer.json["cashier"]) == ("pokrovka", "Vera")


def test_a_request_by_cookie_without_the_pages_token_is_forbidden(browser, work) -> None:
    sign_in(browser, work, vera)
    for headers in ({}, {"X-CSRF-Token": "made-up"}):
        answer = browser.post(TILL, headers=headers)
        assert answer.status_code == 403
        assert answer.json["type"] == "csrf-token-needed"


def test_another_sessions_page_token_is_refused(browser, work, door_app) -> None:
    sign_in(browser, work, vera)
    foreign = sign_in(door_app.test_client(), work, vera)
    assert browser.post(TILL, headers={"X-CSRF-Token": foreign}).status_code == 403


def test_a_wrong_bearer_is_not_saved_by_the_cookie(browser, work) -> None:
    csrf = sign_in(browser, work, vera)
    assert browser.post(TILL, headers={"X-CSRF-Token": csrf, **bearer("till_wrong.key")}).status_code == 401


def test_marat_is_no_cashier(browser, work) -> None:
    csrf = sign_in(browser, work, marat)
    assert browser.post(TILL, headers={"X-CSRF-Token": csrf}).status_code == 403
    assert browser.get(PAGE).status_code == 403
    assert browser.post(MARKETER, headers={"X-CSRF-Token": csrf}).status_code == 200


def test_a_page_leads_to_the_sign_in_and_back(browser, work) -> None:
    answer = browser.get(PAGE)
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in?next=/cashier-page")
    sign_in(browser, work, vera)
    assert browser.get(PAGE).status_code == 200


def test_a_pages_form_carries_the_token_in_a_field(browser, work) -> None:
    csrf = sign_in(browser, work, vera)
    assert browser.post(PAGE).status_code == 403
    assert browser.post(PAGE, data={"csrf_token": csrf}).status_code == 200


def test_disabling_ends_the_session_at_the_next_request(browser, work) -> None:
    sign_in(browser, work, vera)
    vera_id = work(lambda session: queries.staff_member_named(session, "Vera").id)
    assert browser.get(PAGE).status_code == 200
    work(service.disable_staff_member, staff_id=vera_id, who="test")
    assert browser.get(PAGE).status_code == 303


def test_another_role_ends_the_session_at_the_next_request(browser, work) -> None:
    sign_in(browser, work, vera)
    vera_id = work(lambda session: queries.staff_member_named(session, "Vera").id)
    work(service.change_role, staff_id=vera_id, role=Role.SUPPORT, who="test")
    assert browser.get(PAGE).status_code == 303


def test_signing_out_ends_the_session_on_the_server(browser, work, door_app) -> None:
    csrf = sign_in(browser, work, vera)
    stolen = browser.get_cookie("session")
    assert browser.post("/staff/sign-out", data={"csrf_token": csrf}).status_code == 303
    thief = door_app.test_client()
    thief.set_cookie("session", stolen.value)
    assert thief.get(PAGE).status_code == 303


def test_a_session_ends_after_a_week(browser, work, clock) -> None:
    sign_in(browser, work, vera)
    clock.advance(days=6)
    assert "Vera" in browser.get("/staff/sign-in").get_data(as_text=True)
    clock.advance(days=1, seconds=1)
    assert "Vera" not in browser.get("/staff/sign-in").get_data(as_text=True)


def test_a_session_that_nobody_uses_ends_after_two_hours(browser, work, clock) -> None:
    csrf = sign_in(browser, work, marat)
    clock.advance(hours=2, seconds=-1)
    assert browser.post(MARKETER, headers={"X-CSRF-Token": csrf}).status_code == 200
    clock.advance(hours=2)
    assert browser.post(MARKETER, headers={"X-CSRF-Token": csrf}).status_code == 401


def test_a_session_that_is_used_goes_on(browser, work, clock) -> None:
    sign_in(browser, work, olga)
    for _hour in range(30):
        clock.advance(minutes=119)
        assert "Olga" in browser.get("/staff/sign-in").get_data(as_text=True)


def test_a_busy_page_writes_down_once_a_minute_that_it_is_used(browser, work, clock) -> None:
    def seen_at() -> datetime:
        return work(lambda session: session.scalar(text("SELECT last_seen_at FROM staff_sessions")))

    sign_in(browser, work, olga)
    began = seen_at()
    clock.advance(seconds=59)
    browser.get("/staff/sign-in")
    assert seen_at() == began
    clock.advance(seconds=2)
    browser.get("/staff/sign-in")
    assert seen_at() == began + timedelta(seconds=61)


def test_the_till_stays_open_between_two_guests(browser, work, clock) -> None:
    csrf = sign_in(browser, work, vera)
    clock.advance(hours=12)
    assert browser.post(TILL, headers={"X-CSRF-Token": csrf}).status_code == 200


def test_a_shop_says_how_long_a_page_may_be_left_alone(make_app, clock) -> None:
    app = make_app(staff_idle_minutes=15)
    browser = app.test_client()
    with app.app_context(), transaction() as session:
        browser.set_cookie("session", signed_in_cookie(app, session, olga(session).id))
    clock.advance(minutes=15, seconds=-1)
    assert "Olga" in browser.get("/staff/sign-in").get_data(as_text=True)
    clock.advance(minutes=15)
    assert "Olga" not in browser.get("/staff/sign-in").get_data(as_text=True)


def test_every_door_says_who_may_come_in() -> None:
    assert getattr(till_required(lambda: None), ACCESS_ATTRIBUTE) == "till"
    declared = getattr(staff_required("marketer", "analyst")(lambda: None), ACCESS_ATTRIBUTE)
    assert declared == "staff:analyst staff:marketer"
    with pytest.raises(ValueError, match="Name the roles"):
        staff_required()
    with pytest.raises(ValueError, match="barista"):
        staff_required("barista")


def test_a_link_expires_after_24_hours(browser, work, clock) -> None:
    link = work(lambda session: service.issue_sign_in_link(session, staff_id=vera(session).id, who="test").text)
    clock.advance(hours=24)
    assert "Vera" not in browser.get(f"/staff/sign-in?link={link}").get_data(as_text=True)
