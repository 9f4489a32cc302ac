"""The report on referrals in a real browser: it keeps up by itself, fits a phone, and its address is the question."""

import pytest
from playwright.sync_api import expect

from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.browser import needs_chromium
from tests.factories.referral_history import brings, opens
from tests.factories.referrals import buys, joins
from tests.factories.shops import a_store
from tests.factories.staff import marat, olga
from tests.factories.till import DEMO_PROGRAMME

pytestmark = needs_chromium

PAGES = ("", "/growth", "/advocates", "/friends")


@pytest.fixture
def friend(committed_app, address):
    """A friend of Alice's who has not bought yet, after two who have."""

    def invite(session):
        a_store(session)
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        alice = joins(session, "Alice Kovaleva")
        opens(session, alice, people=6)
        for _ in range(2):
            brings(session, alice, amount_minor=50_000)
        return brings(session, alice)

    with committed_app.app_context():
        return run_transaction(invite)


def test_a_friend_moves_before_ones_eyes(committed_app, browse, friend):
    page = browse(marat)
    page.goto("/console/referrals/friends")
    states = page.locator("#referral-states")
    expect(states.get_by_role("link", name="Joined, no purchase yet")).to_contain_text("1")
    expect(page.locator("#referral-friends tbody tr").first).not_to_contain_text("No reward")

    with committed_app.app_context():
        run_transaction(lambda session: buys(session, friend, amount_minor=10_000))

    expect(page.locator("#referral-friends tbody tr").first).to_contain_text("No reward")
    expect(page.locator("#referral-friends tbody tr").first).to_contain_text("below ₽500")
    expect(states.get_by_role("link", name="No reward")).to_contain_text("1")
    assert page.problems == []


def test_the_address_holds_the_question_and_the_tabs_keep_it(browse, friend):
    page = browse(marat)
    page.goto("/console/referrals")
    page.get_by_label("Channel").select_option("qr")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**channel=qr**")
    page.get_by_role("link", name="Friends now").click()
    page.wait_for_url("**/friends?*channel=qr*")
    expect(page.get_by_label("Channel")).to_have_value("qr")
    page.get_by_role("link", name="The last twelve months").click()
    expect(page.get_by_label("Channel")).to_have_value("")
    assert page.problems == []


@pytest.mark.parametrize("who", [marat, olga])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone(browse, friend, who, theme):
    page = browse(who, viewport={"width": 360, "height": 780}, color_scheme=theme)
    for path in PAGES:
        page.goto(f"/console/referrals{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert page.problems == []


def test_a_file_is_taken_by_a_click(browse, friend):
    page = browse(marat, accept_downloads=True)
    page.goto("/console/referrals")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Table as CSV").click()
    assert taken.value.suggested_filename.startswith("referral-funnel-")
