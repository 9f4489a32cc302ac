"""What was sold without a connection is sent once: whatever breaks, whoever signs in, however many tabs there are."""

from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, Route, expect
from sqlalchemy import text

from backend.shared.clock import business_now
from backend.staff import service as staff
from tests.factories.shops import a_store
from tests.factories.staff import vera
from tests.till_page.conftest import Shop, Tablet, tablet_in
from tests.till_page.outages import BATCHES, all_sent, connect, cut_off, lose_the_answer, sell, waiting


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


def sell_what_comes_too_late(tablet: Tablet, shop: Shop, number: str) -> None:
    """A sale of ₽100 without a connection, which comes back after three days."""
    cut_off(tablet)
    sell(tablet, number, "100")
    with shop.business_later(hours=73):
        connect(tablet)
        waiting(tablet, "Refused: 1")


def test_what_the_server_refuses_is_listed_with_its_reason_until_somebody_has_written_it_down(
    tablet: Tablet, shop: Shop
) -> None:
    alice = shop.guest("+79163000013")
    number = shop.card_number(alice)
    sell_what_comes_too_late(tablet, shop, number)
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
    with shop.business_later(hours=73):
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
    # An answer under way to the page of before would bring its cookie back.
    tablet.page.goto("about:blank")
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
        # With every guest the page asks who is signed in: no answer of before may come after the hand-over.
        with tablet.page.expect_response("**/till/session"):
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
    tablet.ring_up(number, "100")
    tablet.undo()
    tablet.done("The sale is undone")
    assert tablet.kept("queue") == []
    connect(tablet)
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    assert shop.receipts(alice) == []


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


def test_what_waits_and_what_was_refused_are_counted_side_by_side(tablet: Tablet, shop: Shop) -> None:
    number = shop.card_number(shop.somebody())
    sell_what_comes_too_late(tablet, shop, number)
    cut_off(tablet)
    sell(tablet, number, "200")
    waiting(tablet, "Waiting: 1 Refused: 1")


def test_the_reason_of_a_refusal_is_told_to_a_cashier_in_the_language_of_now(tablet: Tablet, shop: Shop) -> None:
    number = shop.card_number(shop.somebody())
    sell_what_comes_too_late(tablet, shop, number)
    tablet.page.locator(".waiting").click()
    refused = tablet.page.locator("[data-list=refused] li")
    expect(refused).to_contain_text("It waited too long for a connection.")
    expect(tablet.page.get_by_text("Write down the amount, the time")).to_be_visible()
    expect(refused).not_to_contain_text("imported from a file")
    tablet.page.get_by_role("link", name="Русский").click()
    tablet.page.locator(".waiting").click()
    expect(refused).to_contain_text("Чек старше 72 часов")


def test_a_server_that_takes_none_of_it_is_heard_when_somebody_sends_by_hand(tablet: Tablet, shop: Shop) -> None:
    alice = shop.somebody()
    cut_off(tablet)
    sell(tablet, shop.card_number(alice), "100")
    problem = {"type": "too-large", "title": "The request is too large", "detail": "Send less at once.", "status": 413}
    under_way: list[Route] = []
    tablet.page.route(BATCHES, lambda route: under_way.append(route))
    connect(tablet)
    tablet.wait_for(lambda: under_way)
    tablet.page.locator(".waiting").click()
    # Also when the page is sending already, by itself, the answer is heard.
    with tablet.page.expect_response("**/till/session"):
        tablet.page.get_by_role("button", name="Send now").click()
    tablet.page.route(BATCHES, lambda route: route.fulfill(status=413, json=problem))
    under_way[0].fulfill(status=413, json=problem)
    assert "The request is too large" in tablet.alert()
    tablet.page.unroute(BATCHES)
    all_sent(tablet)
    assert shop.receipts(alice) == [10_000]
