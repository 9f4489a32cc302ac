"""A link signs in once; looking at it uses nothing up; it leads only to pages of this site."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.shared.db import transaction
from backend.staff import service
from backend.staff.errors import SignInLinkRefused
from backend.staff.pages import link_text_of
from tests.factories.shops import a_shop
from tests.factories.staff import marat, olga, vera
from tests.staff.test_access import hidden


def a_link(session: Session, person: Callable = vera) -> str:
    return service.issue_sign_in_link(session, staff_id=person(session).id, who="test").text


def submit(client: FlaskClient, link: str, **fields: str):
    page = client.get("/staff/sign-in").get_data(as_text=True)
    return client.post("/staff/sign-in", data={"link": link, "csrf_token": hidden(page, "csrf_token"), **fields})


def test_vera_goes_to_the_till_and_marat_to_the_campaigns(client: FlaskClient, session: Session) -> None:
    assert submit(client, a_link(session, vera)).location == "/till"
    assert submit(client.application.test_client(), a_link(session, marat)).location == "/console/campaigns"


def test_olga_has_no_page_yet_and_sees_that_she_is_signed_in(client: FlaskClient, session: Session) -> None:
    answer = submit(client, a_link(session, olga))
    assert answer.location == "/staff/sign-in"
    assert "Olga" in client.get(answer.location).get_data(as_text=True)


def test_looking_at_a_link_does_not_use_it_up(client: FlaskClient, session: Session) -> None:
    link = a_link(session)
    for _attempt in range(3):
        assert "Vera" in client.get(f"/staff/sign-in?link={link}").get_data(as_text=True)
    assert submit(client, link).status_code == 303


def test_a_used_link_is_refused_in_words(client: FlaskClient, session: Session) -> None:
    link = a_link(session)
    submit(client, link)
    other = client.application.test_client()
    answer = submit(other, link)
    assert answer.status_code == 422
    assert "works once" in answer.get_data(as_text=True)


def test_the_whole_address_may_be_pasted(client: FlaskClient, session: Session) -> None:
    assert submit(client, f"  http://127.0.0.1:8000/staff/sign-in?link={a_link(session)} ").status_code == 303
    assert link_text_of("http://[broken") == "http://[broken"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\n"]
)
def test_nobody_is_led_to_another_site(client: FlaskClient, session: Session, elsewhere: str) -> None:
    assert submit(client, a_link(session), next=elsewhere).location == "/till"


def test_the_page_that_asked_is_where_one_is_led(client: FlaskClient, session: Session) -> None:
    assert submit(client, a_link(session), next="/console/campaigns").location == "/console/campaigns"


def test_the_form_needs_its_own_token(client: FlaskClient, session: Session) -> None:
    assert client.post("/staff/sign-in", data={"link": a_link(session)}).status_code == 403


def test_the_page_is_there_in_both_languages_before_a_shop_is_open(client: FlaskClient, session: Session) -> None:
    assert "For those who work here" in client.get("/staff/sign-in?lang=en").get_data(as_text=True)
    a_shop(session)
    page = client.get("/staff/sign-in?lang=ru").get_data(as_text=True)
    assert "Для тех, кто здесь работает" in page
    assert "Зерно" in page


def test_somebody_disabled_is_not_signed_in(session: Session) -> None:
    person = vera(session)
    link = service.issue_sign_in_link(session, staff_id=person.id, who="test").text
    service.disable_staff_member(session, staff_id=person.id, who="test")
    with pytest.raises(SignInLinkRefused):
        service.sign_in_by_link(session, link_text=link)


def test_of_two_clicks_at_once_one_wins(committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as session:
        link = a_link(session)
    barrier, outcomes = threading.Barrier(4), []

    def click() -> None:
        with committed_app.app_context():
            barrier.wait()
            try:
                with transaction() as session:
                    service.sign_in_by_link(session, link_text=link)
                outcomes.append("in")
            except SignInLinkRefused:
                outcomes.append("refused")

    threads = [threading.Thread(target=click) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]
