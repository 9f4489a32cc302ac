"""A shop with its programme, and a person with a phone in front of it."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.notifications import sealing
from backend.notifications.models import AddressedMessage
from backend.shared.wording import Reader, render_body
from tests.factories.till import OpenTill, open_till

API = "/api/v1"


@dataclass
class Person:
    """Somebody with a phone in their hand: asks for codes, reads what arrives, signs in, asks about themselves."""

    client: FlaskClient
    session: Session
    phone: str
    headers: dict[str, str] = field(default_factory=dict)
    refresh_token: str = ""

    def asks_for_code(self, **headers: str) -> Any:
        return self.client.post(f"{API}/sign-in/codes", json={"phone": self.phone}, headers=headers)

    def message(self) -> str:
        """The text of the newest one-time code."""
        row = self.session.scalars(select(AddressedMessage).order_by(AddressedMessage.id.desc())).first()
        assert row is not None
        document = sealing.unseal(row.sealed, row_id=row.id)
        return render_body(row.kind, document["facts"], Reader(row.locale))

    def code(self) -> str:
        return "".join(word for word in self.message().rstrip(".").split() if word.rstrip(".").isdigit())[:7]

    def gives(self, code: str, **fields: Any) -> Any:
        return self.client.post(f"{API}/sign-in/tokens", json={"phone": self.phone, "code": code, **fields})

    def signs_in(self, **fields: Any) -> dict[str, Any]:
        """Asks for a code, reads it, gives it; the answer, whose tokens are used from then on."""
        assert self.asks_for_code().status_code == 202
        answer = self.gives(self.code(), **fields)
        assert answer.status_code == 200, answer.json
        self.headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
        self.refresh_token = answer.json["refresh_token"]
        return dict(answer.json)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"{API}{path}", headers=self.headers | headers)

    def patch(self, path: str, body: object) -> Any:
        return self.client.patch(f"{API}{path}", json=body, headers=self.headers)

    def put(self, path: str, body: object) -> Any:
        return self.client.put(f"{API}{path}", json=body, headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(f"{API}{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"{API}{path}", headers=self.headers)


@pytest.fixture
def till(session, client, clock) -> OpenTill:
    """The shop is open."""
    return open_till(session, client)


@pytest.fixture
def alice(session, client, till) -> Person:
    return Person(client, session, "+79123456789")


@pytest.fixture
def boris(session, client, till) -> Person:
    return Person(client, session, "8 (926) 111-22-33")
