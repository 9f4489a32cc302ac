"""The service worker keeps the cashier's page, and it opens without a connection."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from backend.till import pages
from tests.till_page.conftest import WAIT_UNTIL_KEPT, Shop, Tablet, tablet_in
from tests.till_page.outages import BATCHES, all_sent, connect, cut_off, sell, waiting


def test_the_page_opens_without_a_connection_after_a_reload_too(kept_tablet: Tablet) -> None:
    cut_off(kept_tablet)
    for _reload in range(2):
        kept_tablet.page.reload()
        kept_tablet.step("scan")
        assert kept_tablet.shown("store") == "Pokrovka 12"
        expect(kept_tablet.page.locator('[data-connection="offline"]')).to_be_visible()


def test_the_kept_page_has_its_fonts_and_its_code_reader(kept_tablet: Tablet) -> None:
    cut_off(kept_tablet)
    kept_tablet.page.reload()
    kept_tablet.step("scan")
    loaded = kept_tablet.page.evaluate(
        """async () => {
             const { src } = document.querySelector("script[src*='page/main.js']");
             const wasm = await fetch(src.replace("page/main.js", "zxing-wasm/reader/zxing_reader.wasm"));
             await document.fonts.ready;
             return [wasm.headers.get("Content-Type"), document.fonts.check("700 20px Onest")];
           }"""
    )
    assert loaded == ["application/wasm", True]


def test_without_a_connection_the_page_opens_in_the_language_that_was_read_last(kept_tablet: Tablet) -> None:
    kept_tablet.page.get_by_role("link", name="Русский").click()
    expect(kept_tablet.page.get_by_role("button", name="Найти")).to_be_visible()
    cut_off(kept_tablet)
    kept_tablet.page.goto("/till")
    expect(kept_tablet.page.get_by_role("button", name="Найти")).to_be_visible()
    kept_tablet.page.get_by_role("link", name="English").click()
    expect(kept_tablet.page.get_by_role("button", name="Find")).to_be_visible()


def test_the_language_of_the_very_first_opening_is_kept_too(chromium: Browser, shop: Shop, signed_in: Any) -> None:
    with tablet_in(chromium, shop, signed_in, locale="ru", kept=True) as tablet:
        tablet.page.evaluate(WAIT_UNTIL_KEPT)
        tablet.wait_for(lambda: tablet.page.evaluate("async () => Boolean(await caches.match('/till/language'))"))
        cut_off(tablet)
        tablet.page.reload()
        expect(tablet.page.get_by_role("button", name="Найти")).to_be_visible()


def test_nothing_about_anybody_is_kept_but_the_shell_and_its_files(kept_tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000001", name="Alice Kovaleva")
    sell(kept_tablet, shop.code_on_phone(alice), "100")
    kept_tablet.page.reload()
    kept = kept_tablet.page.evaluate(
        """async () => {
             const found = {};
             for (const name of await caches.keys()) {
               const cache = await caches.open(name);
               for (const request of await cache.keys()) {
                 const isText = !/woff2|wasm/.test(request.url);
                 found[new URL(request.url).pathname] = isText ? await (await cache.match(request)).text() : "";
               }
             }
             return found;
           }"""
    )
    others = [path for path in kept if not path.startswith("/static/")]
    assert sorted(others) == ["/till/language", "/till/shell/en", "/till/shell/ru"]
    shells = kept["/till/shell/en"] + kept["/till/shell/ru"]
    assert not any(fact in shells for fact in ("Vera", "Kovaleva", "Pokrovka", "till-session"))


def test_a_new_release_is_taken_over_while_nobody_is_served(
    chromium: Browser, shop: Shop, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tablet_in(chromium, shop, signed_in, kept=True) as tablet:
        tablet.page.evaluate(WAIT_UNTIL_KEPT)
        tablet.page.reload()
        tablet.step("scan")
        first = tablet.page.evaluate("() => caches.keys()")
        monkeypatch.setattr(pages, "KEPT_OF_THE_LOOK", pages.KEPT_OF_THE_LOOK[:-1])
        with tablet.page.expect_navigation():
            tablet.page.evaluate("async () => { (await navigator.serviceWorker.ready).update(); }")
        tablet.step("scan")
        releases = tablet.page.evaluate("() => caches.keys()")
        assert len(releases) == 2
        assert releases[0] == first[0]
        cut_off(tablet)
        tablet.page.reload()
        tablet.step("scan")


def test_the_worker_looks_after_the_tills_page_and_nothing_else(shop: Shop) -> None:
    client = shop.app.test_client()
    answer = client.get("/till/worker.js")
    assert answer.headers["Service-Worker-Allowed"] == "/till"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    again = client.get("/till/worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_who_is_signed_out_is_led_to_the_sign_in_page_by_the_kept_page_too(kept_tablet: Tablet) -> None:
    kept_tablet.page.context.clear_cookies()
    kept_tablet.page.goto("/till")
    expect(kept_tablet.page).to_have_url(re.compile("/staff/sign-in"))


def test_the_shell_is_about_nobody(shop: Shop) -> None:
    answer = shop.app.test_client().get("/till/shell/ru")
    assert answer.status_code == 200
    assert 'lang="ru"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert shop.app.test_client().get("/till/shell/xx").status_code == 404


NEW_RELEASE_IS_ACTIVE = """async () => {
  const { installing, waiting, active } = await navigator.serviceWorker.ready;
  return (await caches.keys()).length === 2 && !installing && !waiting && active.state === "activated";
}"""


def test_a_release_that_comes_remembers_the_language(
    chromium: Browser, shop: Shop, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tablet_in(chromium, shop, signed_in, kept=True) as tablet:
        tablet.page.evaluate(WAIT_UNTIL_KEPT)
        tablet.page.get_by_role("link", name="Русский").click()
        expect(tablet.page.get_by_role("button", name="Найти")).to_be_visible()
        # Somebody is being served: the page is not loaded anew when the release comes.
        tablet.scan(shop.card_number(shop.somebody()))
        tablet.step("guest")
        monkeypatch.setattr(pages, "KEPT_OF_THE_LOOK", pages.KEPT_OF_THE_LOOK[:-1])
        tablet.page.evaluate("async () => { (await navigator.serviceWorker.ready).update(); }")
        tablet.wait_for(lambda: tablet.page.evaluate(NEW_RELEASE_IS_ACTIVE))
        cut_off(tablet)
        tablet.page.goto("/till")
        expect(tablet.page.get_by_role("button", name="Найти")).to_be_visible()


def test_a_release_that_comes_finds_what_waits_and_sends_it(
    chromium: Browser, shop: Shop, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = shop.somebody()
    with tablet_in(chromium, shop, signed_in, kept=True) as tablet:
        tablet.page.evaluate(WAIT_UNTIL_KEPT)
        cut_off(tablet)
        sell(tablet, shop.card_number(guest), "100")
        tablet.page.context.route(BATCHES, lambda route: route.fulfill(status=429, json={"title": "Wait"}))
        connect(tablet)
        expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
        monkeypatch.setattr(pages, "KEPT_OF_THE_LOOK", pages.KEPT_OF_THE_LOOK[:-1])
        with tablet.page.expect_navigation():
            tablet.page.evaluate("async () => { (await navigator.serviceWorker.ready).update(); }")
        tablet.step("scan")
        waiting(tablet, "Waiting: 1")
        tablet.page.context.unroute(BATCHES)
        all_sent(tablet)
    assert shop.receipts(guest) == [10_000]
