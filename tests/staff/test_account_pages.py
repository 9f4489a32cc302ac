"""One's own account: a fresh proof before dangerous acts, another password, other factors."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from backend.staff import service
from tests.conftest import ObedientClock
from tests.factories.shops import a_shop
from tests.factories.staff import a_staff_token, anna, bearer, signed_in_cookie
from tests.staff.hands import PASSWORD, Hands, hidden

pytestmark = pytest.mark.usefixtures("quick_passwords")

DANGER = "/danger-page"


@pytest.fixture
def hands(door_app: Flask, work: Callable, clock: ObedientClock) -> Hands:
    """Anna, an administrator, signed in, with her phone at hand; a step of her app has passed since."""
    work(a_shop)
    first = Hands(door_app.test_client(), clock)
    staff_id = work(lambda session: anna(session).id)
    link = work(service.issue_sign_in_link, staff_id=staff_id, who="test").text
    first.open_link(link)
    first.set_password(login="anna")
    first.enrol()
    first.post("/staff/set-up/finish")
    clock.advance(seconds=60)
    return first


def send(hands: Hands, path: str, **typed: str):
    return hands.post(path, page="/staff/account", **typed)


def sign_in_elsewhere(hands: Hands, clock: ObedientClock) -> Hands:
    other = hands.elsewhere()
    other.type_password("anna")
    other.type_code(other.app_code())
    assert other.is_in()
    clock.advance(seconds=30)
    return other


def test_a_dangerous_act_needs_a_fresh_factor_after_ten_minutes(hands: Hands, clock: ObedientClock) -> None:
    assert hands.get(DANGER).status_code == 200
    clock.advance(minutes=10)
    assert hands.get(DANGER).location == f"/staff/confirm?next={DANGER}"
    assert send(hands, "/staff/confirm", code="000000", next=DANGER).status_code == 422
    assert hands.get(DANGER).status_code == 303
    assert send(hands, "/staff/confirm", code=hands.app_code(), next=DANGER).location == DANGER
    assert hands.get(DANGER).status_code == 200


def test_the_code_that_confirmed_signs_nobody_in(hands: Hands, clock: ObedientClock) -> None:
    code = hands.app_code()
    assert send(hands, "/staff/confirm", code=code).status_code == 303
    other = hands.elsewhere()
    other.type_password("anna")
    assert other.type_code(code).status_code == 422


def test_a_form_that_came_too_late_leads_back_to_its_page(hands: Hands, clock: ObedientClock) -> None:
    clock.advance(minutes=11)
    token = hidden(hands.get("/staff/account").text)
    headers = {"Referer": "http://localhost/console/staff", "Accept": "text/html"}
    answer = hands.client.post(DANGER, data={"csrf_token": token}, headers=headers)
    assert answer.location == "/staff/confirm?next=/console/staff"


def test_a_script_is_told_so_and_a_program_passes(hands: Hands, work: Callable, clock: ObedientClock) -> None:
    clock.advance(minutes=11)
    token = hidden(hands.get("/staff/account").text)
    answer = hands.client.post("/api/v1/danger-door", headers={"X-CSRF-Token": token})
    assert (answer.status_code, answer.json["type"]) == (403, "fresh-factor-needed")
    program = bearer(work(a_staff_token, role="administrator"))
    assert hands.elsewhere().client.post("/api/v1/danger-door", headers=program).status_code == 200


def test_a_session_through_a_door_of_the_demo_stays_fresh(
    door_app: Flask, work: Callable, clock: ObedientClock
) -> None:
    browser = door_app.test_client()
    # As in the demo, where a page may be left alone for as long.
    door_app.config["MOLVA"] = replace(door_app.config["MOLVA"], staff_idle_minutes=7 * 24 * 60)
    browser.set_cookie("session", work(lambda session: signed_in_cookie(door_app, session, anna(session).id)))
    clock.advance(days=6)
    assert browser.get(DANGER).status_code == 200


def test_another_password_ends_every_other_session(hands: Hands, clock: ObedientClock) -> None:
    other = sign_in_elsewhere(hands, clock)
    refused = send(hands, "/staff/account/password", present="wrong", password="five quiet tea cups")
    assert (refused.status_code, "not your present password" in refused.text) == (422, True)
    assert other.is_in()
    assert send(hands, "/staff/account/password", present=PASSWORD, password="five quiet tea cups").status_code == 303
    assert not other.is_in()
    assert hands.is_in()
    assert hands.elsewhere().type_password("anna", PASSWORD).status_code == 422
    assert hands.elsewhere().type_password("anna", "five quiet tea cups").status_code == 303


def test_another_password_must_be_a_good_one(hands: Hands) -> None:
    answer = send(hands, "/staff/account/password", present=PASSWORD, password="password1234")
    assert (answer.status_code, "break-ins elsewhere" in answer.text) == (422, True)


def test_another_app_takes_the_place_of_the_earlier_one(hands: Hands, clock: ObedientClock) -> None:
    earlier = hands.elsewhere()
    page = hands.get("/staff/account/app").text
    hands.secret = re.findall(r'id="app-secret">([^<]+)<', page)[0]
    assert send(hands, "/staff/account/app", code=earlier.app_code()).status_code == 422
    assert send(hands, "/staff/account/app", code=hands.app_code()).status_code == 303
    clock.advance(seconds=30)
    earlier.type_password("anna")
    assert earlier.type_code(earlier.app_code()).status_code == 422
    assert earlier.type_code(hands.app_code()).status_code == 303


def test_other_recovery_codes_make_the_earlier_ones_worthless(hands: Hands) -> None:
    shown = send(hands, "/staff/account/recovery-codes").text
    fresh = re.findall(r"<li>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</li>", shown)
    assert len(fresh) == 10
    other = hands.elsewhere()
    other.type_password("anna")
    assert other.type_code(hands.codes[0]).status_code == 422
    assert other.type_code(fresh[0]).status_code == 303


def test_everything_about_the_account_needs_a_fresh_factor(hands: Hands, clock: ObedientClock) -> None:
    clock.advance(minutes=11)
    for path in ("password", "app", "passkeys", "passkey-options", "recovery-codes"):
        answer = send(hands, f"/staff/account/{path}", present=PASSWORD, password="five quiet tea cups")
        assert answer.location.startswith("/staff/confirm"), path


def test_what_is_done_about_the_account_is_in_the_audit_log(hands: Hands) -> None:
    send(hands, "/staff/account/password", present=PASSWORD, password="five quiet tea cups")
    send(hands, "/staff/account/recovery-codes")
    page = hands.get("/console/audit-log").text
    for words in ("Account set up", "Signed in", "Password changed", "New recovery codes"):
        assert words in page


def test_wrong_confirmations_are_limited(hands: Hands) -> None:
    answers = [send(hands, "/staff/confirm", code="000000").status_code for _try in range(6)]
    assert answers == [422] * 5 + [429]
