"""On a slow network a press waits for its answer: nothing else begins meanwhile, and nothing goes untold."""

from playwright.sync_api import expect

from tests.till_page.conftest import Shop, Tablet

ANSWER_LATE = """([part, milliseconds]) => {
  const plain = window.fetch;
  window.fetch = async (...asked) => {
    if (String(asked[0]).endsWith(part)) await new Promise((go) => setTimeout(go, milliseconds));
    return plain(...asked);
  };
}"""


def answer_late(tablet: Tablet, part: str, milliseconds: int = 1500) -> None:
    """From now on requests that end with `part` take so long."""
    tablet.page.evaluate(ANSWER_LATE, [part, milliseconds])


def test_nobody_turns_to_another_guest_while_a_receipt_is_recorded(tablet: Tablet, shop: Shop) -> None:
    guest = shop.somebody(name="Alice Kovaleva")
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.key_amount("1000")
    answer_late(tablet, "/till/receipts")
    tablet.confirm()
    tablet.page.locator("[data-step=guest] [data-do=restart]").click()
    tablet.done("Points for Alice K.")
    assert shop.receipts(guest) == [100_000]


def test_practice_does_not_begin_while_a_guest_is_looked_up(tablet: Tablet, shop: Shop) -> None:
    guest = shop.somebody(name="Alice Kovaleva")
    answer_late(tablet, "/till/scans")
    tablet.page.locator("#code").fill(shop.card_number(guest))
    tablet.page.get_by_role("button", name="Find").click()
    tablet.page.get_by_role("switch", name="Practice").click()
    tablet.step("guest")
    expect(tablet.page.locator('[data-show="guest-name"]')).to_have_text("Alice K.")
    expect(tablet.page.get_by_text("Practice: nothing is real")).to_be_hidden()


def test_an_undo_that_takes_long_is_told_before_the_next_guest_comes(tablet: Tablet, shop: Shop) -> None:
    guest = shop.somebody()
    tablet.ring_up(shop.card_number(guest), "100")
    answer_late(tablet, "/returns", 10_000)
    tablet.undo()
    tablet.page.wait_for_timeout(9_000)
    assert tablet.page.locator('[data-step="done"]').is_visible()
    tablet.done("The sale is undone")
    assert shop.returns(guest) == [10_000]
