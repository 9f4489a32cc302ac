"""Segments in a real browser: rows chosen by mouse and keyboard, a count that follows, and a campaign that uses it."""

import re

import pytest
from playwright.sync_api import expect

from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.browser import needs_chromium
from tests.factories.members import ALICE_PHONE, alice, boris
from tests.factories.notifications import a_guest
from tests.factories.shops import a_store
from tests.factories.staff import anna, marat
from tests.factories.till import DEMO_PROGRAMME

pytestmark = needs_chromium

NEW = "/console/segments/new"


@pytest.fixture
def guests(committed_app, address):
    """Alice and Boris, a guest with the app who agreed to offers, and one who did not."""

    def open_shop(session):
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        a_store(session)
        alice(session)
        boris(session)
        a_guest(session)
        a_guest(session, agrees=False)

    with committed_app.app_context():
        run_transaction(open_shop)


def figure(page):
    return page.locator("#counted .reach__figure")


def row(page, place, part):
    return page.locator(f'[id="{place}.{part}"]')


def test_rows_are_chosen_and_the_count_follows(browse, guests):
    page = browse(marat)
    page.goto(NEW)
    expect(figure(page)).to_have_text("–")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("button", name="Condition", exact=True).click()
    expect(row(page, "rule.0", "attribute")).to_be_focused()
    row(page, "rule.0", "attribute").select_option(label="Gets notifications of the app")
    expect(figure(page)).to_have_text("2")
    expect(row(page, "rule.0", "attribute")).to_be_focused()
    expect(row(page, "rule.0", "count")).to_contain_text("2")
    row(page, "rule.0", "is").select_option("false")
    expect(figure(page)).to_have_text("2")
    page.get_by_role("button", name="Condition", exact=True).click()
    row(page, "rule.1", "attribute").select_option("purchases")
    expect(figure(page)).to_have_text("–")
    row(page, "rule.1", "value").fill("0")
    row(page, "rule.1", "is").select_option("equals")
    expect(figure(page)).to_have_text("2")
    expect(row(page, "rule.1", "value")).to_have_value("0")
    expect(page.locator("#words")).to_contain_text("Purchases: 0")
    assert page.problems == []


def test_what_is_wrong_is_said_at_its_row_while_it_is_typed(browse, guests):
    page = browse(marat)
    page.goto(f"{NEW}?example=new")
    expect(figure(page)).to_have_text("4")
    row(page, "rule.0", "value").fill("soon")
    mistake = row(page, "rule.0", "mistake")
    expect(mistake).to_contain_text("This is not a whole number of days")
    assert row(page, "rule.0", "value").get_attribute("aria-describedby") == "rule.0.mistake"
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    row(page, "rule.0", "value").fill("7")
    expect(mistake).to_be_empty()
    expect(row(page, "rule.0", "value")).to_be_focused()
    expect(page.get_by_role("button", name="Save")).to_be_enabled()


def test_values_are_ticked_by_keyboard(browse, guests):
    page = browse(marat)
    page.goto(NEW)
    page.get_by_role("button", name="Condition", exact=True).press("Enter")
    row(page, "rule.0", "attribute").select_option("language")
    choice = page.locator(".choice summary")
    choice.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(choice).to_contain_text("Russian")
    expect(figure(page)).to_have_text(re.compile(r"\d"))
    page.keyboard.press("Escape")
    expect(choice).to_be_focused()
    expect(page.locator(".choice__list")).to_be_hidden()


def test_groups_are_made_and_unmade(browse, guests):
    page = browse(marat)
    page.goto(f"{NEW}?example=new")
    page.get_by_role("button", name="Group", exact=True).click()
    expect(row(page, "rule.1", "kind")).to_be_focused()
    row(page, "rule.1", "kind").select_option("none")
    row(page, "rule.1.0", "attribute").select_option("has_app")
    expect(figure(page)).to_have_text("2")
    expect(page.locator("#words")).to_contain_text("not (")
    page.get_by_role("button", name="Remove this group").click()
    expect(figure(page)).to_have_text("4")
    expect(page.locator("fieldset")).to_have_count(1)


def test_one_person_is_checked_while_the_rows_change(browse, guests):
    page = browse(marat)
    page.goto(f"{NEW}?example=new")
    page.get_by_label("Check one person").fill(ALICE_PHONE)
    answer = page.locator("#person-answer")
    expect(answer).to_contain_text(re.compile(r"\bin\b"))
    row(page, "rule.0", "is").select_option("before")
    expect(row(page, "rule.0", "value")).to_have_attribute("type", "date")
    row(page, "rule.0", "value").fill("2020-01-01")
    expect(answer).to_contain_text("not in")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_example_becomes_a_segment_and_the_segment_a_campaign(browse, guests, scripts):
    page = browse(marat, java_script_enabled=scripts)
    page.goto("/console/segments")
    page.get_by_role("link", name=re.compile("New this month")).click()
    page.get_by_label("Name of the segment").fill("Newcomers")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Newcomers")
    page.get_by_role("link", name="Use in a campaign").click()
    expect(page.get_by_label("To whom")).to_have_value(re.compile("-"))
    for field, text in (("Title", "Hello"), ("Text", "Come in.")):
        for number in (0, 1):
            page.get_by_label(field, exact=True).nth(number).fill(text)
    page.get_by_role("button", name="Save and check").click()
    expect(page.locator(".facts").last).to_contain_text("Newcomers")
    assert page.problems == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_its_window_and_every_field_has_a_name(browse, guests, theme, width):
    page = browse(anna, viewport={"width": width, "height": 900}, color_scheme=theme)
    for path in ("/console/segments", f"{NEW}?example=gone-quiet"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.get_by_role("heading", level=1).count() == 1
        nameless = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]"
            ".filter(one => !(one.labels?.length || one.ariaLabel || one.textContent.trim())).map(one => one.outerHTML)"
        )
        assert nameless == [], path
    assert page.problems == []
