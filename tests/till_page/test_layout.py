"""No screen of the cashier's page cuts anything off, at the sizes of tablets and phones and in both languages."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page

from tests.till_page.conftest import Shop, Tablet, tablet_in

SIZES = [(1024, 768), (768, 1024), (390, 844)]
PHONE = (390, 844)

OUT_OF_PLACE = """() => {
  const wrong = [];
  const tell = (what, element, ...numbers) => wrong.push([what, element.className, element.textContent, ...numbers]);
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest(".unseen, .skip-link")) continue;
    if (box.left < -1 || box.right > innerWidth + 1) tell("outside", element, box.left, box.right);
    const style = getComputedStyle(element);
    const clips = style.overflowX !== "visible" && style.clipPath === "none";
    if (clips && element.scrollWidth > element.clientWidth + 1) tell("cut off", element);
  }
  const least = innerWidth < 600 ? 56 : 64;
  for (const key of document.querySelectorAll("main button, main a")) {
    const box = key.getBoundingClientRect();
    if (box.width && Math.min(box.width, box.height) < least - 0.5) tell("small", key, box.width, box.height);
  }
  const height = document.documentElement.scrollHeight;
  if (height > innerHeight + 1) tell("scrolls", document.documentElement.firstElementChild, height);
  return wrong;
}"""


@pytest.fixture(scope="module")
def konstantin(shop: Shop) -> UUID:
    """A guest with a long name."""
    return shop.guest("+79162000030", name="Константин Вознесенский")


def in_place(page: Page, *, scrolls: bool = False) -> None:
    """Nothing is cut off or too small to press; only what is a list may scroll."""
    wrong = [one for one in page.evaluate(OUT_OF_PLACE) if not (scrolls and one[0] == "scrolls")]
    assert wrong == []


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("size", SIZES)
def test_the_three_steps(
    chromium: Browser, shop: Shop, signed_in: Any, konstantin: UUID, size: tuple[int, int], locale: str
) -> None:
    with tablet_in(chromium, shop, signed_in, size=size, locale=locale) as tablet:
        page = tablet.page
        page.locator("#code").fill("4276000000000000")
        page.locator('form[data-do="find"] [type=submit]').click()
        tablet.alert()
        in_place(page)
        page.locator("#code").fill(shop.card_number(konstantin))
        page.locator('form[data-do="find"] [type=submit]').click()
        tablet.step("guest")
        tablet.key_amount("1234567,89")
        in_place(page)
        tablet.confirm()
        tablet.step("done")
        in_place(page)
        page.locator(".next").click()
        page.locator("#code").fill("+79162000031")
        page.locator('form[data-do="find"] [type=submit]').click()
        tablet.step("enrol")
        in_place(page)
        page.locator(".step--enrol [data-do=ask-advocate]").click()
        tablet.step("scan")
        in_place(page)


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("size", SIZES)
def test_spending_undo_and_returns(
    chromium: Browser, shop: Shop, signed_in: Any, size: tuple[int, int], locale: str
) -> None:
    guest = shop.somebody(name="Константин Вознесенский")
    shop.give_points(guest, 98_765)
    with tablet_in(chromium, shop, signed_in, size=size, locale=locale) as tablet:
        page = tablet.page
        tablet.scan(shop.code_on_phone(guest))
        tablet.step("guest")
        tablet.key_amount("123456,78")
        in_place(page)
        page.locator("[data-step=guest] label.choice__one").last.click()
        in_place(page)
        page.locator("[data-step=guest] label.choice__one").first.click()
        tablet.confirm()
        tablet.step("done")
        page.locator(".next").click()
        tablet.step("scan")
        in_place(page)
        page.locator("[data-step=scan] [data-do=open-receipts]").click()
        tablet.step("receipts")
        in_place(page, scrolls=size == PHONE)
        page.locator("[data-list=receipts] button").first.click()
        for key in "1234":
            page.locator(f'[data-keypad=return] [data-key="{key}"]').click()
        in_place(page, scrolls=size == PHONE)
        page.locator('form[data-do="return"] [type=submit]').click()
        tablet.step("done")
        in_place(page)


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("size", SIZES)
def test_without_a_connection(
    chromium: Browser, shop: Shop, signed_in: Any, size: tuple[int, int], locale: str
) -> None:
    number = shop.card_number(shop.somebody())
    with tablet_in(chromium, shop, signed_in, size=size, locale=locale) as tablet:
        page = tablet.page
        page.context.set_offline(True)
        tablet.wait_for(lambda: page.locator('[data-connection="offline"]').is_visible())
        in_place(page)
        tablet.scan(number)
        tablet.step("guest")
        tablet.key_amount("1234567,89")
        in_place(page)
        tablet.confirm()
        tablet.step("done")
        in_place(page)
        page.locator(".next").click()
        refuse_the_only_one(tablet)
        in_place(page)
        tablet.scan("12345678901234567890")
        tablet.alert()
        in_place(page)
        page.locator(".waiting").click()
        tablet.step("waiting")
        in_place(page, scrolls=size == PHONE)
        page.context.clear_cookies()
        page.context.set_offline(False)
        tablet.wait_for(lambda: page.locator('[data-connection="signed-out"]').is_visible())
        in_place(page, scrolls=size == PHONE)
        page.locator("[data-step=waiting] [data-do=restart]").click()
        in_place(page)


def refuse_the_only_one(tablet: Tablet) -> None:
    """Two more receipts: one that was refused, one that is three days old."""
    tablet.page.evaluate(
        """([first]) => new Promise((done) => {
             const problem = { title: "This receipt is older than 72 hours", detail: "Check the till’s clock." };
             const body = { ...first.body, occurred_at: new Date(Date.now() - 50 * 3600e3).toISOString() };
             indexedDB.open("molva-till").onsuccess = ({ target }) => {
               const transaction = target.result.transaction("queue", "readwrite");
               transaction.objectStore("queue").put({ ...first, number: "REFUSED", state: "refused", problem });
               transaction.objectStore("queue").put({ ...first, number: "OLD", body });
               transaction.oncomplete = () => {
                 new BroadcastChannel("molva-till-queue").postMessage("changed");
                 done();
               };
             };
           })""",
        tablet.kept("queue"),
    )
    tablet.wait_for(lambda: "1" in tablet.page.locator(".waiting").inner_text())


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("size", SIZES)
def test_practice(chromium: Browser, shop: Shop, signed_in: Any, size: tuple[int, int], locale: str) -> None:
    with tablet_in(chromium, shop, signed_in, size=size, locale=locale) as tablet:
        page = tablet.page
        page.get_by_role("switch").click()
        in_place(page)
        page.locator("[data-code=PRACTICE-LENA]").click()
        tablet.step("guest")
        tablet.key_amount("700")
        in_place(page)
        page.locator("[data-step=guest] [data-do=restart]").click()
        page.locator("[data-code=PRACTICE-ALICE]").click()
        tablet.step("guest")
        tablet.key_amount("700")
        page.locator("[data-step=guest] label.choice__one").last.click()
        in_place(page)
        tablet.confirm()
        tablet.step("done")
        in_place(page)


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_a_short_phone_scrolls_and_cuts_nothing_off(chromium: Browser, shop: Shop, signed_in: Any, locale: str) -> None:
    number = shop.card_number(shop.somebody())
    with tablet_in(chromium, shop, signed_in, size=(360, 640), locale=locale) as tablet:
        page = tablet.page
        in_place(page, scrolls=True)
        assert page.locator(".camera").evaluate("(camera) => camera.offsetHeight") >= 200
        page.context.set_offline(True)
        tablet.wait_for(lambda: page.locator('[data-connection="offline"]').is_visible())
        in_place(page, scrolls=True)
        tablet.ring_up(number, "540")
        page.locator(".next").click()
        refuse_the_only_one(tablet)
        in_place(page, scrolls=True)
        page.locator(".waiting").click()
        tablet.step("waiting")
        in_place(page, scrolls=True)
