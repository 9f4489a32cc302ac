"""Anna's pages: who works here, the tills' keys, the audit log; and who else may see them."""

import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.staff import audit_chain, queries, service
from backend.staff.roles import Role
from tests.conftest import ObedientClock
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, anna, bearer, marat, signed_in_cookie, vera
from tests.staff.hands import Hands


@pytest.fixture
def desk(client: FlaskClient, session: Session, clock: ObedientClock) -> Hands:
    """Anna's browser, signed in, in English."""
    a_shop(session)
    client.set_cookie("session", signed_in_cookie(client.application, session, anna(session).id))
    return Hands(client, clock)


def send(desk: Hands, path: str, **typed: str):
    return desk.post(path, page="/console/staff/new", **typed)


def link_in(page: str) -> str:
    found = re.search(r'id="secret-text"[^>]*>([^<]+)<', page)
    assert found, page
    return found[1]


def test_an_invitation_is_a_link_shown_once(desk: Hands, session: Session) -> None:
    store = str(a_store(session).id)
    answer = send(desk, "/console/staff/new", name="Vera", role="cashier", store_id=store, locale="ru")
    assert answer.status_code == 201
    address = link_in(answer.text)
    assert "Vera" in desk.elsewhere().client.get(address.removeprefix("http://127.0.0.1:8000")).text
    assert "Waits for set-up" in desk.get("/console/staff").text


@pytest.mark.parametrize(
    ("typed", "because"),
    [
        ({"name": "", "role": "marketer"}, "A name of 1 to 100 characters is needed"),
        ({"name": "Vera", "role": "cashier"}, "This role needs a store"),
        ({"name": "Vera", "role": "marketer", "login": "x y"}, "An e-mail address, or a name"),
    ],
)
def test_what_is_wrong_with_an_invitation_stands_at_its_field(desk: Hands, typed: dict, because: str) -> None:
    answer = send(desk, "/console/staff/new", **typed)
    assert (answer.status_code, because in answer.text) == (422, True)


def test_another_role_signs_the_person_out(desk: Hands, session: Session) -> None:
    person = marat(session)
    browser = desk.elsewhere()
    browser.client.set_cookie("session", signed_in_cookie(desk.client.application, session, person.id))
    assert browser.is_in()
    answer = send(desk, f"/console/staff/{person.id}/role", role="analyst", reason="New job")
    assert answer.status_code == 303
    assert not browser.is_in()
    assert queries.staff_member(session, person.id).role == Role.ANALYST
    assert "New job" in desk.get(f"/console/staff/{person.id}").text


@pytest.mark.parametrize("typed", ["", "owner", "Cashier"])
def test_a_role_that_is_none_changes_nothing(desk: Hands, session: Session, typed: str) -> None:
    person, store = marat(session), str(a_store(session).id)
    assert send(desk, f"/console/staff/{person.id}/role", role=typed, store_id=store).status_code == 303
    assert "Choose a role." in desk.get(f"/console/staff/{person.id}").text
    assert queries.staff_member(session, person.id).role == Role.MARKETER
    answer = send(desk, "/console/staff/new", name="Vera", role=typed, store_id=store)
    assert (answer.status_code, "Choose a role." in answer.text) == (422, True)


def test_resetting_takes_everything_and_gives_a_link(desk: Hands, session: Session, clock: ObedientClock) -> None:
    person = marat(session)
    marats = desk.elsewhere()
    marats.set_up(session, person, login="marat")
    clock.advance(seconds=60)
    refused = send(desk, f"/console/staff/{person.id}/reset")
    assert (refused.status_code, marats.is_in()) == (303, True)
    answer = send(desk, f"/console/staff/{person.id}/reset", reason="Phone lost")
    assert answer.status_code == 201
    assert not marats.is_in()
    assert marats.elsewhere().type_password("marat").status_code == 422
    anew = desk.elsewhere()
    assert anew.open_link(link_in(answer.text)).location == "/staff/set-up/password"
    assert anew.set_password("five quiet tea cups").location == "/staff/set-up/factor"


def test_disabling_needs_a_reason_and_counts_at_once(desk: Hands, session: Session) -> None:
    person = marat(session)
    browser = desk.elsewhere()
    browser.client.set_cookie("session", signed_in_cookie(desk.client.application, session, person.id))
    send(desk, f"/console/staff/{person.id}/disable")
    assert browser.is_in()
    send(desk, f"/console/staff/{person.id}/disable", reason="Left")
    assert not browser.is_in()
    assert "Disabled" in desk.get("/console/staff").text


def test_anna_neither_demotes_nor_disables_herself(desk: Hands, session: Session) -> None:
    annas: UUID = session.scalar(text("SELECT id FROM staff_members WHERE name = 'Anna'"))
    for act in ("role", "reset", "disable"):
        answer = send(desk, f"/console/staff/{annas}/{act}", role="analyst", reason="Why not")
        assert (act, answer.status_code) == (act, 403)
    assert desk.is_in()


def test_a_till_gets_a_key_which_is_rotated_and_revoked(desk: Hands, session: Session) -> None:
    store = str(a_store(session).id)
    key = link_in(send(desk, "/console/till-keys", store_id=store, label="Left till").text)
    till = desk.elsewhere().client
    assert till.get("/api/v1/till/context", headers=bearer(key)).status_code == 200
    prefix = key.split(".")[0]
    new = link_in(send(desk, f"/console/till-keys/{prefix}/rotate").text)
    assert till.get("/api/v1/till/context", headers=bearer(key)).status_code == 200
    assert (
        "cannot be rotated"
        in desk.client.get(
            send(desk, f"/console/till-keys/{prefix}/rotate").location, headers={"Accept-Language": "en"}
        ).text
    )
    send(desk, f"/console/till-keys/{prefix}/revoke", reason="Replaced")
    answers = [till.get("/api/v1/till/context", headers=bearer(one)).status_code for one in (key, new)]
    assert answers == [401, 200]
    assert new not in desk.get("/console/till-keys").text


def test_the_list_of_keys_says_when_each_was_used(desk: Hands, session: Session) -> None:
    key = a_till_key(session)
    assert "never" in desk.get("/console/till-keys").text
    desk.elsewhere().client.get("/api/v1/till/context", headers=bearer(key))
    assert "Today, 12:31" in desk.get("/console/till-keys").text


def test_the_audit_log_names_who_what_before_after_and_why(desk: Hands, session: Session) -> None:
    person = vera(session)
    send(desk, f"/console/staff/{person.id}/role", role="support", reason="Moves to support")
    audit_chain.seal_entries(session, desk.clock.now)
    page = desk.client.get("/console/audit-log?lang=en&about=Vera&action=change_role").text
    for words in ("Anna", "Role changed", "Vera", "Cashier", "Support", "Pokrovka 12", "Moves to support"):
        assert words in page
    assert "Signed in" not in page.split("<tbody>")[1]


def test_the_audit_log_is_narrowed_by_day_and_comes_in_pages(
    desk: Hands, session: Session, clock: ObedientClock
) -> None:
    for number in range(45):
        service.audit(session, who="test", action="count", subject=f"thing:{number}")
    first = desk.client.get("/console/audit-log?lang=en&action=count").text
    assert first.count("<time") == 40
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert desk.client.get(older[1].replace("&amp;", "&")).text.count("<time") == 5
    assert "Nothing of this kind." in desk.client.get("/console/audit-log?lang=en&until=2026-11-21").text
    assert desk.client.get("/console/audit-log?since=2026-11-22&until=2026-11-22").text.count("<time") == 40


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "tomorrow", "20261122x"])
def test_a_day_in_which_no_shop_was_open_narrows_nothing(desk: Hands, day: str) -> None:
    everything = desk.get("/console/audit-log").text.count("<time")
    for name in ("since", "until"):
        answer = desk.client.get(f"/console/audit-log?{name}={day}")
        assert (answer.status_code, answer.text.count("<time")) == (200, everything)


PAGES = ("/console/staff", "/console/staff/new", "/console/till-keys", "/console/audit-log")


@pytest.mark.parametrize(
    ("role", "open_to"),
    [
        (Role.AUDITOR, {"/console/audit-log"}),
        (Role.SUPPORT, set()),
        (Role.MARKETER, set()),
        (Role.ANALYST, set()),
        (Role.CASHIER, set()),
        (Role.ADMINISTRATOR, set(PAGES)),
    ],
)
def test_the_pages_are_for_administrators_and_the_log_for_auditors_too(
    client: FlaskClient, session: Session, role: Role, open_to: set[str]
) -> None:
    a_shop(session)
    store_id = a_store(session).id if role == Role.CASHIER else None
    person = service.create_staff_member(session, name="Somebody", role=role, store_id=store_id, who="test")
    client.set_cookie("session", signed_in_cookie(client.application, session, person.id))
    seen = {path for path in PAGES if client.get(path, headers={"Accept": "text/html"}).status_code == 200}
    assert seen == open_to


def test_a_dangerous_act_of_the_console_asks_for_the_factor_again(desk: Hands, session: Session) -> None:
    person = marat(session)
    session.execute(text("UPDATE staff_sessions SET fresh_until = created_at"))
    answer = send(desk, f"/console/staff/{person.id}/disable", reason="Left")
    assert answer.location.startswith("/staff/confirm?next=")
    assert queries.staff_member(session, person.id).disabled_at is None


def test_the_words_are_russian_for_russians(desk: Hands) -> None:
    for path, words in (("staff", "Сотрудники"), ("till-keys", "Ключи касс"), ("audit-log", "Журнал действий")):
        page = desk.client.get(f"/console/{path}?lang=ru").text
        assert f"<title>{words}" in page
        assert "Ваш профиль" in page


def test_an_act_of_another_feature_is_told_with_its_own_name_where_it_has_no_words(
    desk: Hands, session: Session
) -> None:
    service.audit(
        session, who="worker", action="mend_roof", subject="shop:1", after={"expires_at": "2027-01-02T00:00:00Z"}
    )
    page = desk.client.get("/console/audit-log?lang=en&action=mend_roof").text
    for words in ("mend roof", "Worker", "2 January 2027"):
        assert words in page
