"""Giving points to another member: what is wrong is said before it is sent, and nothing is given twice."""

from typing import Any

import pytest

from client_kivy.api.errors import Problem
from client_kivy.headless import Headless
from client_kivy.state import language
from client_kivy.state.giving import Keys, Order, Terms, faults_of, order_of, terms_of
from tests.client_kivy.scripted_server import FlaskTransport, Script
from tests.client_kivy.test_app import button, texts

TERMS = Terms(minimum_points=10, maximum_points_per_day=500)
CARD = "9710 0044 2031 3201"


def faults(to: str, points: str, available: int = 231) -> dict[str, str]:
    order, found = order_of(to, points, terms=TERMS, available=available)
    assert (order is None) == bool(found)
    return found


def test_a_card_number_or_a_phone_and_a_number_of_points_are_an_order() -> None:
    assert order_of(f" {CARD} ", "50", terms=TERMS, available=231) == (Order(CARD, 50), {})
    assert order_of("8 (926) 111-22-33", "231", terms=TERMS, available=231)[0] == Order("8 (926) 111-22-33", 231)
    assert order_of(CARD, "1 000", terms=TERMS, available=2_000)[0] == Order(CARD, 1_000)


@pytest.mark.parametrize("to", ["", "9710", "Boris", "boris@example.org", "1" * 17])
def test_what_can_be_neither_card_nor_phone_is_not_sent(to: str) -> None:
    assert list(faults(to, "50")) == ["to"]


@pytest.mark.parametrize("points", ["", "0", "-5", "+5", "1.5", "ten", "٥", "9" * 40])
def test_what_is_no_number_of_points_is_not_sent(points: str) -> None:
    assert faults(CARD, points) == {"points": "Write how many points, like 50."}


def test_too_many_and_too_few_are_not_sent() -> None:
    assert faults(CARD, "232") == {"points": "You have 231 points to give."}
    assert faults(CARD, "9") == {"points": "At least 10 points at once."}
    language.use("ru")
    assert faults(CARD, "5", available=1)["points"].replace("\xa0", " ") == "Вы можете передать: 1 балл."
    assert faults(CARD, "9")["points"].replace("\xa0", " ") == "За один раз – минимум 10 баллов."


def test_the_terms_are_told_in_a_line() -> None:
    assert terms_of({"transfers": None}) is None
    assert terms_of({"transfers": {"minimum_points": 1, "maximum_points_per_day": None}}) == Terms()
    assert (Terms().note, TERMS.note) == ("To whoever has a card here", "Up to 500 points a day")


def test_an_order_keeps_its_key_until_it_is_answered() -> None:
    keys, order = Keys(), Order(CARD, 50)
    first = keys.of(order)
    assert keys.of(Order(CARD, 50)) == first != keys.of(Order(CARD, 51))
    keys.answered(order)
    assert keys.of(order) != first


def test_the_servers_refusal_stands_beside_what_is_to_blame() -> None:
    limit = {"type": "transfer-limit-reached", "title": "At most 500 points", "detail": "Today you can still give 470."}
    assert faults_of(Problem(status=422, document=limit)) == {
        "points": "At most 500 points. Today you can still give 470."
    }
    owed = {"type": "points-owed", "title": "You owe 5 points"}
    assert faults_of(Problem(status=409, document=owed)) == {"order": "You owe 5 points"}


pytest_app = pytest.mark.app


def sheet(driver: Headless) -> Any:
    driver.app.go("profile")
    driver.settle()
    driver.touch(button(driver, "Give points"))
    driver.settle()
    return driver.app.root.children[0].content


@pytest_app
def test_points_are_given_after_a_question_and_once(at_home: Headless, script: Script) -> None:
    give = sheet(at_home)
    give.ids.to.text, give.ids.points.text = CARD, "50"
    give.press()
    assert give.question.replace("\xa0", " ") == f"50 points to {CARD}? This cannot be taken back."
    assert not script.given
    give.ids.points.text = "60"
    assert give.question == ""
    give.press()
    give.press()
    give.press()
    at_home.settle()
    assert [one["points"] for one in script.given.values()] == [60]
    assert at_home.app.store.get("balance").data["available"] == 1180


@pytest_app
def test_a_lost_answer_is_asked_for_again_even_from_a_new_sheet(
    at_home: Headless, script: Script, transport: FlaskTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    give = sheet(at_home)
    give.ids.to.text, give.ids.points.text = CARD, "50"
    answered = transport.send

    def lose_the_answer(sent: Any) -> Any:
        answer = answered(sent)
        if sent.path.endswith("/transfers"):
            transport.connected = False
            return answered(sent)
        return answer

    monkeypatch.setattr(transport, "send", lose_the_answer)
    give.press()
    give.press()
    at_home.until(lambda: give.error)
    assert give.error == "No connection. Try again: nothing is given twice."
    monkeypatch.setattr(transport, "send", answered)
    transport.connected = True
    at_home.app.root.close_sheet()
    again = sheet(at_home)
    again.ids.to.text, again.ids.points.text = CARD, "50"
    again.press()
    again.press()
    at_home.settle()
    assert (len(script.given), script.available) == (1, 1190)


@pytest_app
def test_a_recipient_whom_nobody_knows_is_told_beside_the_field(at_home: Headless, script: Script) -> None:
    give = sheet(at_home)
    give.ids.to.text, give.ids.points.text = "+79990000000", "50"
    give.press()
    give.press()
    at_home.until(lambda: give.ids.to.error)
    assert give.ids.to.error == "Nobody here has this card number or phone"
    assert (give.question, give.action) == ("", "Give points")


@pytest_app
def test_where_it_is_not_allowed_nobody_is_asked(at_home: Headless, script: Script) -> None:
    script.transfers = None
    at_home.app.go("profile")
    at_home.app.page.retry()
    at_home.settle()
    assert at_home.app.page.giving == ""
    assert "Up to 500 points a day" not in texts(at_home)
