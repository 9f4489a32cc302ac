"""The whole way in a real Chromium with scripts switched off, and the card's QR code read from the screen."""

import shutil
import subprocess
import threading
from datetime import timedelta
from itertools import product

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import text
from werkzeug.serving import make_server

from backend.app import create_app
from backend.members import sign_in_codes
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction
from tests.browser import needs_chromium
from tests.conftest import make_settings
from tests.factories.referrals import joins
from tests.factories.till import DEMO_PROGRAMME

PHONES = {"a-phone": (390, 844), "a-small-phone": (360, 640), "a-desk": (1280, 800)}
CUT_OFF = """
[...document.querySelectorAll("main *")]
  .filter((one) => getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth + 1)
  .filter((one) => one.clientWidth > 0)
  .map((one) => one.outerHTML.slice(0, 80))
"""

pytestmark = needs_chromium


@pytest.fixture
def _open_shop():
    """The shop of this file has a database of its own."""


@pytest.fixture(scope="module")
def app(databases, tmp_path_factory):
    """The application on a port of this machine, with real commits."""
    url = databases.create()
    made = create_app(make_settings(url, tmp_path_factory.mktemp("var")))
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.config["ADDRESS"] = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()
    with made.app_context():
        db.engine.dispose()
    databases.drop(url)


@pytest.fixture(scope="module")
def invitation(app):
    """Alice's link."""

    def prepare(session):
        alice = joins(session, "Alice")
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        return referrals.own_code(session, member_id=alice, at=business_now() - timedelta(days=1))

    with app.app_context():
        return f"{app.config['ADDRESS']}/r/{run_transaction(prepare)}?c=qr"


def a_page(chromium: Browser, *, size=(390, 844), locale="en-GB", theme="light", scripts=False) -> Page:
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=locale, color_scheme=theme, java_script_enabled=scripts
    )
    context.set_default_timeout(15_000)
    return context.new_page()


def test_a_friend_joins_without_scripts_and_the_card_can_be_scanned(chromium, invitation, app, monkeypatch, tmp_path):
    monkeypatch.setattr(sign_in_codes.secrets, "randbelow", lambda _bound: 1_234_567)
    page = a_page(chromium)
    page.goto(invitation)
    page.get_by_label("Your phone").fill("8 (926) 111-22-33")
    page.get_by_label("I accept the rules").check()
    page.get_by_label("I agree to the processing").check()
    page.get_by_role("button", name="Get the code").click()
    page.get_by_label("Code", exact=True).fill("1234567")
    page.get_by_label("What shall we call you?").fill("Boris")
    page.get_by_role("button", name="Get the card").click()

    page.get_by_role("heading", name="Boris, your card is ready").wait_for()
    number = page.locator(".landing__number").inner_text().replace(" ", "")
    with app.app_context():
        statuses = run_transaction(lambda session: session.execute(text("SELECT channel, status FROM referrals")).all())
    assert [tuple(row) for row in statuses] == [("qr", "joined")]
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg (package zbar-tools) is not installed: the QR code was not read")
    page.screenshot(path=tmp_path / "welcome.png", full_page=True)
    read = subprocess.run(
        ["zbarimg", "-q", "--raw", tmp_path / "welcome.png"], check=True, capture_output=True, text=True
    )
    assert read.stdout.strip() == number


@pytest.mark.parametrize(("device", "locale"), list(product(PHONES, ("en-GB", "ru-RU"))))
def test_nothing_is_cut_off_and_the_policy_is_kept(chromium, invitation, device, locale):
    page = a_page(chromium, size=PHONES[device], locale=locale, scripts=True)
    said = []
    page.on("console", lambda message: said.append(message.text) if "422" not in message.text else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    page.goto(invitation)
    page.locator("button[type=submit]").click()
    page.locator(".field__error").first.wait_for()
    page.wait_for_load_state()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT_OFF) == []
    assert said == []


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
def test_the_front_door_fits_every_screen_and_the_keyboard_finds_the_card_first(chromium, invitation, app, locale):
    for size in PHONES.values():
        page = a_page(chromium, size=size, locale=locale)
        page.goto(app.config["ADDRESS"])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(CUT_OFF) == []
        for _link in ("skip to the content", "the other language", "the card"):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "/join"
        assert page.locator(".door__footer").evaluate("(one) => one.getBoundingClientRect().height") > 40
        page.context.close()
