"""Marat, Olga and Anna at their desks, a till, and real browsers for everybody."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from backend.shared.db import run_transaction
from backend.staff.models import StaffMember
from backend.staff.roles import Role
from tests.console.desk import Browser, Desk, at_desk, sign_in
from tests.factories.shops import a_shop
from tests.factories.staff import marat, signed_in_cookie
from tests.factories.staff import olga as a_supporter
from tests.factories.till import OpenTill, open_till


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
    return sign_in(session, client, a_supporter(session).id)


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: object) -> OpenTill:
    return open_till(session, client)


@pytest.fixture
def olga(app: Flask, session: Session, till: OpenTill) -> Desk:
    return at_desk(app, session, Role.SUPPORT)


@pytest.fixture
def anna(app: Flask, session: Session, till: OpenTill) -> Desk:
    return at_desk(app, session, Role.ADMINISTRATOR)


@pytest.fixture
def address(committed_app: Flask) -> Iterator[str]:
    """The application at a port, with a shop."""
    with committed_app.app_context():
        run_transaction(a_shop)
    server = make_server("127.0.0.1", 0, committed_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browse(committed_app: Flask, address: str, chromium: Chromium) -> Iterator[Callable[..., Page]]:
    """Opens a browser in which somebody of the staff is signed in, in English; what went wrong is in `problems`."""
    contexts = []

    def open_page(person: Callable[[Session], StaffMember], **options: Any) -> Page:
        with committed_app.app_context():
            staff_id = run_transaction(lambda session: person(session).id)
            cookie = run_transaction(lambda session: signed_in_cookie(committed_app, session, staff_id))
        context = chromium.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "base_url": address} | options
        )
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
        page = context.new_page()
        problems: list[str] = []
        page.problems = problems  # type: ignore[attr-defined]
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
