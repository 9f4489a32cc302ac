"""Login and password, then the second factor; wrong tries are limited, and a code counts once."""

import re
import threading

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.shared.db import transaction
from backend.staff import factors, service, sign_in, sign_in_limits
from backend.staff.models import StaffMember
from tests.conftest import ObedientClock
from tests.factories.staff import anna, marat
from tests.staff.hands import PASSWORD, Hands

pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def hands(client: FlaskClient, clock: ObedientClock, session: Session) -> Hands:
    """Anna, an administrator who has set up her account and has her phone at hand."""
    first = Hands(client, clock)
    first.set_up(session, anna(session), login="anna@grain.example")
    clock.advance(seconds=60)
    return first


def wordless(page: str) -> str:
    """A page without its token, which differs each time."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def test_password_then_code_signs_in(hands: Hands) -> None:
    later = hands.elsewhere()
    assert later.type_password("Anna@Grain.example").location == "/staff/sign-in/factor"
    assert not later.is_in()
    assert later.type_code(later.app_code()).location == "/console/staff"
    assert later.is_in()


def test_one_is_led_to_the_page_that_asked(hands: Hands) -> None:
    later = hands.elsewhere()
    later.type_password("anna@grain.example", next="/console/audit-log")
    assert later.type_code(later.app_code()).location == "/console/audit-log"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\n"]
)
def test_nobody_is_led_to_another_site(hands: Hands, elsewhere: str) -> None:
    later = hands.elsewhere()
    later.type_password("anna@grain.example", next=elsewhere)
    assert later.type_code(later.app_code()).location == "/console/staff"


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(hands: Hands) -> None:
    wrong = hands.elsewhere().type_password("anna@grain.example", "wrong")
    unknown = hands.elsewhere().type_password("nobody@grain.example", "wrong")
    assert wrong.status_code == unknown.status_code == 422
    assert wordless(wrong.text).replace("anna@", "nobody@") == wordless(unknown.text)


def test_a_code_counts_once(hands: Hands, clock: ObedientClock) -> None:
    code = hands.app_code()
    first, second = hands.elsewhere(), hands.elsewhere()
    first.type_password("anna@grain.example")
    second.type_password("anna@grain.example")
    assert first.type_code(code).status_code == 303
    answer = second.type_code(code)
    assert (answer.status_code, "was used" in answer.text) == (422, True)
    clock.advance(seconds=30)
    assert second.type_code(second.app_code()).status_code == 303


def test_a_code_of_the_step_before_a_taken_one_is_worthless(hands: Hands, clock: ObedientClock) -> None:
    earlier = hands.app_code()
    clock.advance(seconds=30)
    first, second = hands.elsewhere(), hands.elsewhere()
    first.type_password("anna@grain.example")
    first.type_code(first.app_code())
    second.type_password("anna@grain.example")
    assert second.type_code(earlier).status_code == 422


def test_a_code_of_long_ago_is_worthless(hands: Hands, clock: ObedientClock) -> None:
    old = hands.app_code()
    clock.advance(seconds=90)
    later = hands.elsewhere()
    later.type_password("anna@grain.example")
    assert later.type_code(old).status_code == 422


def test_a_recovery_code_lets_in_once_however_it_is_typed(hands: Hands) -> None:
    code = hands.codes[3]
    first, second = hands.elsewhere(), hands.elsewhere()
    first.type_password("anna@grain.example")
    assert first.type_code(code.upper().replace("-", " ")).status_code == 303
    second.type_password("anna@grain.example")
    assert second.type_code(code).status_code == 422
    assert second.type_code(hands.codes[4]).status_code == 303


def test_after_five_wrong_passwords_the_right_one_waits_for_a_quarter_of_an_hour(
    hands: Hands, clock: ObedientClock
) -> None:
    for _try in range(sign_in_limits.TRIES_PER_ACCOUNT):
        assert hands.elsewhere().type_password("anna@grain.example", "wrong").status_code == 422
    limited = hands.elsewhere().type_password("anna@grain.example")
    assert (limited.status_code, "Too many wrong tries" in limited.text) == (429, True)
    clock.advance(minutes=15)
    assert hands.elsewhere().type_password("anna@grain.example").status_code == 303


def test_a_login_that_nobody_has_is_limited_just_so(hands: Hands) -> None:
    answers = [
        hands.elsewhere().type_password("nobody", "wrong").status_code
        for _try in range(sign_in_limits.TRIES_PER_ACCOUNT + 1)
    ]
    assert answers == [422] * sign_in_limits.TRIES_PER_ACCOUNT + [429]


def test_five_wrong_codes_shut_the_second_factor_for_every_browser(hands: Hands) -> None:
    first, second = hands.elsewhere(), hands.elsewhere()
    first.type_password("anna@grain.example")
    second.type_password("anna@grain.example")
    for _try in range(sign_in_limits.TRIES_PER_ACCOUNT):
        assert first.type_code("000000").status_code == 422
    assert second.type_code(second.app_code()).status_code == 429


def test_one_address_may_not_try_many_accounts(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_limits, "TRIES_PER_NETWORK", 3)
    for number in range(3):
        assert hands.elsewhere().type_password(f"guess-{number}", "wrong").status_code == 422
    assert hands.elsewhere().type_password("anna@grain.example").status_code == 429
    other = hands.elsewhere()
    other.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert other.type_password("anna@grain.example").status_code == 303


def test_a_forged_forwarding_header_is_not_believed(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_limits, "TRIES_PER_NETWORK", 2)
    for number in range(2):
        other = hands.elsewhere()
        other.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"198.51.100.{number}"
        other.type_password(f"guess-{number}", "wrong")
    last = hands.elsewhere()
    last.client.environ_base["HTTP_X_FORWARDED_FOR"] = "198.51.100.9"
    assert last.type_password("anna@grain.example").status_code == 429


def test_the_way_from_password_to_code_is_open_for_ten_minutes(hands: Hands, clock: ObedientClock) -> None:
    later = hands.elsewhere()
    later.type_password("anna@grain.example")
    clock.advance(minutes=10)
    assert later.type_code(later.app_code()).location == "/staff/sign-in"


def test_somebody_disabled_knows_the_password_in_vain(hands: Hands, session: Session) -> None:
    later = hands.elsewhere()
    later.type_password("anna@grain.example")
    person = session.scalar(text("SELECT id FROM staff_members WHERE name = 'Anna'"))
    service.disable_staff_member(session, staff_id=person, who="test")
    assert later.type_code(later.app_code()).location == "/staff/sign-in"
    assert hands.elsewhere().type_password("anna@grain.example").status_code == 422
    assert not hands.is_in()


def test_signing_out_ends_the_session(hands: Hands) -> None:
    assert hands.post("/staff/sign-out", page="/staff/account").location == "/staff/sign-in"
    assert not hands.is_in()


def test_the_forms_need_their_own_token(hands: Hands) -> None:
    later = hands.elsewhere()
    assert later.client.post("/staff/sign-in", data={"login": "anna", "password": PASSWORD}).status_code == 403


def test_of_two_browsers_with_the_same_code_one_gets_in(committed_app: Flask, clock: ObedientClock) -> None:
    with committed_app.app_context(), transaction() as session:
        marat_id = marat(session).id
    hands = Hands(committed_app.test_client(), clock)
    with committed_app.app_context(), transaction() as session:
        link = service.issue_sign_in_link(session, staff_id=marat_id, who="test").text
    hands.open_link(link)
    hands.set_password(login="marat")
    hands.enrol()
    clock.advance(seconds=60)
    code, barrier, outcomes = hands.app_code(), threading.Barrier(4), []

    def prove() -> None:
        with committed_app.app_context():
            barrier.wait()
            with transaction() as session:
                member: StaffMember = factors.locked(session, marat_id)
                outcomes.append(factors.proven_by_code(session, member, code))

    threads = [threading.Thread(target=prove) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [None, None, None, "totp"]


def test_a_password_of_weaker_parameters_is_hashed_anew(hands: Hands, session: Session) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    session.execute(text("UPDATE staff_members SET password_hash = :weak"), {"weak": weak})
    begun = sign_in.begin_by_password(
        session, login="anna@grain.example", password=PASSWORD, network_address="127.0.0.1"
    )
    assert begun is not None
    session.expire_all()
    assert session.scalar(text("SELECT password_hash FROM staff_members")) != weak
