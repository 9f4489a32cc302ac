"""By a link somebody sets a password and a second factor, keeps the recovery codes, and only then is signed in."""

import base64
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.shared.db import transaction
from backend.staff import service, sign_in
from backend.staff.entering import link_text_of
from backend.staff.errors import SignInLinkRefused
from tests.conftest import ObedientClock
from tests.factories.shops import a_shop
from tests.factories.staff import anna, marat, vera
from tests.staff.hands import PASSWORD, Hands

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def hands(client: FlaskClient, clock: ObedientClock) -> Hands:
    return Hands(client, clock)


def a_link(session: Session, person: Callable = vera) -> str:
    return service.issue_sign_in_link(session, staff_id=person(session).id, who="test").text


def test_nobody_is_signed_in_before_the_last_step(hands: Hands, session: Session) -> None:
    hands.open_link(a_link(session, anna))
    assert not hands.is_in()
    hands.set_password(login="anna@grain.example")
    assert not hands.is_in()
    assert len(hands.enrol().text.split("<li>")) >= 10
    assert len(hands.codes) == 10
    assert not hands.is_in()
    assert hands.post("/staff/set-up/finish").location == "/console/staff"
    assert hands.is_in()


def test_the_steps_cannot_be_skipped(hands: Hands, session: Session) -> None:
    hands.open_link(a_link(session))
    for path in ("/staff/set-up/factor", "/staff/set-up/recovery-codes", "/staff/sign-in/factor"):
        assert hands.get(path).location == "/staff/sign-in"
    for path in ("/staff/set-up/finish", "/staff/set-up/recovery-codes", "/staff/sign-in/factor"):
        assert hands.post(path, code="123456").location == "/staff/sign-in"
    assert not hands.is_in()


def test_a_set_up_that_is_left_halfway_leaves_the_account_as_it_was(hands: Hands, session: Session) -> None:
    hands.open_link(a_link(session, marat))
    hands.set_password(login="marat")
    elsewhere = hands.elsewhere()
    assert elsewhere.type_password("marat").status_code == 422


def test_vera_chooses_her_own_login_and_comes_to_the_till(hands: Hands, session: Session) -> None:
    assert hands.set_up(session, vera(session), login=" Vera.P ").location == "/till"
    assert session.scalar(text("SELECT login FROM staff_members WHERE name = 'Vera'")) == "vera.p"


def test_a_login_belongs_to_one_person(hands: Hands, session: Session) -> None:
    hands.set_up(session, marat(session), login="marat")
    other = hands.elsewhere()
    other.open_link(a_link(session, vera))
    answer = other.set_password(login="MARAT")
    assert answer.status_code == 422
    assert "Somebody else has this login" in answer.text


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("short", "at least 12 characters"),
        ("password1234", "break-ins elsewhere"),
        ("пароль123456", "break-ins elsewhere"),
        ("vera2026vera", "must not be your name"),
        ("aaaaaaaaaaaa", "easy to guess"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(
    hands: Hands, session: Session, password: str, because: str
) -> None:
    hands.open_link(a_link(session))
    answer = hands.set_password(password, login="vera")
    assert answer.status_code == 422
    assert because in answer.text
    assert f'value="{password}"' not in answer.text


def test_a_wrong_first_code_is_told_and_the_next_one_counts(hands: Hands, session: Session) -> None:
    hands.open_link(a_link(session))
    hands.set_password(login="vera")
    answer = hands.post("/staff/set-up/factor", code="000000")
    assert (answer.status_code, "not right" in answer.text) == (422, True)
    assert hands.enrol().status_code == 200


def test_looking_at_a_link_does_not_use_it_up(hands: Hands, session: Session) -> None:
    link = a_link(session)
    for _attempt in range(3):
        assert "Vera" in hands.client.get(f"/staff/sign-in?link={link}").text
    assert hands.open_link(link).status_code == 303


def test_a_used_link_is_refused_in_words(hands: Hands, session: Session) -> None:
    link = a_link(session)
    hands.open_link(link)
    answer = hands.elsewhere().open_link(link)
    assert (answer.status_code, "works once" in answer.text) == (422, True)


def test_a_new_link_ends_the_earlier_one(session: Session) -> None:
    person = vera(session)
    earlier, later = (service.issue_sign_in_link(session, staff_id=person.id, who="test").text for _number in range(2))
    with pytest.raises(SignInLinkRefused):
        sign_in.begin_by_link(session, link_text=earlier)
    assert sign_in.begin_by_link(session, link_text=later)


def test_a_link_expires_after_24_hours(hands: Hands, session: Session, clock: ObedientClock) -> None:
    link = a_link(session)
    clock.advance(hours=24)
    assert "Vera" not in hands.client.get(f"/staff/sign-in?link={link}").text
    assert hands.open_link(link).status_code == 422


def test_the_whole_address_may_be_given(hands: Hands, session: Session) -> None:
    assert hands.open_link(f"  http://127.0.0.1:8000/staff/sign-in?link={a_link(session)} ").status_code == 303
    assert link_text_of("http://[broken") == "http://[broken"


def test_somebody_disabled_sets_nothing_up(session: Session) -> None:
    person = vera(session)
    link = service.issue_sign_in_link(session, staff_id=person.id, who="test").text
    service.disable_staff_member(session, staff_id=person.id, who="test")
    with pytest.raises(SignInLinkRefused):
        sign_in.begin_by_link(session, link_text=link)


def test_a_link_for_a_lost_password_still_asks_for_the_factor_and_ends_other_sessions(
    hands: Hands, session: Session, clock: ObedientClock
) -> None:
    person = anna(session)
    hands.set_up(session, person, login="anna")
    assert hands.is_in()
    lost = hands.elsewhere()
    lost.open_link(service.issue_sign_in_link(session, staff_id=person.id, who="test").text)
    assert lost.set_password("five quiet tea cups").location == "/staff/sign-in/factor"
    assert not lost.is_in()
    assert hands.is_in()
    clock.advance(seconds=30)
    assert lost.type_code(lost.app_code()).status_code == 303
    assert lost.is_in()
    assert not hands.is_in()
    assert hands.elsewhere().type_password("anna", PASSWORD).status_code == 422


def test_what_is_kept_opens_nothing(hands: Hands, session: Session) -> None:
    hands.set_up(session, marat(session), login="marat")
    row = session.execute(text("SELECT password_hash, totp_ciphertext FROM staff_members WHERE login = 'marat'")).one()
    assert row.password_hash.startswith("$argon2id$")
    kept = [bytes(row.totp_ciphertext)]
    kept += [bytes(one) for one in session.scalars(text("SELECT code_hash FROM staff_recovery_codes"))]
    secret = base64.b32decode(hands.secret.replace(" ", ""))
    assert all(secret not in one for one in kept)
    assert len(kept) == 11
    assert all(code.encode() not in one for one in kept for code in hands.codes)


def test_the_page_is_there_in_both_languages_before_a_shop_is_open(client: FlaskClient, session: Session) -> None:
    assert "For those who work here" in client.get("/staff/sign-in?lang=en").text
    a_shop(session)
    page = client.get("/staff/sign-in?lang=ru").text
    assert "Для тех, кто здесь работает" in page
    assert "Зерно" in page


def test_of_two_clicks_at_once_one_wins(committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as session:
        link = a_link(session)
    barrier, outcomes = threading.Barrier(4), []

    def click() -> None:
        with committed_app.app_context():
            barrier.wait()
            try:
                with transaction() as session:
                    sign_in.begin_by_link(session, link_text=link)
                outcomes.append("in")
            except SignInLinkRefused:
                outcomes.append("refused")

    threads = [threading.Thread(target=click) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]
