"""Practice: three sample guests, an unmistakable page, and nothing real."""

from playwright.sync_api import expect

from tests.till_page.conftest import Shop, Tablet
from tests.till_page.outages import connect, cut_off, sell, waiting


def begin(tablet: Tablet) -> None:
    """Switches practice on."""
    tablet.page.get_by_role("switch", name="Practice").click()
    expect(tablet.page.get_by_text("Practice: nothing is real")).to_be_visible()


def take_sample(tablet: Tablet, name: str) -> None:
    """Presses one of the sample guests."""
    tablet.page.locator(".samples").get_by_role("button", name=name).click()
    tablet.step("guest")


def test_practice_reaches_no_server_and_leaves_no_trace(tablet: Tablet) -> None:
    asked: list[str] = []
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    begin(tablet)
    tablet.page.on("request", lambda request: asked.append(request.url) if "/static/" not in request.url else None)
    take_sample(tablet, "Alice")
    tablet.key_amount("700")
    tablet.page.locator("label.choice__one").filter(has_text="Spend").click()
    tablet.key_amount("350")
    tablet.confirm()
    tablet.step("done")
    assert tablet.shown("earned") == "−350"
    tablet.undo()
    tablet.done("The sale is undone")
    tablet.page.locator(".next").click()
    tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    expect(tablet.page.locator("[data-list=receipts] button")).to_have_count(1)
    assert asked == []
    assert (tablet.kept("queue"), tablet.kept("receipts")) == ([], [])


def test_the_page_says_practice_in_every_step(tablet: Tablet) -> None:
    begin(tablet)
    band = tablet.page.get_by_text("Practice: nothing is real")
    take_sample(tablet, "Boris")
    expect(band).to_be_visible()
    tablet.key_amount("100")
    tablet.confirm()
    tablet.step("done")
    expect(band).to_be_visible()


def test_a_real_card_is_not_taken_in_practice(tablet: Tablet, shop: Shop) -> None:
    number = shop.card_number(shop.guest("+79166000001"))
    begin(tablet)
    tablet.scan(number)
    assert "only the three sample guests" in tablet.alert()


def test_an_old_code_cannot_spend_in_practice_either(tablet: Tablet) -> None:
    begin(tablet)
    take_sample(tablet, "Lena")
    assert "This code is old." in tablet.shown("messages")
    tablet.key_amount("100")
    assert tablet.shown("spend-note") == "ask the guest to open the code"


def test_a_reload_ends_practice(tablet: Tablet) -> None:
    begin(tablet)
    tablet.page.reload()
    tablet.step("scan")
    expect(tablet.page.get_by_text("Practice: nothing is real")).to_be_hidden()
    expect(tablet.page.get_by_role("switch", name="Practice")).to_have_attribute("aria-checked", "false")


def test_after_practice_the_till_is_real_again(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79166000002")
    begin(tablet)
    take_sample(tablet, "Alice")
    tablet.page.get_by_role("button", name="End practice").click()
    tablet.step("scan")
    expect(tablet.page.get_by_text("Practice: nothing is real")).to_be_hidden()
    expect(tablet.page.locator("[data-do=undo]").first).to_be_hidden()
    tablet.ring_up(shop.card_number(alice), "100")
    assert shop.receipts(alice) == [10_000]


def test_what_was_refused_is_out_of_reach_in_practice(tablet: Tablet, shop: Shop) -> None:
    cut_off(tablet)
    sell(tablet, shop.card_number(shop.somebody()), "100")
    with shop.business_later(hours=73):
        connect(tablet)
        waiting(tablet, "Refused: 1")
    tablet.page.get_by_role("switch", name="Practice").click()
    expect(tablet.page.locator(".waiting")).to_be_hidden()
    tablet.page.get_by_role("button", name="End practice").click()
    waiting(tablet, "Refused: 1")
