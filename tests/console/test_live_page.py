"""The campaign's page in a real browser: it keeps up by itself, keyboard and scripts' policy included."""

import pytest
from playwright.sync_api import expect

from backend.campaigns import queries
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from tests.browser import needs_chromium
from tests.factories.campaigns import a_campaign
from tests.factories.notifications import Hands, a_guest
from tests.factories.staff import marat

pytestmark = needs_chromium

TYPED = {
    "title_ru": "Двойные баллы",
    "body_ru": "До воскресенья.",
    "title_en": "Double points",
    "body_en": "Until Sunday.",
}


@pytest.fixture
def page(browse):
    made = browse(marat)
    made.goto("/console/campaigns")
    return made


def test_the_page_keeps_up_and_the_buttons_work(committed_app, page):
    with committed_app.app_context():
        run_transaction(lambda session: [a_guest(session) for _ in range(3)])
        campaign_id = run_transaction(lambda session: a_campaign(session, kind="service").id)
    page.goto(f"/console/campaigns/{campaign_id}")
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
    expect(page.get_by_role("button", name="Stop for good")).to_have_count(0)
    assert page.problems == []


def test_the_figure_follows_the_kind_that_is_chosen(committed_app, page):
    with committed_app.app_context():
        run_transaction(lambda session: [a_guest(session, agrees=agrees) for agrees in (True, False, False)])
    page.goto("/console/campaigns/new")
    shown = page.locator(".reach__figure:visible")
    expect(shown).to_have_text(["1"])
    page.get_by_role("radio", name="Service").check()
    expect(shown).to_have_text(["3"])
    page.get_by_role("radio", name="Marketing").check()
    expect(shown).to_have_text(["1"])


def test_what_is_typed_shows_on_the_phones_and_the_keyboard_is_enough(committed_app, page):
    page.goto("/console/campaigns/new")
    page.locator("#title_ru").focus()
    for name, text in TYPED.items():
        field = page.locator(f"#{name}")
        expect(field).to_be_focused()
        page.keyboard.type(text)
        expect(field).to_have_value(text)
        expect(page.locator(f"[data-shows={name}]")).to_have_text(text)
        page.keyboard.press("Tab")
    expect(page.locator("#title_en-words")).to_have_text("13 / 60")

    expect(page.get_by_label("To whom")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Marketing")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Service")).to_be_checked()
    page.locator("#holdout_percent").press("Enter")

    page.get_by_role("button", name="Start sending").wait_for()
    with committed_app.app_context():
        (campaign,) = run_transaction(lambda session: queries.views(session, before=None, limit=5))
    assert (campaign.kind, campaign.message["en"]["title"]) == ("service", "Double points")
    assert page.problems == []
