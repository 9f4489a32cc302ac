"""People at the console, each with a browser of their own, and members with something in their books."""

import html
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Cause
from backend.shared.clock import business_now, system_now
from backend.staff import service as staff
from backend.staff.models import StaffMember
from backend.staff.queries import StaffIdentity
from backend.staff.roles import Role
from tests.factories.staff import signed_in_cookie
from tests.factories.till import OpenTill

NAMES = {
    Role.SUPPORT: "Olga",
    Role.ADMINISTRATOR: "Anna",
    Role.AUDITOR: "Arkady",
    Role.MARKETER: "Marat",
    Role.ANALYST: "Lena",
}
COMPLAINT = {"points": "+300", "reason": "complaint", "note": "Case 4711"}


@dataclass
class Browser:
    """A client that fills in the token of the pages' forms."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, headers={"Accept": "text/html"}, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, *, token: str | None = None) -> Any:
        data = {"csrf_token": token if token is not None else self.token()} | (form or {})
        return self.client.post(path, data=data, headers={"Accept": "text/html"})

    def token(self) -> str:
        page = self.get("/console/campaigns/new").text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page
        return found[1]


def sign_in(session: Session, client: FlaskClient, staff_id: UUID) -> Browser:
    client.set_cookie("session", signed_in_cookie(client.application, session, staff_id))
    return Browser(client)


@dataclass
class Desk:
    """Somebody's browser at the console; forms carry the token of their page."""

    client: FlaskClient
    who: str

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Accept": "text/html"})

    def page(self, path: str) -> str:
        """What the page says, as it is read."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return words(answer.text)

    def post(self, path: str, form: dict[str, Any] | None = None, *, token: str | None = None) -> Any:
        data = {"csrf_token": self.token() if token is None else token} | (form or {})
        return self.client.post(path, data=data, headers={"Accept": "text/html"})

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/console").text)
        assert found
        return found[1]


def words(page: str) -> str:
    """A page without its marks, in one line."""
    shown = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(shown))


def colleague(session: Session, role: Role, name: str | None = None) -> StaffMember:
    """Somebody of the staff with this role."""
    return staff.create_staff_member(session, name=name or NAMES[role], role=role, who="test")


def at_desk(app: Flask, session: Session, role: Role, name: str | None = None) -> Desk:
    """Somebody with this role, signed in, in English."""
    person = colleague(session, role, name)
    browser = sign_in(session, app.test_client(), person.id)
    browser.client.get("/console?lang=en", headers={"Accept": "text/html"})
    return Desk(browser.client, who=f"staff_member:{person.id}")


def identity(person: StaffMember) -> StaffIdentity:
    """Somebody of the staff as the services know them."""
    return StaffIdentity(
        id=person.id, name=person.name, role=person.role, store_id=None, who=f"staff_member:{person.id}"
    )


def a_cause(natural_key: str, *, programme: str = "grain") -> Cause:
    """A cause of a transaction with little to say."""
    return Cause(
        natural_key=natural_key,
        effective_at=business_now(),
        recorded_at=system_now(),
        wording="ledger.release",
        programme=programme,
        programme_version=1,
    )


def give(session: Session, member_id: UUID, points: int) -> None:
    """Points that can be spent at once."""
    book = ledger.open_books(session, [member_id], with_lots=True)[member_id]
    cause = a_cause(f"gift:{points}:{book.transactions_count}")
    book.accrue(cause, points=points, available_at=cause.effective_at, expires_at=None)
    ledger.write(session, [book])


def returns(till: OpenTill, amount: int, *, sale: str = "sale-1", number: str = "return-1") -> Any:
    """A part of a sale comes back."""
    body = {"external_id": number, "occurred_at": business_now().isoformat(), "amount": amount}
    return till.post(f"/receipts/{sale}/returns", body)
