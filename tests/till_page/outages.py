"""What a test does with a till whose connection comes and goes."""

from playwright.sync_api import Route, expect

from tests.till_page.conftest import Tablet

BATCHES = "**/api/v1/till/receipts/batch"
# The pauses between attempts grow.
PATIENCE_MS = 40_000


def sell(tablet: Tablet, code: str, amount: str) -> None:
    """Sells to whoever has this code, and goes on to the next guest."""
    tablet.ring_up(code, amount)
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
    """Waits until nothing waits on the tablet. Before a page just opened has counted, its header alone says nothing."""
    tablet.wait_for(lambda: all(receipt["state"] != "waiting" for receipt in tablet.kept("queue")))
    expect(tablet.page.locator(".waiting")).to_be_hidden(timeout=PATIENCE_MS)


def waiting(tablet: Tablet, words: str) -> None:
    """Waits until the header says so."""
    expect(tablet.page.locator(".waiting")).to_have_text(words, timeout=PATIENCE_MS)


def lose_the_answer(route: Route) -> None:
    """The request arrives, and its answer does not."""
    route.fetch()
    route.abort()
