"""The console in a real browser: keyboard, narrow windows, both themes, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.browser import needs_chromium
from tests.console.desk import give
from tests.factories.members import ALICE_PHONE, alice
from tests.factories.staff import anna, olga
from tests.factories.till import DEMO_PROGRAMME

pytestmark = needs_chromium

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def alices(committed_app, address):
    """The page of Alice, who has 50 points."""

    def open_shop(session):
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        member_id = alice(session).id
        give(session, member_id, 50)
        return member_id

    with committed_app.app_context():
        return f"/console/members/{run_transaction(open_shop)}"


def test_signing_out_is_at_hand_on_every_page(browse):
    page = browse(olga)
    page.goto("/console/members")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/staff/sign-in*")
    page.goto("/console/members")
    assert "/staff/sign-in" in page.url


def test_on_a_narrow_window_the_pages_are_a_menu_for_the_keyboard_too(browse):
    page = browse(olga, viewport=PHONE)
    page.goto("/console")
    link = page.get_by_role("link", name="Members")
    expect(link).to_be_hidden()
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    link.click()
    page.wait_for_url("**/console/members")
    assert page.problems == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_its_window_and_nothing_breaks(browse, alices, theme, width):
    page = browse(anna, viewport={"width": width, "height": 900}, color_scheme=theme)
    for path in (
        "/console",
        "/console/members",
        alices,
        f"{alices}/adjust",
        "/console/adjustments",
        "/console/campaigns",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.get_by_role("heading", level=1).count() == 1
    assert page.problems == []


def test_a_theme_that_is_chosen_stays(browse):
    page = browse(olga, color_scheme="light")
    page.goto("/console")
    page.get_by_role("link", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="Members").click()
    page.wait_for_url("**/console/members")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 16, 19)")
    page.get_by_role("link", name="As the system").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))
    expect(page.locator("body")).to_have_css("background-color", "rgb(246, 243, 245)")


def test_the_keyboard_skips_to_the_content(browse):
    page = browse(olga)
    page.goto("/console/adjustments")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_everything_to_fill_in_has_a_name(browse, alices):
    page = browse(anna)
    for path in ("/console/members", alices, f"{alices}/adjust"):
        page.goto(path)
        nameless = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]"
            ".filter(one => !(one.labels?.length || one.ariaLabel || one.textContent.trim())).map(one => one.outerHTML)"
        )
        assert nameless == [], path


@pytest.mark.parametrize("scripts", [True, False])
def test_a_member_is_found_by_keyboard_and_no_phone_stands_in_the_address(browse, alices, scripts):
    page = browse(olga, java_script_enabled=scripts)
    page.goto("/console/members")
    expect(page.get_by_label("Find a member").last).to_be_focused()
    page.keyboard.type("8 (912) 345-67-89")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{alices}")
    assert ALICE_PHONE not in page.content()


def test_the_why_opens_in_place_by_keyboard(browse, alices):
    page = browse(olga)
    page.goto(alices)
    page.locator("details.entry > summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Why +50")).to_be_visible()
    legs = page.get_by_role("table", name="Debits and credits")
    expect(legs.get_by_role("row", name="To spend")).to_contain_text("50")
    assert page.url.endswith(alices)


def test_a_dialog_takes_the_focus_and_gives_it_back(browse, alices):
    page = browse(olga)
    page.goto(alices)
    opener = page.get_by_role("button", name="Show contacts")
    opener.click()
    dialog = page.get_by_role("dialog", name="Show name, phone and e-mail")
    expect(dialog.get_by_label("Why")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_contacts_are_shown_for_a_reason(browse, alices, scripts):
    page = browse(olga, java_script_enabled=scripts)
    page.goto(alices)
    page.get_by_role("button", name="Show contacts").click()
    dialog = page.locator("dialog#contacts")
    dialog.get_by_label("Why").fill("She asked to be called back")
    dialog.get_by_role("button", name="Show").click()
    expect(page.get_by_text(ALICE_PHONE)).to_be_visible()


def test_what_an_adjustment_would_do_is_said_while_it_is_typed(browse, alices):
    page = browse(olga)
    page.goto(alices)
    says, points = page.locator("output"), page.get_by_label("Points", exact=True)
    expect(says).to_be_hidden()
    points.fill("+300")
    expect(says).to_have_text("Afterwards 350 to spend.")
    points.fill("1 001")
    expect(says).to_contain_text("A second person has to approve it.")
    points.fill("−60")
    expect(says).to_have_text("Only 50 can be taken.")
    points.fill("nonsense")
    expect(says).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_two_people_make_a_large_adjustment(committed_app, browse, alices, scripts):
    olgas, annas = browse(olga, java_script_enabled=scripts), browse(anna, java_script_enabled=scripts)
    olgas.goto(alices)
    olgas.get_by_label("Points", exact=True).fill("3000")
    olgas.get_by_label("What the participant is told").select_option("migration")
    olgas.get_by_label("Why, for staff").fill("Paper card, case 4711")
    olgas.get_by_role("button", name="Check").click()
    olgas.get_by_role("button", name="Ask a second person").click()
    expect(olgas.get_by_role("status").first).to_contain_text("It waits for a second person")

    annas.goto("/console/adjustments")
    expect(annas.get_by_text("Paper card, case 4711")).to_be_visible()
    annas.get_by_label("A word for Olga").fill("Seen")
    annas.get_by_role("button", name="Approve +3,000").click()
    expect(annas.get_by_role("status").first).to_contain_text("Approved")

    olgas.goto(alices)
    expect(olgas.locator(".figures").first).to_contain_text("3,050")
    assert olgas.problems == annas.problems == []
