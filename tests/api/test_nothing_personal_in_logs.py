"""Canaries – a phone, an address, names, secrets – go every way there is; then logs and database are searched for them.

The processes are those of an installation: granian with its access log on, and a worker. What is read afterwards is
everything that they, and PostgreSQL, have written down.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.programmes import service as programmes
from backend.running import supervisor
from backend.shared.clock import business_now
from backend.shared.db import Base, db, transaction
from tests.conftest import Databases, make_settings
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_staff_token, a_till_key
from tests.factories.till import DEMO_PROGRAMME
from tests.processes import wait_for
from tests.push.conftest import RunningPhone, free_port, start_phone

ROOT = Path(__file__).parents[2]
ALICE_PHONE, STRANGER_PHONE, DASHA_PHONE = "+79037419628", "+79037419629", "+79037419631"
BORIS_EMAIL = "boleslav.kanarejkin@example.net"
ALICE_NAME, BORIS_NAME, BORIS_NEW_NAME = "Аполлинария Зябликова", "Boleslav Kanarejkin", "Boleslav Shchegolev"
PUSH_TOKENS = {"alice": "fcm-canary-of-alice-7c1f", "boris": "fcm-canary-of-boris-93ab"}
PEOPLE = {
    *(ALICE_PHONE, STRANGER_PHONE, DASHA_PHONE, BORIS_EMAIL),
    *(word for name in (ALICE_NAME, BORIS_NAME, BORIS_NEW_NAME) for word in name.split()),
}
SEPARATORS = r"[\s()+.\-]*"


def pattern_of(canary: str) -> re.Pattern[str]:
    """Finds a canary as it is, escaped, in an address and in the bytes of a column; a phone however it is spaced."""
    digits = canary.removeprefix("+7")
    if digits.isdigit():
        spaced = SEPARATORS.join(digits)
        return re.compile(f"{spaced}|{digits.encode().hex()}")
    ways = {canary, quote(canary), json.dumps(canary)[1:-1], canary.encode().hex()}
    return re.compile("|".join(re.escape(way) for way in sorted(ways)), re.IGNORECASE)


def traces(canaries: set[str], written: dict[str, str]) -> list[str]:
    """Where a canary was written down, with what stands around it."""
    found = []
    for canary in sorted(canaries):
        pattern = pattern_of(canary)
        for place, content in written.items():
            match = pattern.search(content)
            if match:
                around = content[max(0, match.start() - 100) : match.end() + 60]
                found.append(f"{canary} in {place}: …{around}…")
    return found


@dataclass
class Installation:
    """An installation at work: its address, its database, its logs."""

    app: Flask
    address: str
    phone: RunningPhone
    logs: dict[str, Path]
    till_key: str = ""
    staff_token: str = ""
    secrets: set[str] = field(default_factory=set)

    def run(self, work: Callable[[Session], Any]) -> Any:
        """Does something in the database and keeps it."""
        with self.app.app_context(), transaction() as session:
            return work(session)

    def call(self, method: str, path: str, *, bearer: str = "", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return requests.request(method, f"{self.address}{path}", headers=headers, timeout=60, **options)

    def code_sent_to(self, address: str) -> str:
        """The one-time code in the newest message to this address."""
        wait_for(lambda: self.phone.messages(address))
        message = self.phone.messages(address)[0]
        found = re.search(r"\d{7}", re.sub(r"(?<=\d)[ \u00a0](?=\d)", "", f"{message['title']} {message['body']}"))
        assert found, message
        return found[0]

    def sign_in(self, name: str, address: dict[str, str], **joining: str) -> str:
        """Somebody joins by phone or e-mail; the access token."""
        assert self.call("POST", "/api/v1/sign-in/codes", json=address).status_code == 202
        code = self.code_sent_to(*address.values())
        wrong = {**address, "code": f"{(int(code) + 1) % 10_000_000:07d}"}
        assert self.call("POST", "/api/v1/sign-in/tokens", json=wrong).status_code == 422
        consents = [{"purpose": "marketing", "channel": "push"}]
        body = {**address, **joining, "code": code, "name": name, "consents": consents}
        answer = self.call("POST", "/api/v1/sign-in/tokens", json=body)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        self.secrets |= {token, answer.json()["refresh_token"]}
        return token

    def written(self) -> dict[str, str]:
        """Every log."""
        return {name: path.read_text(errors="replace") for name, path in self.logs.items()}

    def stored(self) -> dict[str, str]:
        """Every row of every table, by table; bytes as hexadecimal digits."""

        def read(session: Session) -> dict[str, str]:
            return {
                table: "\n".join(session.scalars(text(f'SELECT to_jsonb(one)::text FROM "{table}" AS one')))
                for table in Base.metadata.tables
            }

        rows: dict[str, str] = self.run(read)
        return rows


@pytest.fixture(scope="module")
def installation(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    var, url, port = tmp_path_factory.mktemp("var"), databases.create(), free_port()
    phone = start_phone(tmp_path_factory.mktemp("phone"))
    app = create_app(make_settings(url, var))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")},
        "MOLVA_DATABASE_URL": url,
        "MOLVA_SECRET_KEY": app.config["MOLVA"].secret_key,
        "MOLVA_VAR": str(var),
        **phone.preparation.settings,
    }
    commands = {
        "web": [*supervisor._granian("127.0.0.1", port), "--access-log"],
        "worker": ["-m", "backend.cli", "worker"],
    }
    logs = {name: var / f"{name}.log" for name in commands} | {"postgres": databases._server.files.log}
    processes = []
    for name, command in commands.items():
        with logs[name].open("wb") as log:
            processes.append(
                subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log)
            )
    opened = Installation(app, f"http://127.0.0.1:{port}", phone, logs)
    opened.run(open_shop(opened))
    wait_for(lambda: is_up(opened.address))
    yield opened
    for process in [*processes, phone.process]:
        process.terminate()
        process.wait(30)
    with app.app_context():
        db.engine.dispose()
    databases.drop(url)


def open_shop(installation: Installation) -> Callable[[Session], None]:
    def work(session: Session) -> None:
        a_shop(session), a_store(session)
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        installation.till_key = a_till_key(session)
        installation.staff_token = a_staff_token(session, "marketer")

    return work


def is_up(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def people_join(shop: Installation) -> tuple[str, str]:
    """Alice by phone, Boris by e-mail and her invitation; each with a phone to be pushed to."""
    alice = shop.sign_in(ALICE_NAME, {"phone": ALICE_PHONE})
    invitation = shop.call("GET", "/api/v1/me/referral", bearer=alice).json()
    assert requests.get(f"{shop.address}/r/{invitation['code']}", timeout=60).status_code == 200
    boris = shop.sign_in(BORIS_NAME, {"email": BORIS_EMAIL}, referral_code=invitation["link"])
    for token, name in ((alice, "alice"), (boris, "boris")):
        device = {"platform": "android", "push_token": PUSH_TOKENS[name]}
        assert shop.call("PUT", f"/api/v1/me/devices/{name}", bearer=token, json=device).status_code == 200
    assert shop.call("PATCH", "/api/v1/me", bearer=boris, json={"name": BORIS_NEW_NAME}).status_code == 200
    return alice, boris


def the_till_works(shop: Installation, boris: str) -> None:
    """Scans, an enrolment, the purchase that the recommendation is rewarded for, and requests that are refused."""
    local = "8 (903) 741-96-28"
    assert shop.call("POST", "/api/v1/till/scans", bearer=shop.till_key, json={"code": local}).status_code == 200
    unknown = {"code": STRANGER_PHONE}
    assert shop.call("POST", "/api/v1/till/scans", bearer=shop.till_key, json=unknown).status_code == 404
    enrolled = shop.call("POST", "/api/v1/till/members", bearer=shop.till_key, json={"phone": DASHA_PHONE})
    assert enrolled.status_code == 201
    wait_for(lambda: shop.phone.messages(DASHA_PHONE))
    card = shop.call("GET", "/api/v1/me/card", bearer=boris).json()["number"]
    receipt = {
        "external_id": "canary-1",
        "code": card,
        "occurred_at": business_now().isoformat(),
        "currency": "RUB",
        "total": 70_000,
    }
    assert shop.call("POST", "/api/v1/till/receipts", bearer=shop.till_key, json=receipt).status_code == 201
    kept = receipt | {"external_id": "canary-2", "code": STRANGER_PHONE}
    assert shop.call("POST", "/api/v1/till/receipts", bearer=shop.till_key, json=kept).json()["unattached"] is True
    wrong = [
        receipt | {"external_id": ALICE_NAME},
        receipt | {"external_id": "canary-3", "phone": ALICE_PHONE, BORIS_EMAIL: BORIS_NAME},
        receipt | {"total": 1, "code": ALICE_PHONE},
    ]
    for body in wrong:
        answer = shop.call("POST", "/api/v1/till/receipts", bearer=shop.till_key, json=body)
        assert answer.status_code in {404, 422}, answer.text
    batch = {"receipts": [*wrong, kept]}
    assert shop.call("POST", "/api/v1/till/receipts/batch", bearer=shop.till_key, json=batch).status_code == 200


def addresses_are_refused(shop: Installation) -> None:
    """Wrong, repeated, and on a page."""
    bodies = [
        {"phone": f"{ALICE_PHONE} доб. 5"},
        {"email": f"{BORIS_EMAIL}@"},
        {"phone": ALICE_PHONE, "email": BORIS_EMAIL},
    ]
    for body in bodies:
        assert shop.call("POST", "/api/v1/sign-in/codes", json=body).status_code == 422
    for _ in range(2):
        answer = shop.call("POST", "/api/v1/sign-in/codes", json={"phone": STRANGER_PHONE})
    assert answer.status_code == 429
    with requests.Session() as browser:
        form = browser.get(f"{shop.address}/join", timeout=60).text
        token = form.split('name="csrf_token" value="')[1].split('"')[0]
        typed = {"csrf_token": token, "by": "phone", "phone": ALICE_PHONE, "referral_code": ALICE_NAME}
        assert browser.post(f"{shop.address}/join", data=typed, timeout=60).status_code == 422


def something_breaks(shop: Installation) -> None:
    """The database lacks a table for a while: what was asked ends as an unforeseen error, with a traceback."""
    shop.run(lambda session: session.execute(text("ALTER TABLE member_contacts RENAME TO mislaid")))
    try:
        code = shop.call("POST", "/api/v1/sign-in/tokens", json={"phone": ALICE_PHONE, "code": "1234567"})
        scan = shop.call("POST", "/api/v1/till/scans", bearer=shop.till_key, json={"code": ALICE_PHONE})
        enrol = shop.call("POST", "/api/v1/till/members", bearer=shop.till_key, json={"phone": STRANGER_PHONE})
    finally:
        shop.run(lambda session: session.execute(text("ALTER TABLE mislaid RENAME TO member_contacts")))
    assert 500 in {code.status_code, scan.status_code, enrol.status_code}


def the_providers_have_a_bad_day(shop: Installation) -> None:
    """An SMS is not taken, and a push token is said to be nobody's."""
    shop.phone.fail(
        {"kind": "unavailable", "channel": "sms", "to": STRANGER_PHONE},
        {"kind": "unregistered", "channel": "push", "to": PUSH_TOKENS["boris"]},
    )


def a_campaign_goes_out(shop: Installation) -> None:
    """To everybody's phones, and the worker tries whatever is in line."""
    words = {"title": "Double points", "body": "Until Sunday."}
    campaign = {"name": "Beans", "kind": "service", "message": {"ru": words, "en": words}}
    written = shop.call("POST", "/api/v1/staff/campaigns", bearer=shop.staff_token, json=campaign)
    assert written.status_code == 201, written.text
    start = f"/api/v1/staff/campaigns/{written.json()['id']}/start"
    assert shop.call("POST", start, bearer=shop.staff_token).status_code == 200
    untried = text("SELECT count(*) FROM deliveries WHERE settled_at IS NULL AND repeats = 0")
    wait_for(lambda: any(one["title"] == words["title"] for one in shop.phone.messages(PUSH_TOKENS["alice"])))
    wait_for(lambda: shop.run(lambda session: session.scalar(untried)) == 0)


@pytest.fixture(scope="module")
def lived(installation: Installation) -> tuple[Installation, str, str]:
    """The installation after all of it, with the tokens of Alice and Boris."""
    alice, boris = people_join(installation)
    the_till_works(installation, boris)
    the_providers_have_a_bad_day(installation)
    addresses_are_refused(installation)
    something_breaks(installation)
    a_campaign_goes_out(installation)
    installation.secrets |= {installation.till_key, installation.staff_token, *PUSH_TOKENS.values()}
    return installation, alice, boris


def test_the_search_finds_what_it_looks_for() -> None:
    hidden = {
        "log": f"member +7 (903) 741-96-28, {json.dumps(ALICE_NAME)}",
        "access": f"GET /?q={quote(BORIS_EMAIL)}",
        "bytes": BORIS_NAME.encode().hex(),
    }
    found = " ".join(traces(PEOPLE, hidden))
    for canary in (ALICE_PHONE, "Зябликова", BORIS_EMAIL):
        assert canary in found
    assert traces({BORIS_NAME}, hidden) != []
    assert traces(PEOPLE, {"log": "member 01a201a5-4247-7b12-ba05-eab6168f3766 has 9037 points"}) == []


def test_no_log_names_anybody(lived: tuple[Installation, str, str]) -> None:
    written = lived[0].written()
    assert "/api/v1/till/scans" in written["web"], "the access log is on"
    assert "unforeseen" in written["web"], "something did break"
    assert traces(PEOPLE, written) == []


def test_no_log_gives_a_secret_away(lived: tuple[Installation, str, str]) -> None:
    assert traces(lived[0].secrets, lived[0].written()) == []


def test_no_table_holds_anybody_in_plain_text(lived: tuple[Installation, str, str]) -> None:
    stored = lived[0].stored()
    assert stored["members"]
    assert stored["messages"]
    assert traces(PEOPLE, stored) == []


def test_no_table_holds_a_secret_that_opens_something(lived: tuple[Installation, str, str]) -> None:
    assert traces(lived[0].secrets, lived[0].stored()) == []


def test_who_is_erased_is_nameless_in_what_others_were_told(lived: tuple[Installation, str, str]) -> None:
    shop, alice, boris = lived

    def titles(language: str) -> set[str]:
        assert shop.call("PATCH", "/api/v1/me", bearer=alice, json={"locale": language}).status_code == 200
        answer = shop.call("GET", "/api/v1/me/messages", bearer=alice)
        return {item["title"] for item in answer.json()["items"]}

    assert {"Boleslav joined by your link", "200 points for Boleslav"} <= {
        title.replace("\u00a0", " ") for title in titles("en")
    }
    assert "По вашей ссылке теперь с нами Boleslav" in titles("ru")
    assert shop.call("DELETE", "/api/v1/me", bearer=boris).status_code == 204
    assert "A new guest joined by your link" in titles("en")
    assert "По вашей ссылке теперь с нами новый гость" in titles("ru")
    assert not any("Boleslav" in title for title in titles("en") | titles("ru"))
