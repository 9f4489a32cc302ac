"""A guest without a card: the receipt is kept under a number that the page shows, and the number brings the points."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from backend.programmes import service as programmes
from backend.shared.clock import business_now
from client_kivy.state.complaint import Complaint
from tests.factories import members as cast
from tests.factories.till import DEMO_PROGRAMME
from tests.till_page.conftest import Shop, Tablet, tablet_in
from tests.till_page.outages import all_sent, connect, cut_off
from tests.till_page.test_layout import in_place

MOSCOW = ZoneInfo("Europe/Moscow")


def sell_without_card(tablet: Tablet, amount: str) -> str:
    """Sells to somebody without a card; the number that the page shows."""
    tablet.page.get_by_role("button", name="Without a card").click()
    tablet.step("guest")
    assert tablet.shown("guest-name") == "Without a card"
    tablet.key_amount(amount)
    tablet.confirm()
    tablet.step("done")
    assert f"Receipt ₽{amount}." in tablet.shown("done-words")
    assert "Its points can be claimed until " in tablet.shown("done-words")
    return tablet.shown("earned")


def claim_in_app(shop: Shop, member_id: UUID, number: str, amount: str, sold_at: datetime) -> Any:
    """The guest types what was noted into the app; what the server answers."""
    day = sold_at.astimezone(MOSCOW)
    missing = Complaint(kind="receipt", number=number, day=f"{day.day}.{day.month}", amount=amount)
    assert missing.mistakes(today=day.date()) == {}
    letter = missing.letter(now=day, currency="RUB")
    assert letter.opening is not None
    headers = shop.run(lambda session: cast.headers_of(session, member_id))
    body = {**letter.opening, "text": letter.text}
    return shop.app.test_client().post("/api/v1/me/disputes", json=body, headers=headers)


def kept(shop: Shop, number: str) -> list[tuple[UUID | None, int, str, datetime]]:
    """Whose the receipts with this number are, what they came to, how they came, and when they were sold."""
    query = text("SELECT member_id, total_amount_minor, source, occurred_at FROM receipts WHERE external_id = :number")
    rows = shop.run(lambda session: session.execute(query, {"number": number}).all())
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_the_number_that_is_shown_brings_the_points_in_the_app(tablet: Tablet, shop: Shop) -> None:
    number = sell_without_card(tablet, "800")
    # The guest writes it down: the page goes on by no clock.
    assert (tablet.shown("done-title"), tablet.page.locator(".next__bar").is_visible()) == (
        "Kept without a guest",
        False,
    )
    [(nobody, total, source, sold_at)] = kept(shop, number)
    assert (nobody, total, source) == (None, 80_000, "till")
    alice = shop.somebody()
    answer = claim_in_app(shop, alice, number, "800", sold_at)
    assert (answer.status_code, answer.json["status"]) == (201, "settled")
    assert shop.receipts(alice) == [80_000]
    assert shop.balance(alice).pending == 40


def test_it_is_found_again_among_the_receipts_and_can_be_undone(tablet: Tablet, shop: Shop) -> None:
    number = sell_without_card(tablet, "300")
    tablet.page.locator(".next").click()
    tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    tablet.page.locator("[data-list=receipts] button").first.click()
    expect(tablet.page.locator('[data-show="receipt-number"]')).to_have_text(f"No. {number}")
    expect(tablet.page.locator('[data-show="receipt-state"]')).to_contain_text("the app takes its number until ")
    tablet.page.locator("[data-step=receipts] [data-do=restart]").click()
    tablet.page.locator("[data-step=scan] [data-do=undo]").click()
    expect(tablet.page.locator('[data-show="done-title"]')).to_have_text("The sale is undone")
    [(_nobody, _total, _source, sold_at)] = kept(shop, number)
    alice = shop.somebody()
    assert claim_in_app(shop, alice, number, "300", sold_at).status_code == 201
    assert shop.receipts(alice) == []


def test_without_a_connection_it_is_sent_later_once_under_the_number_that_was_shown(
    kept_tablet: Tablet, shop: Shop
) -> None:
    cut_off(kept_tablet)
    number = sell_without_card(kept_tablet, "540")
    assert "sent by itself" in kept_tablet.shown("done-words")
    kept_tablet.page.locator(".next").click()
    connect(kept_tablet)
    all_sent(kept_tablet)
    [(nobody, total, source, sold_at)] = kept(shop, number)
    assert (nobody, total, source) == (None, 54_000, "offline")
    [receipt] = [one for one in kept_tablet.kept("receipts") if one["number"] == number]
    assert receipt["state"] == "unattached"
    alice = shop.somebody()
    assert claim_in_app(shop, alice, number, "540", sold_at).json["status"] == "settled"
    assert shop.receipts(alice) == [54_000]


def test_a_card_that_is_found_after_all_takes_its_place(tablet: Tablet, shop: Shop) -> None:
    alice = shop.somebody(name="Alice Kovaleva")
    tablet.page.get_by_role("button", name="Without a card").click()
    tablet.step("guest")
    tablet.scan(shop.card_number(alice))
    expect(tablet.page.locator("#guest-name")).to_have_text("Alice K.")


def test_in_practice_nothing_is_kept_for_anybody(tablet: Tablet, shop: Shop) -> None:
    tablet.page.get_by_role("switch", name="Practice").click()
    number = sell_without_card(tablet, "700")
    tablet.page.locator(".next").click()
    tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    tablet.page.locator("[data-list=receipts] button").first.click()
    tablet.page.get_by_role("button", name="Attach to a guest").click()
    tablet.page.locator("[data-code=PRACTICE-BORIS]").click()
    expect(tablet.page.locator('[data-show="done-title"]')).to_have_text("Points for Boris")
    assert kept(shop, number) == []
    assert (tablet.kept("queue"), tablet.kept("receipts")) == ([], [])


def test_where_nothing_can_be_claimed_nothing_is_kept_without_a_card(
    chromium: Browser, shop: Shop, signed_in: Any
) -> None:
    def load(document: str) -> None:
        shop.run(lambda session: programmes.load(session, document, in_force_from=business_now()))

    load(f"{DEMO_PROGRAMME}unattached: {{claim_window_days: 0}}\n")
    try:
        with tablet_in(chromium, shop, signed_in) as tablet:
            tablet.step("scan")
            expect(tablet.page.get_by_role("button", name="Find")).to_be_visible()
            expect(tablet.page.get_by_role("button", name="Without a card")).to_be_hidden()
    finally:
        load(DEMO_PROGRAMME)


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_nothing_is_cut_off(chromium: Browser, shop: Shop, signed_in: Any, locale: str) -> None:
    with tablet_in(chromium, shop, signed_in, size=(360, 640), locale=locale) as tablet:
        tablet.page.locator("[data-do=sell-to-nobody]").click()
        tablet.step("guest")
        tablet.key_amount("800")
        in_place(tablet.page, scrolls=True)
        tablet.confirm()
        tablet.step("done")
        in_place(tablet.page, scrolls=True)
