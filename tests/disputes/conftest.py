"""Alice, who asks, and Olga, who answers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.factories.members import alice, boris, headers_of
from tests.factories.staff import a_staff_token, bearer
from tests.factories.till import OpenTill, open_till


@dataclass
class Caller:
    """Somebody with the app, or a program of the staff, as the API knows them."""

    client: FlaskClient
    headers: dict[str, str]
    id: UUID | None = None
    root: str = "/api/v1/me"

    def get(self, path: str = "/disputes") -> Any:
        return self.client.get(f"{self.root}{path}", headers=self.headers)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{self.root}{path}", json=body, headers=self.headers | named)

    def ask(self, text: str = "Please look at it.", **fields: Any) -> Any:
        """Opens a dispute."""
        return self.post("/disputes", {"text": text} | fields)

    def entries(self) -> list[dict[str, Any]]:
        answer = self.get("/entries")
        assert answer.status_code == 200, answer.text
        return answer.json["items"]

    def send_photo(self, dispute_id: str, content: bytes, **headers: str) -> Any:
        from io import BytesIO

        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            f"{self.root}/disputes/{dispute_id}/evidence",
            data={"photo": (BytesIO(content), "receipt.jpg")},
            content_type="multipart/form-data",
            headers=self.headers | named,
        )


@pytest.fixture
def till(client, session, clock) -> OpenTill:
    return open_till(session, client)


@pytest.fixture
def alices(session, client, till) -> Caller:
    member_id = alice(session).id
    return Caller(client, headers_of(session, member_id), member_id)


@pytest.fixture
def boriss(session, client, till) -> Caller:
    member_id = boris(session).id
    return Caller(client, headers_of(session, member_id), member_id)


@pytest.fixture
def olgas(session, client, till) -> Caller:
    return Caller(client, bearer(a_staff_token(session, "support")), root="/api/v1/staff")
