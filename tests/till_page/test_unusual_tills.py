"""Tills that are not as they should be: what they kept is spoilt, or whoever stands there may not."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from backend.till import pages
from tests.factories.staff import vera
from tests.till_page.conftest import WAIT_UNTIL_KEPT, Shop, Tablet, tablet_in
from tests.till_page.outages import BATCHES, all_sent, connect, cut_off, sell, waiting

WITHOUT_DATABASE = """IDBFactory.prototype.open = () => {
  const request = { error: { message: "It is full." } };
  setTimeout(() => request.onerror());
  return request;
}"""


@pytest.mark.parametrize("kept", ["{broken", "null", '{"cashier": "Vera"}'])
def test_a_tablet_that_forgot_its_store_says_so_and_goes_on_when_the_connection_is_back(
    kept_tablet: Tablet, shop: Shop, kept: str
) -> None:
    tablet, guest = kept_tablet, shop.somebody()
    cut_off(tablet)
    sell(tablet, shop.card_number(guest), "100")
    tablet.page.evaluate("(kept) => localStorage.setItem('molva-till-session', kept)", kept)
    tablet.page.reload()
    tablet.step("ended")
    expect(tablet.page.get_by_text("This tablet does not know its store.")).to_be_visible()
    expect(tablet.page.get_by_role("button", name="Sell on")).to_be_hidden()
    tablet.page.get_by_role("link", name="Sign in").click()
    tablet.step("ended")
    tablet.page.locator(".waiting").click()
    expect(tablet.page.locator("[data-list=elsewhere]")).to_have_text("Pokrovka 12: 1")
    tablet.page.locator("[data-step=waiting] [data-do=restart]").click()
    tablet.step("ended")
    connect(tablet)
    tablet.step("scan")
    all_sent(tablet)
    assert shop.receipts(guest) == [10_000]


def test_a_tablet_that_can_keep_nothing_sells_and_undoes_while_it_is_connected(tablet: Tablet, shop: Shop) -> None:
    guest = shop.somebody()
    tablet.page.add_init_script(WITHOUT_DATABASE)
    tablet.page.reload()
    tablet.step("scan")
    tablet.ring_up(shop.card_number(guest), "100")
    tablet.undo()
    tablet.done("The sale is undone")
    assert shop.returns(guest) == [10_000]
    tablet.page.locator(".next").click()
    cut_off(tablet)
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.key_amount("200")
    tablet.confirm()
    assert "This tablet could not keep the receipt." in tablet.alert()


def test_whoever_is_no_cashier_any_more_is_told_to_sign_in_and_what_waits_stays(chromium: Browser, shop: Shop) -> None:
    guest = shop.somebody()
    vera_id = shop.run(lambda session: vera(session).id)
    change = text("UPDATE staff_members SET role = 'support' WHERE id = :id")
    with tablet_in(chromium, shop, shop.browser_of(vera_id)) as tablet:
        cut_off(tablet)
        sell(tablet, shop.card_number(guest), "100")
        shop.run(lambda session: session.execute(change, {"id": vera_id}))
        connect(tablet)
        tablet.step("ended")
        expect(tablet.page.locator('[data-connection="signed-out"]')).to_be_visible()
        waiting(tablet, "Waiting: 1")
        tablet.page.get_by_role("link", name="Sign in").click()
        expect(tablet.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_scan_of_whoever_is_no_cashier_any_more_ends_at_signing_in(chromium: Browser, shop: Shop) -> None:
    vera_id = shop.run(lambda session: vera(session).id)
    change = text("UPDATE staff_members SET role = 'support' WHERE id = :id")
    with tablet_in(chromium, shop, shop.browser_of(vera_id)) as tablet:
        expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
        shop.run(lambda session: session.execute(change, {"id": vera_id}))
        tablet.scan("4276000000000000")
        expect(tablet.page.locator('[data-connection="signed-out"]')).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_a_cashier_with_a_long_name_sells_too(chromium: Browser, shop: Shop, locale: str) -> None:
    guest = shop.somebody()
    vera_id = shop.run(lambda session: vera(session).id)
    long_name = "Вероника-Александра " * 4 + "Вознесенская-Константинова"
    rename = text("UPDATE staff_members SET name = :name WHERE id = :id")
    shop.run(lambda session: session.execute(rename, {"id": vera_id, "name": long_name[:100]}))
    with tablet_in(chromium, shop, shop.browser_of(vera_id), locale=locale) as tablet:
        sell(tablet, shop.card_number(guest), "100")
        page = tablet.page
        ends = page.evaluate("document.querySelector('.language').getBoundingClientRect().right")
        assert ends <= page.evaluate("innerWidth")
    assert shop.receipts(guest) == [10_000]
    assert shop.receipt_of(guest)[2] == long_name[:64].strip()


def test_a_shop_without_a_programme_says_so(
    chromium: Browser, shop: Shop, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "main_programme", lambda *_session, **_at: None)
    with tablet_in(chromium, shop, signed_in) as tablet:
        tablet.scan(shop.card_number(shop.somebody()))
        assert "no programme in force" in tablet.alert()


def test_vera_signs_out_and_galina_in_on_the_same_tablet(chromium: Browser, shop: Shop) -> None:
    guest = shop.somebody()
    with tablet_in(chromium, shop, shop.browser_of(shop.run(lambda session: vera(session).id)), kept=True) as tablet:
        tablet.page.evaluate(WAIT_UNTIL_KEPT)
        cut_off(tablet)
        sell(tablet, shop.card_number(guest), "100")
        account = tablet.page.get_by_role("link", name="Vera")
        account.click()
        tablet.step("scan")
        tablet.page.route(BATCHES, lambda route: route.fulfill(status=429, json={"type": "busy", "title": "Wait"}))
        connect(tablet)
        expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
        account.click()
        tablet.page.get_by_role("button", name="Sign out").click()
        expect(tablet.page.get_by_role("button", name="Sign in")).to_be_visible()
        assert shop.receipts(guest) == []
        rename = text("UPDATE staff_members SET name = 'Galina' WHERE id = :id")
        galina_id = shop.run(lambda session: vera(session).id)
        shop.run(lambda session: session.execute(rename, {"id": galina_id}))
        tablet.page.context.clear_cookies()
        tablet.page.context.add_cookies(shop.browser_of(galina_id)["cookies"])
        tablet.page.unroute(BATCHES)
        tablet.page.goto("/till")
        expect(tablet.page.get_by_role("link", name="Galina")).to_be_visible()
        all_sent(tablet)
    assert shop.receipts(guest) == [10_000]
    assert shop.receipt_of(guest)[2] == "Vera"
