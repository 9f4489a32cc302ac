"""What people do at the pages of the sign-in, with a test client: open a link, type, read codes off the phone."""

import base64
import re
import struct
from dataclasses import dataclass, field
from datetime import datetime
from hmac import digest
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.staff import service
from backend.staff.models import StaffMember
from tests.conftest import ObedientClock

PASSWORD = "three brown kettles"


def code_of(secret: str, at: datetime) -> str:
    """What an authenticator app shows (RFC 6238), reckoned here by itself."""
    step = struct.pack(">Q", int(at.timestamp()) // 30)
    mac = digest(base64.b32decode(secret.replace(" ", "")), step, "sha1")
    start = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def hidden(page: str, name: str = "csrf_token") -> str:
    """The value of a hidden field."""
    return page.split(f'name="{name}" value="')[1].split('"')[0]


@dataclass
class Hands:
    """Somebody at a browser, with a phone beside it."""

    client: FlaskClient
    clock: ObedientClock
    secret: str = ""
    codes: list[str] = field(default_factory=list)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Accept": "text/html"}, query_string={"lang": "en"})

    def post(self, path: str, *, page: str = "/staff/sign-in", **typed: str) -> Any:
        """Sends a form with the token of the page that it stands on."""
        token = hidden(self.client.get(page, follow_redirects=True).text)
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        return self.client.post(path, data={"csrf_token": token, **typed}, headers=headers)

    def open_link(self, link: str) -> Any:
        return self.post("/staff/set-up", link=link)

    def set_password(self, password: str = PASSWORD, **typed: str) -> Any:
        return self.post("/staff/set-up/password", password=password, **typed)

    def enrol(self) -> Any:
        """Scans the QR code (reads the secret under it) and types the app's code."""
        page = self.get("/staff/set-up/factor").text
        self.secret = re.findall(r'id="app-secret">([^<]+)<', page)[0]
        answer = self.post("/staff/set-up/factor", code=self.app_code())
        self.codes = re.findall(r"<li>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</li>", answer.text)
        return answer

    def set_up(self, session: Session, person: StaffMember, *, login: str) -> Any:
        """All of it: from the link to the first page."""
        link = service.issue_sign_in_link(session, staff_id=person.id, who="test").text
        assert self.open_link(link).location == "/staff/set-up/password"
        assert self.set_password(login=login).location == "/staff/set-up/factor"
        assert self.enrol().status_code == 200
        return self.post("/staff/set-up/finish")

    def app_code(self) -> str:
        """What the phone shows now."""
        return code_of(self.secret, self.clock._now)

    def type_password(self, login: str, password: str = PASSWORD, **typed: str) -> Any:
        return self.post("/staff/sign-in", login=login, password=password, **typed)

    def type_code(self, code: str) -> Any:
        return self.post("/staff/sign-in/factor", code=code)

    def is_in(self) -> bool:
        """Whether the browser is signed in."""
        return self.get("/staff/account").status_code == 200

    def elsewhere(self) -> "Hands":
        """The same person at another browser."""
        return Hands(self.client.application.test_client(), self.clock, self.secret, self.codes)
