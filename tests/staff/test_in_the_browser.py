"""The whole way in as people go it, in Chromium: by passkey of a virtual security key, by app, by keyboard."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright, expect
from werkzeug.serving import make_server

from backend.shared.clock import system_now
from backend.shared.db import transaction
from backend.staff import service
from backend.staff.roles import Role
from tests.browser import launch, needs_chromium
from tests.factories.shops import a_shop
from tests.staff.hands import PASSWORD, code_of

pytestmark = needs_chromium
LOCALHOST_TOO = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@dataclass
class Shop:
    """A server under a name, as passkeys need it, and the link of its first administrator."""

    app: Flask
    address: str
    link: str


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = launch(playwright, LOCALHOST_TOO)
    yield started
    started.close()


@pytest.fixture
def shop(make_app: Callable[..., Flask]) -> Iterator[Shop]:
    server = make_server("127.0.0.1", 0, lambda *_request: [], threaded=True)
    address = f"http://localhost:{server.server_port}"
    app = make_app(public_url=address)
    server.app = app
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with app.app_context(), transaction() as session:
        a_shop(session)
        person = service.create_staff_member(
            session, name="Anna", role=Role.ADMINISTRATOR, login="anna@grain.example", who="test"
        )
        link = service.issue_sign_in_link(session, staff_id=person.id, who="test").text
    yield Shop(app, address, f"{address}/staff/sign-in?link={link}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB")
    made = context.new_page()
    faults: list[str] = []
    made.on("pageerror", lambda error: faults.append(str(error)))
    yield made
    context.close()
    assert faults == []


def security_key(page: Page) -> tuple[Any, str]:
    """Plugs a virtual security key into the page's browser."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    key = tools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})
    return tools, key["authenticatorId"]


def begin(page: Page, shop: Shop) -> None:
    page.goto(shop.link)
    page.get_by_role("button", name="Begin").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def finish(page: Page) -> list[str]:
    expect(page.get_by_role("heading", name="Keep the recovery codes")).to_be_visible()
    kept = page.get_by_role("button", name="I have kept them")
    expect(kept).to_be_visible()
    codes = page.locator("#recovery-codes li").all_inner_texts()
    kept.click()
    expect(page.get_by_role("heading", name="Staff")).to_be_visible()
    return codes


def type_password(page: Page, shop: Shop) -> None:
    page.goto(f"{shop.address}/staff/sign-in")
    page.get_by_label("Login or e-mail").fill("anna@grain.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="For those who work here")).to_be_visible()


def test_by_passkey_from_the_link_to_the_second_sign_in(page: Page, shop: Shop) -> None:
    security_key(page)
    begin(page, shop)
    page.get_by_role("button", name="Make a passkey").click()
    assert len(finish(page)) == 10
    sign_out(page)
    type_password(page, shop)
    page.get_by_role("button", name="Use the passkey").click()
    expect(page.get_by_role("heading", name="Staff")).to_be_visible()


def test_a_passkeys_answer_counts_once(page: Page, shop: Shop) -> None:
    security_key(page)
    begin(page, shop)
    page.get_by_role("button", name="Make a passkey").click()
    finish(page)
    sign_out(page)
    answers: list[str] = []
    page.on("request", lambda request: answers.append(request.post_data or "") if request.method == "POST" else None)
    type_password(page, shop)
    page.get_by_role("button", name="Use the passkey").click()
    expect(page.get_by_role("heading", name="Staff")).to_be_visible()
    overheard = next(re.search(r"answer=([^&]+)", one) for one in answers if "answer=" in one)
    assert overheard
    sign_out(page)
    type_password(page, shop)
    # The same answer once more, to a question that the server has just asked anew.
    page.evaluate(
        """async (answer) => {
            const form = document.querySelector("form[data-passkey]");
            const headers = { "X-CSRF-Token": form.elements.csrf_token.value };
            await fetch(form.dataset.options, { method: "POST", headers });
            form.elements.answer.value = decodeURIComponent(answer.replaceAll("+", " "));
            form.submit();
        }""",
        overheard[1],
    )
    expect(page.get_by_text("This passkey was not accepted")).to_be_visible()


def test_another_key_is_refused_and_a_recovery_code_helps(page: Page, shop: Shop) -> None:
    tools, key = security_key(page)
    begin(page, shop)
    page.get_by_role("button", name="Make a passkey").click()
    codes = finish(page)
    sign_out(page)
    tools.send("WebAuthn.clearCredentials", {"authenticatorId": key})
    type_password(page, shop)
    page.get_by_role("button", name="Use the passkey").click()
    expect(page.get_by_text("The passkey did not answer")).to_be_visible()
    page.get_by_label("Recovery code").fill(codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Staff")).to_be_visible()


def test_by_an_apps_codes_with_the_keyboard_alone(page: Page, shop: Shop) -> None:
    page.goto(shop.link)
    page.get_by_role("button", name="Begin").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("New password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    picture = page.get_by_role("img", name="QR code for the authenticator app")
    expect(picture).to_be_visible()
    secret = page.locator("#app-secret").inner_text()
    page.get_by_label("Code of the app").focus()
    page.keyboard.type(code_of(secret, system_now()))
    page.keyboard.press("Enter")
    finish(page)
    sign_out(page)
    type_password(page, shop)
    expect(page.get_by_label("Code of the authenticator app")).to_be_focused()
    # The neighbouring step's code: that of this step was used for setting up.
    page.keyboard.type(code_of(secret, system_now() + timedelta(seconds=30)))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Staff")).to_be_visible()


def test_without_a_name_for_the_site_no_passkey_is_offered(page: Page, committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as session:
        person = service.create_staff_member(session, name="Anna", role=Role.ADMINISTRATOR, login="anna", who="test")
        link = service.issue_sign_in_link(session, staff_id=person.id, who="test").text
    server = make_server("127.0.0.1", 0, committed_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    begin(page, Shop(committed_app, address, f"{address}/staff/sign-in?link={link}"))
    expect(page.get_by_label("Code of the app")).to_be_visible()
    expect(page.get_by_role("button", name="Make a passkey")).to_have_count(0)
    server.shutdown()
    thread.join()
    server.server_close()
