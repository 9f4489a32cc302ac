"""The desk of held cases in a real browser: the drawn circle, the keyboard, narrow windows, both themes."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.members.marks import note_payments
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.browser import needs_chromium
from tests.factories.referrals import bound, buys, joins, uses_device
from tests.factories.staff import anna, olga
from tests.factories.till import DEMO_PROGRAMME

pytestmark = needs_chromium

PICTURES = os.environ.get("MOLVA_TEST_PICTURES")


def a_ring(session):
    """Alice invited four: Boris, Dasha and Ivan share a phone, Boris and Lena a payment card; Boris has bought."""
    programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
    alice = joins(session, "Alice")
    boris, dasha, ivan, lena = (joins(session, name) for name in ("Boris", "Dasha", "Ivan", "Lena"))
    for friend in (boris, dasha, ivan, lena):
        bound(session, advocate_id=alice, friend_id=friend)
    for friend in (dasha, ivan, boris):
        uses_device(session, friend, "one-phone")
    note_payments(session, [(friend, "f" * 32, business_now()) for friend in (boris, lena)])
    decision = buys(session, boris)
    assert decision.verdict.outcome == "hold"
    return decision.candidate.referral


@pytest.fixture
def held(committed_app, address):
    """The referral of Boris, held."""
    with committed_app.app_context():
        return run_transaction(a_ring)


def picture(page, name):
    """Keeps what is seen, where somebody wants to look."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_neither_page_is_wider_than_its_window(browse, held, theme, width):
    page = browse(anna, viewport={"width": width, "height": 900}, color_scheme=theme)
    for path in ("/console/screening", "/console/screening/rules"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        picture(page, f"{path.rsplit('/', 1)[1]}-{theme}-{width}")
    assert page.problems == []


def test_the_people_and_what_they_share_are_reached_by_the_keyboard(browse, held):
    page = browse(olga)
    page.goto("/console/screening")
    picture_of_people = page.get_by_role("group", name="People")
    people = picture_of_people.get_by_role("link")
    expect(people).to_have_count(5)
    shared = picture_of_people.locator(".circle__tie")
    assert {one.get_attribute("aria-label") for one in shared.all()} == {
        "one phone: Boris, Dasha, Ivan",
        "one payment card: Boris, Lena",
    }
    people.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/members/*")


def test_olga_refuses_with_a_reason_that_both_can_read(browse, held, committed_app):
    page = browse(olga)
    page.goto("/console/screening")
    page.get_by_label("Why").fill("One person with four cards.")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("Nothing is held. What a rule holds appears here.")).to_be_visible()
    with committed_app.app_context():
        referral = run_transaction(lambda session: referrals.queries.referrals_by_ids(session, [held.id])[held.id])
    assert (referral.status, referral.reason_facts) == ("rejected", {"note": "One person with four cards."})
