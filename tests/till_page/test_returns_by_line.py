"""Some lines of a receipt come back: the cashier ticks them, sees what is given back, and then records it."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, expect

from backend.shared.clock import business_now
from backend.shared.ids import new_id
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import sale
from tests.till_page.conftest import Shop, Tablet, tablet_in
from tests.till_page.test_layout import in_place

# Two were sold under one SKU, at two prices.
LINES = [
    {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 3, "amount": 90_000},
    {"sku": "MUG", "category": "cups", "quantity": 1, "amount": 60_000},
    {"sku": "MUG", "category": "cups", "quantity": 1, "amount": 40_000},
    {"sku": "BEANS", "category": "beans", "quantity": 0.35, "amount": 10_000},
]
TOTAL = 200_000


def post(shop: Shop, path: str, body: dict[str, Any]) -> Any:
    """What another till does."""
    headers = shop.run(lambda session: bearer(a_till_key(session, a_store(session).id)))
    answer = shop.app.test_client().post(f"/api/v1/till{path}", json=body, headers=headers)
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def alice(shop: Shop) -> UUID:
    """Alice has bought with lines for ₽2,000, ₽500 of it with points; a flat white has come back already."""
    alice: UUID = shop.somebody(name="Alice Kovaleva")
    shop.give_points(alice, 500)
    number = f"pokrovka-{str(new_id())[-6:]}"
    wish = {"external_id": number, "code": shop.code_on_phone(alice), "points": 500, "amount": TOTAL}
    held = post(shop, "/reservations", wish)
    post(shop, "/receipts", sale(alice, TOTAL, external_id=number, lines=LINES, reservation_id=held["id"]))
    cup = {"external_id": f"{number}-R", "lines": [{"sku": "FLAT-WHITE", "quantity": 1}]}
    post(shop, f"/receipts/{number}/returns", cup | {"occurred_at": business_now().isoformat()})
    return alice


def open_lines(tablet: Tablet, number: str) -> None:
    """Opens a receipt by its number, and its lines."""
    tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    tablet.page.locator("#receipt-number").fill(number)
    tablet.page.locator("#receipt-number").press("Enter")
    tablet.page.locator('label[data-when="has-lines"]').click()


def line(tablet: Tablet, place: int) -> Locator:
    return tablet.page.locator(f'[data-list=lines] [data-position="{place}"]')


def test_ticked_lines_come_back_and_never_more_than_is_left(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    open_lines(tablet, shop.number_of(alice))
    record = tablet.page.locator('form[data-do="return"] [type=submit]')
    expect(record).to_be_disabled()
    expect(line(tablet, 1)).to_contain_text("2 of 3 left, ₽600")
    flat_white = line(tablet, 1).get_by_role("checkbox")
    flat_white.press("Space")
    expect(line(tablet, 1).locator("output")).to_have_text("2")
    expect(line(tablet, 1).get_by_role("button", name="One more: FLAT-WHITE")).to_be_disabled()
    line(tablet, 1).get_by_role("button", name="One fewer: FLAT-WHITE").press("Enter")
    expect(line(tablet, 1).locator("output")).to_have_text("1")
    line(tablet, 3).get_by_role("checkbox").check()
    expect(tablet.page.locator('[data-show="preview"]')).to_have_text(
        "Give back ₽525. Points back to the guest: +175. Taken back: −26."
    )
    expect(tablet.page.locator('[data-show="give-back"]')).to_have_text("Return ₽700")
    assert shop.returns(alice) == [30_000]
    record.click()
    tablet.step("done")
    assert tablet.shown("earned") == "+175"
    assert tablet.shown("done-words") == "Give back ₽525. Taken back: −26."
    assert shop.returns(alice) == [30_000, 70_000]
    tablet.page.locator(".next").click()
    open_lines(tablet, shop.number_of(alice))
    expect(line(tablet, 3)).to_contain_text("all returned")
    expect(line(tablet, 3).get_by_role("checkbox")).to_be_disabled()
    expect(line(tablet, 1)).to_contain_text("1 of 3 left, ₽300")


def test_a_receipt_of_one_keyed_amount_has_no_lines_to_tick(tablet: Tablet, shop: Shop) -> None:
    boris, number = shop.somebody(), f"keyed-{new_id()}"
    post(shop, "/receipts", sale(boris, 50_000, external_id=number, lines=[]))
    tablet.page.locator("[data-step=scan] [data-do=open-receipts]").click()
    tablet.page.locator("#receipt-number").fill(number)
    tablet.page.locator("#receipt-number").press("Enter")
    expect(tablet.page.locator('[data-show="receipt-total"]')).to_have_text("₽500")
    expect(tablet.page.locator('label[data-when="has-lines"]')).to_be_hidden()


@pytest.mark.parametrize(("size", "locale"), [((1024, 768), "en"), ((768, 1024), "ru"), ((360, 640), "ru")])
def test_nothing_is_cut_off(
    chromium: Browser, shop: Shop, signed_in: Any, alice: UUID, size: tuple[int, int], locale: str
) -> None:
    with tablet_in(chromium, shop, signed_in, size=size, locale=locale) as tablet:
        open_lines(tablet, shop.number_of(alice))
        line(tablet, 1).get_by_role("checkbox").check()
        line(tablet, 4).get_by_role("checkbox").check()
        expect(tablet.page.locator('[data-show="preview"]')).to_be_visible()
        in_place(tablet.page, scrolls=size[0] < 600)
