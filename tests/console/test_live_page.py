"""The campaign's page in a real browser: it keeps up by itself, keyboard and scripts' policy included."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from backend.campaigns import queries
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from tests.browser import needs_chromium
from tests.factories.campaigns import a_campaign
from tests.factories.notifications import Hands, a_guest
from tests.factories.shops import a_shop
from tests.factories.staff import marat, signed_in_cookie

pytestmark = needs_chromium


@pytest.fixture
def address(committed_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, committed_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(committed_app, address, chromium):
    with committed_app.app_context():
        run_transaction(a_shop)
        staff_id = run_transaction(lambda session: marat(session).id)
        cookie = run_transaction(lambda session: signed_in_cookie(committed_app, session, staff_id))
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    made = context.new_page()
    made.problems = []
    made.on("console", lambda message: made.problems.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: made.problems.append(str(error)))
    context.add_cookies([{"name": "session", "value": cookie, "url": address}])
    made.goto(f"{address}/console/campaigns?lang=en")
    yield made
    context.close()


def test_the_page_keeps_up_and_the_buttons_work(committed_app, address, page):
    with committed_app.app_context():
        run_transaction(lambda session: [a_guest(session) for _ in range(3)])
        campaign_id = run_transaction(lambda session: a_campaign(session, kind="service").id)
    page.goto(f"{address}/console/campaigns/{campaign_id}")
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("of 0 accepted").wait_for()

    with committed_app.app_context():
        run_due_jobs()
    page.get_by_text("of 3 accepted").wait_for()
    with committed_app.app_context():
        assert len(Hands(committed_app).deliver()) == 3
        run_due_jobs()

    page.locator("#campaign-standing").get_by_text("Finished").wait_for()
    page.get_by_text("Finished: everybody who can be told was told").wait_for()
    assert page.get_by_role("button", name="Stop for good").count() == 0
    assert page.problems == []


def test_the_figure_follows_the_kind_that_is_chosen(committed_app, address, page):
    with committed_app.app_context():
        run_transaction(lambda session: [a_guest(session, agrees=agrees) for agrees in (True, False, False)])
    page.goto(f"{address}/console/campaigns/new")
    shown = page.locator(".reach__figure:visible")
    assert shown.all_inner_texts() == ["1"]
    page.get_by_role("radio", name="Service").check()
    assert shown.all_inner_texts() == ["3"]
    page.get_by_role("radio", name="Marketing").check()
    assert shown.all_inner_texts() == ["1"]


def test_what_is_typed_shows_on_the_phones_and_the_keyboard_is_enough(committed_app, address, page):
    page.goto(f"{address}/console/campaigns/new")
    page.locator("#title_ru").focus()
    for text in ("Двойные баллы", "До воскресенья.", "Double points", "Until Sunday."):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    assert page.locator("[data-shows=title_ru]").inner_text() == "Двойные баллы"
    assert page.locator("[data-shows=body_en]").inner_text() == "Until Sunday."
    assert page.locator("#title_en-words").inner_text() == "13 / 60"

    page.keyboard.press("ArrowDown")  # the kind: Service
    page.locator("#holdout_percent").press("Enter")

    page.get_by_role("button", name="Start sending").wait_for()
    with committed_app.app_context():
        (campaign,) = run_transaction(lambda session: queries.views(session, before=None, limit=5))
    assert (campaign.kind, campaign.message["en"]["title"]) == ("service", "Double points")
    assert page.problems == []
