"""Marat at his desk: a browser that is signed in to the console."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.shops import a_shop
from tests.factories.staff import marat, olga, signed_in_cookie


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


@pytest.fixture
def desk(session: Session, client: FlaskClient, clock: object) -> Browser:
    """Marat's browser, in English."""
    a_shop(session)
    browser = sign_in(session, client, marat(session).id)
    browser.get("/console/campaigns?lang=en")
    return browser


@pytest.fixture
def olgas(session: Session, client: FlaskClient, clock: object) -> Browser:
    """Olga's browser: support has no campaigns."""
    a_shop(session)
    return sign_in(session, client, olga(session).id)
