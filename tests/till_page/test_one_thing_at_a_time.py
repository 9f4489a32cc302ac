"""On a slow network a press waits for its answer: nothing else begins meanwhile, and nothing goes untold."""

from typing import Any

from playwright.sync_api import Browser, Route, expect

from tests.till_page.conftest import Shop, Tablet, tablet_in


class SlowAnswers:
    """Requests of a kind that are under way for as long as the test wants."""

    def __init__(self, tablet: Tablet, pattern: str) -> None:
        self._tablet = tablet
        self._held: list[Route] = []
        tablet.page.route(pattern, lambda route: self._held.append(route))

    def are_under_way(self) -> None:
        """Waits until there is one."""
        self._tablet.wait_for(lambda: self._held)

    def come(self) -> None:
        """Lets them through."""
        for route in self._held:
            route.continue_()


def test_nobody_turns_to_another_guest_while_a_receipt_is_recorded(tablet: Tablet, shop: Shop) -> None:
    guest = shop.somebody(name="Alice Kovaleva")
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.key_amount("1000")
    answers = SlowAnswers(tablet, "**/till/receipts")
    tablet.confirm()
    answers.are_under_way()
    tablet.page.locator("[data-step=guest] [data-do=restart]").click()
    tablet.step("guest")
    answers.come()
    tablet.done("Points for Alice K.")
    assert shop.receipts(guest) == [100_000]


def test_practice_does_not_begin_while_a_guest_is_looked_up(tablet: Tablet, shop: Shop) -> None:
    guest = shop.somebody(name="Alice Kovaleva")
    answers = SlowAnswers(tablet, "**/till/scans")
    tablet.page.locator("#code").fill(shop.card_number(guest))
    tablet.page.get_by_role("button", name="Find").click()
    answers.are_under_way()
    tablet.page.get_by_role("switch", name="Practice").click()
    answers.come()
    tablet.step("guest")
    expect(tablet.page.locator('[data-show="guest-name"]')).to_have_text("Alice K.")
    expect(tablet.page.get_by_text("Practice: nothing is real")).to_be_hidden()


def test_an_undo_that_takes_long_is_told_before_the_next_guest_comes(
    chromium: Browser, shop: Shop, signed_in: Any
) -> None:
    guest = shop.somebody()
    with tablet_in(chromium, shop, signed_in, clock=True) as tablet:
        tablet.ring_up_and_stop_time(shop.card_number(guest), "100")
        answers = SlowAnswers(tablet, "**/returns")
        tablet.undo()
        answers.are_under_way()
        tablet.page.clock.run_for(9_000)
        tablet.step("done")
        answers.come()
        tablet.done("The sale is undone")
    assert shop.returns(guest) == [10_000]
