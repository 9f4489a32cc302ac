"""What arrived is asked of the phones' stand-in, and laid out as phones on a table."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.demo.cast import ALICE, BORIS
from backend.demo.phone_screens import lay_out
from backend.demo.story import give_phone
from backend.members.service import enrol_by_address, parse_phone
from backend.shared.db import transaction
from tests.staff.test_access import hidden

NINA = "+79120000003"


def message(to: str, title: str = "Title", body: str = "Body", *, channel: str = "push", second: int = 0) -> dict:
    sent_at = f"2026-11-22T09:31:{second:02d}Z"
    return {"channel": channel, "to": to, "title": title, "body": body, "data": {}, "sent_at": sent_at}


class StandIn:
    """Answers as the real one does: newest first, filtered by address."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                to = parse_qs(urlsplit(self.path).query).get("to", [None])[0]
                items = [one for one in stand_in.messages if to in (None, one["to"])]
                content = json.dumps({"items": items}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    made = StandIn()
    monkeypatch.setenv("MOLVA_PHONE_URL", f"http://127.0.0.1:{made.server.server_port}")
    yield made
    made.server.shutdown()
    made.server.server_close()


def join(app: Flask, phone: str, name: str, push_token: str) -> None:
    with app.app_context(), transaction() as session:
        member = enrol_by_address(
            session,
            address=parse_phone(phone, region="RU"),
            locale="en",
            zone="Europe/Moscow",
            source="app",
            verified=True,
            name=name,
        )
        give_phone(session, member_id=member.member_id, platform="android", push_token=push_token)


def test_the_messages_of_one_address_are_answered(here: FlaskClient, stand_in: StandIn) -> None:
    stand_in.messages = [message(NINA, channel="sms"), message("a-token")]
    answer = here.get("/demo/messages", query_string={"to": NINA})
    assert answer.json == {"items": [message(NINA, channel="sms")]}
    assert len(here.get("/demo/messages").json["items"]) == 2


def test_without_the_stand_in_it_is_said_so(here: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOLVA_PHONE_URL", "http://127.0.0.1:9")
    answer = here.get(f"/demo/messages?to={NINA}")
    assert (answer.status_code, answer.json["type"]) == (503, "demo-phones-away")
    assert "do not answer" in here.get("/demo/phone?lang=en").get_data(as_text=True)


def test_number_and_app_of_one_person_are_one_phone(demo_app: Flask) -> None:
    join(demo_app, NINA, "Nina Vetrova", "app-of-nina")
    messages = [message("app-of-nina", "+32 points", second=2), message(NINA, "Code", channel="sms", second=1)]
    with demo_app.app_context(), transaction() as session:
        table = lay_out(session, messages)
    nina = next(phone for phone in table.phones if phone.label == "Nina V.")
    assert [notice.title for notice in nina.notices] == ["+32 points", "Code"]
    assert table.other_devices == 0


def test_alice_and_boris_lie_first_whatever_happens(demo_app: Flask) -> None:
    join(demo_app, ALICE.phone, ALICE.name, ALICE.push_token)
    join(demo_app, BORIS.phone, BORIS.name, BORIS.push_token)
    messages = [message(f"+7912000{number:04d}", channel="sms") for number in range(100, 110)]
    with demo_app.app_context(), transaction() as session:
        table = lay_out(session, messages)
    assert [phone.label for phone in table.phones[:2]] == ["Alice K.", "Boris O."]
    assert len(table.phones) == 6


def test_apps_of_strangers_are_counted_together(demo_app: Flask) -> None:
    messages = [message(f"token-{number}", "Double points") for number in range(190)]
    with demo_app.app_context(), transaction() as session:
        table = lay_out(session, messages)
    assert table.other_devices == 190
    assert table.other_last is not None
    assert table.other_last.title == "Double points"


def test_a_code_is_shown_large_and_only_where_one_was_asked_for(demo_app: Flask) -> None:
    messages = [
        message(NINA, "Grain", "2705252 is your code.", channel="sms"),
        message(NINA, "Grain", "Welcome, 16 digits: 7043221055891234", channel="sms"),
    ]
    with demo_app.app_context(), transaction() as session:
        phone = lay_out(session, messages).phones[-1]
    assert [notice.code for notice in phone.notices] == ["2705252", None]


def test_what_arrives_is_text_and_never_markup(here: FlaskClient, stand_in: StandIn) -> None:
    stand_in.messages = [message(NINA, "<script>alert(1)</script>", "<b>bold</b>", channel="sms")]
    page = here.get("/demo/phone?lang=en").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page


def test_the_screens_are_sent_again_only_when_something_came(here: FlaskClient, stand_in: StandIn, clock) -> None:
    stand_in.messages = [message(NINA, channel="sms")]
    first = here.get("/demo/phone/screens")
    again = here.get("/demo/phone/screens", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    stand_in.messages.insert(0, message(NINA, "Another", channel="sms", second=5))
    fresh = here.get("/demo/phone/screens", headers={"If-None-Match": first.headers["ETag"]})
    assert fresh.status_code == 200
    assert "Another" in fresh.get_data(as_text=True)


def test_the_pages_buttons_move_the_clock_and_lead_back(here: FlaskClient, stand_in: StandIn) -> None:
    token = hidden(here.get("/demo/phone").get_data(as_text=True), "csrf_token")
    answer = here.post("/demo/later", data={"csrf_token": token, "days": "15", "back": "phone"})
    assert (answer.status_code, answer.location) == (303, "/demo/phone")
    assert here.post("/demo/later", data={"days": "15"}).status_code == 403
