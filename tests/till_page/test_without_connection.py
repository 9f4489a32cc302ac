"""The cashier's page without a connection: it opens, sells, keeps what was sold, and sends it once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import text

from backend.members import card_code, cards
from backend.shared.clock import business_now, system_now
from backend.shared.clock import clock as the_clock
from backend.staff import service as staff
from backend.till import pages
from tests.factories.shops import a_store
from tests.factories.staff import vera
from tests.till_page.conftest import Shop, Tablet, tablet_in

# The pauses between attempts grow.
PATIENCE_MS = 40_000
BATCHES = "**/api/v1/till/receipts/batch"


@pytest.fixture
def kept_tablet(chromium: Browser, shop: Shop, signed_in: Any) -> Iterator[Tablet]:
    """The cashier's page on a tablet that has kept it for times without a connection."""
    with tablet_in(chromium, shop, signed_in, kept=True) as opened:
        wait_until_kept(opened.page)
        yield opened


def wait_until_kept(page: Page) -> None:
    """Waits until the service worker looks after the page."""
    page.evaluate(
        """() => navigator.serviceWorker.controller || new Promise((kept) =>
             navigator.serviceWorker.addEventListener("controllerchange", () => kept(), { once: true }))"""
    )


def sell(tablet: Tablet, code: str, amount: str) -> None:
    """Sells to whoever has this code, and goes on to the next guest."""
    tablet.scan(code)
    tablet.step("guest")
    tablet.key_amount(amount)
    tablet.confirm()
    tablet.step("done")
    tablet.page.locator(".next").click()
    tablet.step("scan")


def cut_off(tablet: Tablet) -> None:
    """The connection breaks, and the page has noticed."""
    tablet.page.context.set_offline(True)
    expect(tablet.page.locator('[data-connection="offline"]')).to_be_visible()


def connect(tablet: Tablet) -> None:
    """The connection is back."""
    tablet.page.context.set_offline(False)


def all_sent(tablet: Tablet) -> None:
    """Waits until nothing waits on the tablet."""
    expect(tablet.page.locator(".waiting")).to_be_hidden(timeout=PATIENCE_MS)


def waiting(tablet: Tablet, words: str) -> None:
    """Waits until the header says so."""
    expect(tablet.page.locator(".waiting")).to_have_text(words, timeout=PATIENCE_MS)


@contextmanager
def business_later(**duration: float) -> Iterator[None]:
    """For the shop so much time has passed."""
    the_clock.business_offset += timedelta(**duration)
    yield
    the_clock.business_offset -= timedelta(**duration)


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


def test_what_is_sold_without_a_connection_is_sent_when_it_is_back(kept_tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000002", name="Alice Kovaleva")
    code = shop.code_on_phone(alice)
    cut_off(kept_tablet)
    kept_tablet.page.reload()
    sold_at = business_now()
    sell(kept_tablet, code, "540")
    waiting(kept_tablet, "Waiting: 1")
    assert shop.receipts(alice) == []
    connect(kept_tablet)
    all_sent(kept_tablet)
    assert shop.receipts(alice) == [54_000]
    source, occurred_at, cashier = shop.receipt_of(alice)
    assert (source, cashier) == ("offline", "Vera")
    assert abs(occurred_at - sold_at) < timedelta(minutes=1)


def test_nothing_of_the_guest_is_known_but_that_the_code_was_read(kept_tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000003", name="Alice Kovaleva")
    code = shop.code_on_phone(alice)
    cut_off(kept_tablet)
    kept_tablet.scan(code)
    kept_tablet.step("guest")
    assert kept_tablet.shown("guest-name") == "Code read"
    assert "will be known when the connection is back" in kept_tablet.shown("unseen-words")
    expect(kept_tablet.page.locator('[data-show="spendable"]')).to_be_hidden()
    assert "Alice" not in kept_tablet.page.locator("main").inner_text()


def test_points_are_not_spent_without_a_connection_and_the_page_says_so(kept_tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000004")
    code = shop.code_on_phone(alice)
    cut_off(kept_tablet)
    kept_tablet.scan(code)
    kept_tablet.step("guest")
    expect(kept_tablet.page.locator('[name="choice"][value="spend"]')).to_be_disabled()
    assert kept_tablet.shown("spend-note") == "not without a connection"


def test_a_code_that_has_grown_old_while_it_waited_still_earns(kept_tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000005")
    key = shop.run(lambda session: cards.issue_card_key(session, member_id=alice, install_id="phone-of-alice"))
    yesterday = card_code.encode(key.device_id, key.secret, step=card_code.step_at(system_now()) - 2 * 24 * 60)
    cut_off(kept_tablet)
    sell(kept_tablet, yesterday, "300")
    connect(kept_tablet)
    all_sent(kept_tablet)
    assert shop.receipts(alice) == [30_000]


def test_a_card_that_was_mistyped_is_not_taken(kept_tablet: Tablet, shop: Shop) -> None:
    number = shop.card_number(shop.guest("+79163000006"))
    slipped = number[:-1] + str((int(number[-1]) + 1) % 10)
    cut_off(kept_tablet)
    kept_tablet.type_code(slipped)
    assert "Check the digits" in kept_tablet.alert()


def test_what_is_kept_survives_a_reload(kept_tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000007")
    number = shop.card_number(alice)
    cut_off(kept_tablet)
    sell(kept_tablet, number, "100")
    kept_tablet.page.reload()
    waiting(kept_tablet, "Waiting: 1")
    sell(kept_tablet, number, "200")
    waiting(kept_tablet, "Waiting: 2")
    connect(kept_tablet)
    all_sent(kept_tablet)
    assert shop.receipts(alice) == [10_000, 20_000]


def test_a_connection_that_breaks_at_confirm_keeps_the_receipt(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000008", name="Alice Kovaleva")
    tablet.scan(shop.card_number(alice))
    tablet.step("guest")
    tablet.key_amount("750")
    tablet.page.route("**/api/v1/till/**", lambda route: route.abort())
    tablet.confirm()
    tablet.step("done")
    assert tablet.shown("done-title") == "Kept on this tablet"
    assert shop.receipts(alice) == []
    tablet.page.unroute_all()
    all_sent(tablet)
    assert shop.receipts(alice) == [75_000]


def test_a_receipt_whose_answer_was_lost_counts_once(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000009")
    tablet.scan(shop.card_number(alice))
    tablet.step("guest")
    tablet.key_amount("800")
    tablet.page.route("**/api/v1/till/receipts", lose_the_answer, times=1)
    tablet.confirm()
    tablet.step("done")
    all_sent(tablet)
    assert shop.receipts(alice) == [80_000]


def lose_the_answer(route: Route) -> None:
    """The request arrives, and its answer does not."""
    route.fetch()
    route.abort()


def test_a_batch_whose_answer_was_lost_is_sent_again_and_counts_once(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000010")
    number = shop.card_number(alice)
    cut_off(tablet)
    sell(tablet, number, "100")
    sell(tablet, number, "200")
    tablet.page.route(BATCHES, lose_the_answer, times=2)
    connect(tablet)
    all_sent(tablet)
    assert shop.receipts(alice) == [10_000, 20_000]


def test_a_page_that_dies_while_it_sends_loses_nothing_and_doubles_nothing(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000011")
    number = shop.card_number(alice)
    cut_off(tablet)
    sell(tablet, number, "100")
    sell(tablet, number, "200")
    arrived: list[str] = []

    def take_and_never_answer(route: Route) -> None:
        route.fetch()
        arrived.append(route.request.url)

    tablet.page.route(BATCHES, take_and_never_answer)
    connect(tablet)
    tablet.wait_for(lambda: arrived)
    again = tablet.page.context.new_page()
    tablet.page.close()
    assert shop.receipts(alice) == [10_000, 20_000]
    again.goto("/till")
    reopened = Tablet(again, [])
    reopened.step("scan")
    all_sent(reopened)
    assert reopened.kept("queue") == []
    assert shop.receipts(alice) == [10_000, 20_000]


def test_a_page_that_dies_before_its_batch_arrives_loses_nothing(tablet: Tablet, shop: Shop) -> None:
    alice = shop.somebody()
    number = shop.card_number(alice)
    cut_off(tablet)
    sell(tablet, number, "100")
    set_out: list[str] = []

    def lose(route: Route) -> None:
        route.abort()
        set_out.append(route.request.url)

    tablet.page.route(BATCHES, lose)
    connect(tablet)
    tablet.wait_for(lambda: set_out)
    again = tablet.page.context.new_page()
    tablet.page.close()
    assert shop.receipts(alice) == []
    again.goto("/till")
    all_sent(Tablet(again, []))
    assert shop.receipts(alice) == [10_000]


def test_of_two_tabs_one_sends_and_both_know(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000012")
    number = shop.card_number(alice)
    other = Tablet(tablet.page.context.new_page(), [])
    other.page.goto("/till")
    other.step("scan")
    cut_off(tablet)
    for _sale in range(3):
        sell(tablet, number, "100")
    waiting(other, "Waiting: 3")
    sent: list[str] = []
    tablet.page.context.on("request", lambda request: sent.append(request.url) if "batch" in request.url else None)
    connect(tablet)
    all_sent(tablet)
    all_sent(other)
    assert len(sent) == 1
    assert shop.receipts(alice) == [10_000, 10_000, 10_000]


def test_what_the_server_refuses_is_listed_with_its_reason_until_somebody_has_written_it_down(
    tablet: Tablet, shop: Shop
) -> None:
    alice = shop.guest("+79163000013")
    number = shop.card_number(alice)
    cut_off(tablet)
    sell(tablet, number, "100")
    with business_later(hours=73):
        connect(tablet)
        waiting(tablet, "Refused: 1")
    tablet.page.locator(".waiting").click()
    refused = tablet.page.locator("[data-list=refused] li")
    expect(refused).to_contain_text("This receipt is older than 72 hours")
    expect(refused).to_contain_text("₽100")
    expect(refused).to_contain_text(f"•• {number[-4:]}")
    assert number not in tablet.page.content()
    refused.get_by_role("button", name="I have written it down").click()
    expect(refused).to_have_count(0)
    assert tablet.kept("queue") == []
    assert shop.receipts(alice) == []


def test_one_that_is_refused_stops_no_other(tablet: Tablet, shop: Shop) -> None:
    alice = shop.somebody()
    number = shop.card_number(alice)
    cut_off(tablet)
    sell(tablet, number, "100")
    with business_later(hours=73):
        tablet.page.evaluate(KEEP_ANOTHER, [business_now().isoformat(), tablet.kept("queue")[0]])
        connect(tablet)
        waiting(tablet, "Refused: 1")
    assert shop.receipts(alice) == [20_000]


# As another tab of this till would have kept it, three days later.
KEEP_ANOTHER = """([at, first]) => new Promise((done) => {
  const body = { ...first.body, external_id: "LATER", total: 20000, occurred_at: at };
  indexedDB.open("molva-till").onsuccess = ({ target }) => {
    const transaction = target.result.transaction("queue", "readwrite");
    transaction.objectStore("queue").put({ ...first, number: "LATER", body });
    transaction.oncomplete = done;
  };
})"""


def test_from_48_hours_on_the_page_warns_of_the_72(chromium: Browser, shop: Shop, signed_in: Any) -> None:
    number = shop.card_number(shop.guest("+79163000015"))
    with tablet_in(chromium, shop, signed_in, clock=True) as tablet:
        cut_off(tablet)
        tablet.page.locator("#code").fill(number)
        tablet.page.get_by_role("button", name="Find").click()
        tablet.step("guest")
        tablet.key_amount("100")
        tablet.confirm()
        tablet.step("done")
        tablet.page.clock.fast_forward("47:00:00")
        tablet.page.locator(".waiting").click()
        expect(tablet.page.locator('[data-show="queue-old"]')).to_be_hidden()
        tablet.page.clock.fast_forward("02:00:00")
        expect(tablet.page.get_by_text("The oldest has waited 49 hours.")).to_be_visible()
        tablet.page.clock.fast_forward("24:00:00")
        expect(tablet.page.get_by_text("longer than 72 hours")).to_be_visible()


def test_a_session_that_ended_meanwhile_keeps_what_waits_until_somebody_signs_in(chromium: Browser, shop: Shop) -> None:
    alice = shop.guest("+79163000016")
    number = shop.card_number(alice)
    vera_id = shop.run(lambda session: vera(session).id)
    with tablet_in(chromium, shop, shop.browser_of(vera_id)) as tablet:
        cut_off(tablet)
        sell(tablet, number, "100")
        shop.run(lambda session: staff.disable_staff_member(session, staff_id=vera_id, who="test"))
        connect(tablet)
        tablet.step("ended")
        waiting(tablet, "Waiting: 1")
        assert shop.receipts(alice) == []
        sign_in_here(tablet, shop, shop.run(lambda session: vera(session).id))
        all_sent(tablet)
    assert shop.receipts(alice) == [10_000]


def sign_in_here(tablet: Tablet, shop: Shop, staff_id: UUID) -> None:
    """Somebody signs in at this tablet, and is led to the page."""
    hand_over(tablet, shop, staff_id)
    tablet.page.goto("/till")


def hand_over(tablet: Tablet, shop: Shop, staff_id: UUID) -> None:
    """From now on it is this person's session that the browser holds."""
    tablet.page.context.clear_cookies()
    tablet.page.context.add_cookies(shop.browser_of(staff_id)["cookies"])


def test_whoever_cannot_sign_in_sells_on_and_the_receipts_wait(chromium: Browser, shop: Shop) -> None:
    alice = shop.guest("+79163000017")
    number = shop.card_number(alice)
    vera_id = shop.run(lambda session: vera(session).id)
    with tablet_in(chromium, shop, shop.browser_of(vera_id)) as tablet:
        shop.run(lambda session: staff.disable_staff_member(session, staff_id=vera_id, who="test"))
        tablet.scan(number)
        tablet.step("ended")
        tablet.page.get_by_role("button", name="Sell on").click()
        sell(tablet, number, "100")
        waiting(tablet, "Waiting: 1")
        sign_in_here(tablet, shop, shop.run(lambda session: vera(session).id))
        all_sent(tablet)
    assert shop.receipts(alice) == [10_000]


def test_what_was_sold_in_one_store_is_never_sent_by_another(chromium: Browser, shop: Shop, signed_in: Any) -> None:
    alice = shop.guest("+79163000018")
    number = shop.card_number(alice)
    arbat = shop.run(lambda session: a_store(session, "arbat").id)
    sent: list[str] = []
    with tablet_in(chromium, shop, signed_in) as tablet:
        cut_off(tablet)
        sell(tablet, number, "100")
        tablet.page.context.on("request", lambda one: sent.append(one.url) if "batch" in one.url else None)
        hand_over(tablet, shop, shop.run(lambda session: vera(session, arbat).id))
        connect(tablet)
        expect(tablet.page.locator('[data-show="store"]')).to_have_text("Arbat")
        tablet.page.locator(".waiting").click()
        expect(tablet.page.locator("[data-list=elsewhere]")).to_have_text("Pokrovka 12: 1")
        assert sent == []
        assert shop.receipts(alice) == []
        sign_in_here(tablet, shop, shop.run(lambda session: vera(session).id))
        all_sent(tablet)
    assert shop.receipts(alice) == [10_000]


def test_a_store_that_changes_while_the_page_is_open_is_not_sent_for_either(
    chromium: Browser, shop: Shop, signed_in: Any
) -> None:
    """Another tab signs in for another store: the token of this page is not worth anything there."""
    alice = shop.guest("+79163000019")
    arbat = shop.run(lambda session: a_store(session, "arbat").id)
    with tablet_in(chromium, shop, signed_in) as tablet:
        tablet.scan(shop.card_number(alice))
        tablet.step("guest")
        tablet.key_amount("100")
        hand_over(tablet, shop, shop.run(lambda session: vera(session, arbat).id))
        tablet.confirm()
        expect(tablet.page.locator('[data-show="store"]')).to_have_text("Arbat")
    assert shop.receipts(alice) == []


def test_a_kept_receipt_that_was_not_sent_yet_is_simply_undone(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79163000020")
    number = shop.card_number(alice)
    cut_off(tablet)
    tablet.scan(number)
    tablet.step("guest")
    tablet.key_amount("100")
    tablet.confirm()
    tablet.step("done")
    tablet.page.locator("[data-step=done] [data-do=undo]").click()
    expect(tablet.page.locator('[data-show="done-title"]')).to_have_text("The sale is undone")
    assert tablet.kept("queue") == []
    connect(tablet)
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    assert shop.receipts(alice) == []


def test_a_new_release_is_taken_over_while_nobody_is_served(
    chromium: Browser, shop: Shop, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tablet_in(chromium, shop, signed_in, kept=True) as tablet:
        wait_until_kept(tablet.page)
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


def test_the_shop_keeps_one_receipt_for_each_number(tablet: Tablet, shop: Shop) -> None:
    """Numbers are made at the till: two sales never share one."""
    alice = shop.guest("+79163000021")
    number = shop.card_number(alice)
    cut_off(tablet)
    for _sale in range(4):
        sell(tablet, number, "100")
    numbers = {receipt["number"] for receipt in tablet.kept("queue")}
    assert len(numbers) == 4
    connect(tablet)
    all_sent(tablet)
    query = text("SELECT external_id FROM receipts WHERE member_id = :member_id")
    rows = shop.run(lambda session: session.execute(query, {"member_id": alice}).scalars().all())
    assert set(rows) == numbers
