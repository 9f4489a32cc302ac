"""The cashier's page sells without a connection, and says what it can know and do."""

from datetime import timedelta

from playwright.sync_api import expect

from backend.members import card_code, cards
from backend.shared.clock import business_now, system_now
from tests.till_page.conftest import Shop, Tablet
from tests.till_page.outages import all_sent, connect, cut_off, lose_the_answer, sell, waiting


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


def test_what_has_not_been_sent_is_not_returned_and_the_page_says_so(kept_tablet: Tablet, shop: Shop) -> None:
    cut_off(kept_tablet)
    sell(kept_tablet, shop.card_number(shop.somebody()), "100")
    kept_tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    kept_tablet.page.locator("[data-list=receipts] button").first.click()
    expect(kept_tablet.page.get_by_text("It has not been sent yet.")).to_be_visible()
    expect(kept_tablet.page.locator('form[data-do="return"] [type=submit]')).to_be_disabled()


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
