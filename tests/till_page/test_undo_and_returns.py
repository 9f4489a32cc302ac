"""The cashier takes a sale back: at once within a minute, later by the receipt; and a kept receipt finds its guest."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Route, expect

from backend.staff import service as staff
from backend.staff.roles import Role
from tests.factories.shops import a_store
from tests.till_page.conftest import Shop, Tablet, tablet_in
from tests.till_page.outages import BATCHES

RETURNS = "**/api/v1/till/receipts/*/returns"


def test_the_last_sale_is_undone_on_the_spot_and_its_points_go(tablet: Tablet, shop: Shop) -> None:
    alice = shop.somebody()
    tablet.ring_up(shop.card_number(alice), "700")
    tablet.undo()
    tablet.done("The sale is undone")
    assert tablet.shown("earned") == "−35"
    assert "Give back ₽700." in tablet.shown("done-words")
    assert shop.balance(alice).pending == 0
    assert shop.returns(alice) == [70_000]


def test_the_last_sale_can_be_undone_from_the_scan_step_for_a_minute(
    chromium: Browser, shop: Shop, signed_in: Any
) -> None:
    alice = shop.somebody()
    number = shop.card_number(alice)
    with tablet_in(chromium, shop, signed_in, clock=True) as tablet:
        tablet.ring_up_and_stop_time(number, "100")
        tablet.page.clock.run_for(9_000)
        tablet.step("scan")
        offered = tablet.page.locator("[data-step=scan] [data-do=undo]")
        expect(offered).to_have_text("Undo ₽100, 51 s")
        tablet.page.clock.run_for(52_000)
        expect(offered).to_have_text("To returns")
        offered.click()
        tablet.step("receipts")
        expect(tablet.page.locator("[data-list=receipts] button").first).to_have_attribute("aria-pressed", "true")
    assert shop.returns(alice) == []


def test_an_undo_whose_answer_was_lost_is_one_return(tablet: Tablet, shop: Shop) -> None:
    alice = shop.somebody()
    tablet.ring_up(shop.card_number(alice), "300")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    tablet.page.route(RETURNS, lose_the_answer, times=1)
    tablet.undo()
    assert "No connection. Nothing was undone." in tablet.alert()
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    tablet.undo()
    tablet.done("The sale is undone")
    assert shop.returns(alice) == [30_000]


def test_the_next_guests_sale_is_what_can_be_undone(tablet: Tablet, shop: Shop) -> None:
    alice, boris = shop.somebody(), shop.somebody()
    tablet.ring_up(shop.card_number(alice), "100")
    tablet.page.locator(".next").click()
    tablet.ring_up(shop.card_number(boris), "200")
    tablet.undo()
    tablet.done("The sale is undone")
    assert (shop.returns(alice), shop.returns(boris)) == ([], [20_000])


def open_receipts(tablet: Tablet) -> None:
    """Goes to the receipts of this till."""
    tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    tablet.step("receipts")


def choose_last(tablet: Tablet) -> None:
    """Chooses the newest receipt of the list."""
    tablet.page.locator("[data-list=receipts] button").first.click()


def give_back(tablet: Tablet) -> None:
    tablet.page.locator('form[data-do="return"] [type=submit]').click()


def key_return(tablet: Tablet, keys: str) -> None:
    """Keys how much comes back."""
    for key in keys:
        tablet.page.locator(f'[data-keypad=return] [data-key="{key}"]').click()


@pytest.fixture
def sold(tablet: Tablet, shop: Shop) -> UUID:
    """Somebody who has just bought for ₽1,000 at this till; the receipts are open."""
    alice = shop.somebody(name="Alice Kovaleva")
    tablet.ring_up(shop.card_number(alice), "1000")
    tablet.page.locator(".next").click()
    open_receipts(tablet)
    return alice


def test_a_whole_receipt_comes_back_from_the_list(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    choose_last(tablet)
    give_back(tablet)
    tablet.done("The return is recorded")
    assert tablet.shown("earned") == "−50"
    assert "Give back ₽1,000." in tablet.shown("done-words")
    assert shop.returns(sold) == [100_000]


def test_a_part_comes_back_and_later_the_rest(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    choose_last(tablet)
    key_return(tablet, "400")
    expect(tablet.page.locator('[data-show="give-back"]')).to_have_text("Return ₽400")
    give_back(tablet)
    tablet.done("The return is recorded")
    assert tablet.shown("earned") == "−20"
    tablet.page.locator(".next").click()
    open_receipts(tablet)
    expect(tablet.page.locator("[data-list=receipts] button").first).to_contain_text("₽400 returned")
    choose_last(tablet)
    expect(tablet.page.locator('[data-show="give-back"]')).to_have_text("Return ₽600")
    give_back(tablet)
    tablet.done("The return is recorded")
    assert shop.returns(sold) == [40_000, 60_000]


def test_more_than_was_sold_is_refused_and_the_page_says_what_is_left(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    choose_last(tablet)
    key_return(tablet, "1001")
    give_back(tablet)
    assert "More is returned than was sold" in tablet.alert()
    assert "Still to be returned: ₽1,000." in tablet.alert()
    assert shop.returns(sold) == []


def test_a_return_whose_answer_was_lost_is_repeated_after_a_reload_and_counts_once(
    tablet: Tablet, shop: Shop, sold: UUID
) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    choose_last(tablet)
    key_return(tablet, "300")
    tablet.page.route(RETURNS, lose_the_answer, times=1)
    give_back(tablet)
    assert "No connection. Nothing was returned." in tablet.alert()
    tablet.page.reload()
    open_receipts(tablet)
    choose_last(tablet)
    key_return(tablet, "300")
    give_back(tablet)
    tablet.done("The return is recorded")
    assert shop.returns(sold) == [30_000]


def test_another_amount_after_a_lost_answer_is_not_a_second_return(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    choose_last(tablet)
    key_return(tablet, "300")
    tablet.page.route(RETURNS, lose_the_answer, times=1)
    give_back(tablet)
    tablet.alert()
    key_return(tablet, "0")
    give_back(tablet)
    tablet.done("The return is recorded")
    assert "The first return, of ₽300, had been recorded already." in tablet.shown("done-words")
    assert shop.returns(sold) == [30_000]


def test_a_receipt_of_another_till_is_returned_by_its_number(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    number = shop.number_of(sold)
    tablet.page.evaluate("() => indexedDB.deleteDatabase('molva-till')")
    tablet.page.reload()
    open_receipts(tablet)
    tablet.page.locator("#receipt-number").fill(number)
    tablet.page.locator("#receipt-number").press("Enter")
    expect(tablet.page.get_by_text("not among this till’s last receipts")).to_be_visible()
    give_back(tablet)
    tablet.done("The return is recorded")
    assert shop.returns(sold) == [100_000]


def test_the_number_of_a_receipt_can_be_scanned(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    tablet.scan(shop.number_of(sold))
    expect(tablet.page.locator('[data-show="receipt-number"]')).to_have_text(f"No. {shop.number_of(sold)}")


def test_a_number_that_nothing_has_is_told(tablet: Tablet, sold: UUID) -> None:
    tablet.page.locator("#receipt-number").fill("NOBODYS-SALE")
    tablet.page.locator("#receipt-number").press("Enter")
    give_back(tablet)
    assert "There is no receipt with this number" in tablet.alert()


def test_the_list_holds_the_last_twenty_and_says_nothing_of_guests(tablet: Tablet, sold: UUID) -> None:
    tablet.page.evaluate(
        """async () => {
             const { src } = document.querySelector("script[src*='main.js']");
             const { note } = await import(src.replace("main.js", "receipts_here.js"));
             for (let sale = 0; sale < 25; sale += 1) {
               const at = new Date(Date.now() + sale * 1000).toISOString();
               const known = { storeId: "pokrovka", total: 100, currency: "RUB", state: "recorded" };
               await note({ ...known, number: `N${sale}`, at });
             }
           }"""
    )
    kept = tablet.kept("receipts")
    assert len(kept) == 20
    assert {name for receipt in kept for name in receipt} <= {
        "number",
        "storeId",
        "total",
        "currency",
        "at",
        "state",
        "returned",
        "unanswered",
    }


def a_card_of_nobody(shop: Shop) -> str:
    """The number of a card that is right in itself, and nobody's."""
    alice = shop.card_number(shop.somebody())
    body = f"{(int(alice[:15]) + 7) % 10**15:015d}"
    digits = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(body)]
    total = sum(digit - 9 if digit > 9 else digit for digit in digits)
    return body + str(-total % 10)


def keep_without_guest(tablet: Tablet, shop: Shop) -> None:
    """A receipt of ₽800 whose guest nobody knows is kept."""
    tablet.scan(a_card_of_nobody(shop))
    tablet.page.get_by_role("button", name="Keep the receipt without a guest").click()
    tablet.step("guest")
    tablet.key_amount("800")
    tablet.confirm()
    tablet.done("Kept without a guest")


def test_a_receipt_of_an_unknown_card_is_kept_and_shown_as_such(tablet: Tablet, shop: Shop) -> None:
    keep_without_guest(tablet, shop)
    number = tablet.shown("earned")
    assert "Receipt ₽800." in tablet.shown("done-words")
    tablet.page.locator(".next").click()
    open_receipts(tablet)
    expect(tablet.page.locator("[data-list=receipts] button").first).to_contain_text(number)
    expect(tablet.page.locator("[data-list=receipts] button").first).to_contain_text("without a guest")
    choose_last(tablet)
    expect(tablet.page.get_by_text("A manager can attach it to a guest here.")).to_be_visible()
    expect(tablet.page.get_by_role("button", name="Attach to a guest")).to_be_hidden()


def test_a_manager_attaches_a_kept_receipt_to_its_guest(chromium: Browser, shop: Shop) -> None:
    alice = shop.somebody(name="Alice Kovaleva")

    def hire_galina(session: Any) -> UUID:
        store_id = a_store(session).id
        galina = staff.create_staff_member(
            session, name="Galina", role=Role.STORE_MANAGER, store_id=store_id, who="test"
        )
        return galina.id

    with tablet_in(chromium, shop, shop.browser_of(shop.run(hire_galina))) as tablet:
        keep_without_guest(tablet, shop)
        tablet.page.locator(".next").click()
        open_receipts(tablet)
        choose_last(tablet)
        tablet.page.get_by_role("button", name="Attach to a guest").click()
        tablet.step("scan")
        assert "the receipt of ₽800" in tablet.shown("purpose-words")
        tablet.scan(shop.card_number(alice))
        tablet.done("Points for Alice K.")
        assert tablet.shown("earned") == "+40"
    assert shop.receipts(alice) == [80_000]


def test_beside_a_return_nothing_offers_to_undo_another_sale(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    number = shop.number_of(sold)
    tablet.page.locator("[data-step=receipts] [data-do=restart]").click()
    tablet.ring_up(shop.card_number(shop.somebody()), "200")
    tablet.page.locator(".next").click()
    open_receipts(tablet)
    type_number(tablet, number)
    give_back(tablet)
    tablet.done("The return is recorded")
    expect(tablet.page.locator("[data-step=done] [data-do=undo]")).to_be_hidden()
    tablet.page.locator(".next").click()
    expect(tablet.page.locator('[data-show="undo-amount"]')).to_contain_text("Undo ₽200")


def test_a_receipt_that_may_be_on_its_way_arrives_before_it_is_undone(tablet: Tablet, shop: Shop) -> None:
    """Otherwise nothing would be found to undo, and what arrived afterwards would stay."""
    guest = shop.somebody()
    tablet.page.route("**/till/receipts", lambda route: route.abort())
    tablet.page.route(BATCHES, lambda route: route.abort())
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.key_amount("100")
    tablet.confirm()
    tablet.done("Kept on this tablet")
    undo = tablet.page.locator("[data-step=done] [data-do=undo]")
    undo.click()
    assert "Nothing was undone" in tablet.alert()
    tablet.page.unroute(BATCHES)
    undo.click()
    tablet.done("The sale is undone")
    assert tablet.kept("queue") == []
    assert shop.receipts(guest) == [10_000]
    assert shop.returns(guest) == [10_000]


def test_a_number_typed_in_small_letters_is_found_in_the_list(tablet: Tablet, shop: Shop, sold: UUID) -> None:
    type_number(tablet, shop.number_of(sold).lower())
    expect(tablet.page.locator('[data-show="receipt-total"]')).to_have_text("₽1,000")
    give_back(tablet)
    tablet.done("The return is recorded")


def test_a_number_of_another_till_typed_in_small_letters_is_found(
    chromium: Browser, shop: Shop, sold: UUID, signed_in: Any
) -> None:
    with tablet_in(chromium, shop, signed_in) as other:
        open_receipts(other)
        type_number(other, shop.number_of(sold).lower())
        give_back(other)
        other.done("The return is recorded")


def type_number(tablet: Tablet, number: str) -> None:
    """Types a receipt's number into its field."""
    tablet.page.locator("#receipt-number").fill(number)
    tablet.page.keyboard.press("Tab")


@pytest.mark.parametrize("number", ["..", "a/b", "№ 12"])
def test_what_cannot_be_a_number_is_told_without_asking(tablet: Tablet, number: str) -> None:
    open_receipts(tablet)
    type_number(tablet, number)
    give_back(tablet)
    assert "No receipt can have this number." in tablet.alert()
