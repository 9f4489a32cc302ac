"""Coupons at the cashier's page: shown with the guest, handed over once, refused without a connection."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Route, expect
from sqlalchemy.orm import Session

from backend.programmes import queries as programme_queries
from backend.programmes import service as programmes
from backend.programmes.programme import Programme
from backend.rewards import queries
from backend.shared.clock import business_now
from backend.tiers import service as tiers
from tests.factories.rewards import PROGRAMME, ordered
from tests.till_page.conftest import Shop, Tablet, tablet_in
from tests.till_page.outages import connect, cut_off
from tests.till_page.test_layout import PHONE, SIZES, in_place

USES = "**/api/v1/till/coupons/uses"


@pytest.fixture(scope="module", autouse=True)
def _offers(shop: Shop) -> None:
    """The shop offers rewards, tiers and a discount."""
    shop.run(lambda session: programmes.load(session, PROGRAMME, in_force_from=business_now()))


@pytest.fixture
def alice(shop: Shop) -> UUID:
    """Alice, who has 500 points to spend."""
    member_id = shop.somebody(name="Alice Kovaleva")
    shop.give_points(member_id, 500)
    return member_id


def coupon_of(shop: Shop, member_id: UUID, reward: str = "cappuccino") -> str:
    """The code of a coupon that the guest has just ordered."""
    code: str = shop.run(lambda session: ordered(session, member_id, reward).code)
    return code


def state(shop: Shop, code: str) -> tuple[str, str | None]:
    """What has become of a coupon, and for which receipt."""
    found = shop.run(lambda session: queries.coupon(session, code))
    return found.state, found.used_receipt


def grain(session: Session) -> Programme:
    """The programme in force."""
    found = programme_queries.main_programme(session, at=business_now())
    assert found
    return found


def card(tablet: Tablet) -> Any:
    return tablet.page.locator(".coupon:visible")


def test_a_coupon_stands_under_the_guest_and_is_given_with_one_press(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    code = coupon_of(shop, alice)
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    expect(card(tablet)).to_contain_text("Any cappuccino")
    expect(card(tablet)).to_contain_text("coupon until ")
    card(tablet).get_by_role("button", name="Give: Any cappuccino").click()
    expect(card(tablet)).to_contain_text("Hand it to the guest.")
    expect(card(tablet).get_by_role("button")).to_have_count(0)
    tablet.key_amount("350")
    tablet.confirm()
    tablet.step("done")
    assert state(shop, code) == ("used", shop.number_of(alice))


def test_a_scanned_coupon_opens_its_guest(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    code = coupon_of(shop, alice)
    tablet.scan(code)
    tablet.step("guest")
    assert tablet.shown("guest-name") == "Alice K."
    card(tablet).get_by_role("button", name="Give").click()
    expect(card(tablet)).to_contain_text("Hand it")
    assert state(shop, code)[0] == "used"


def test_by_the_card_number_alone_nothing_is_given_until_the_guest_shows_the_coupon(
    tablet: Tablet, shop: Shop, alice: UUID
) -> None:
    code = coupon_of(shop, alice)
    tablet.type_code(shop.card_number(alice))
    tablet.step("guest")
    expect(card(tablet)).to_contain_text("ask the guest to show it")
    expect(card(tablet).get_by_role("button", name="Give")).to_have_count(0)
    card(tablet).get_by_role("button", name="Scan").click()
    tablet.step("scan")
    assert tablet.shown("purpose-title") == "Ask the guest to show the coupon"
    tablet.scan(code)
    tablet.step("guest")
    card(tablet).get_by_role("button", name="Give").click()
    expect(card(tablet)).to_contain_text("Hand it")
    assert state(shop, code)[0] == "used"


def test_a_fresh_code_opens_the_coupons_too(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    coupon_of(shop, alice)
    tablet.type_code(shop.card_number(alice))
    tablet.step("guest")
    card(tablet).get_by_role("button", name="Scan").click()
    tablet.step("scan")
    tablet.scan(shop.card_number(alice))
    assert "show it" in tablet.alert()
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    expect(card(tablet).get_by_role("button", name="Give")).to_be_visible()


def test_another_guests_coupon_is_not_taken(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    boris = shop.somebody(name="Boris")
    shop.give_points(boris, 500)
    theirs = coupon_of(shop, boris)
    coupon_of(shop, alice)
    tablet.type_code(shop.card_number(alice))
    tablet.step("guest")
    card(tablet).get_by_role("button", name="Scan").click()
    tablet.scan(theirs)
    assert "another guest" in tablet.alert()
    assert state(shop, theirs)[0] == "issued"


def test_a_used_coupon_says_where_and_opens_nobody(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    code = coupon_of(shop, alice)
    tablet.scan(code)
    card(tablet).get_by_role("button", name="Give").click()
    expect(card(tablet)).to_contain_text("Hand it")
    tablet.page.get_by_role("button", name="Another guest").click()
    tablet.step("scan")
    tablet.scan(code)
    assert "This coupon was used already" in tablet.alert()
    assert "Pokrovka 12" in tablet.alert()


def test_an_answer_that_was_lost_is_asked_for_again_and_the_coupon_counts_once(
    tablet: Tablet, shop: Shop, alice: UUID
) -> None:
    code = coupon_of(shop, alice)
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    tablet.page.route(USES, lose, times=1)
    card(tablet).get_by_role("button", name="Give").click()
    assert "a coupon counts once" in tablet.alert()
    assert state(shop, code)[0] == "used"
    expect(card(tablet).get_by_role("button", name="Give")).to_be_enabled()
    card(tablet).get_by_role("button", name="Give").click()
    expect(card(tablet)).to_contain_text("Hand it")


def undo(tablet: Tablet) -> None:
    tablet.page.locator("[data-step=done] [data-do=undo]").click()


def sell_with_coupon(tablet: Tablet, code: str) -> None:
    """Hands the coupon over; the amount is keyed, and nothing confirmed yet."""
    tablet.scan(code)
    tablet.step("guest")
    card(tablet).get_by_role("button", name="Give").click()
    expect(card(tablet)).to_contain_text("Hand it")
    tablet.key_amount("350")


def test_an_undo_gives_the_coupon_back(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    code = coupon_of(shop, alice)
    sell_with_coupon(tablet, code)
    tablet.confirm()
    tablet.step("done")
    undo(tablet)
    expect(tablet.page.locator('[data-show="say"]')).to_contain_text("Any cappuccino: the coupon is good again.")
    assert state(shop, code) == ("issued", None)
    tablet.page.locator(".next").click()
    tablet.scan(code)
    tablet.step("guest")
    expect(card(tablet).get_by_role("button", name="Give")).to_be_enabled()


def test_a_kept_sale_with_a_coupon_is_undone_only_where_the_server_hears_of_it(
    tablet: Tablet, shop: Shop, alice: UUID
) -> None:
    code = coupon_of(shop, alice)
    sell_with_coupon(tablet, code)
    cut_off(tablet)
    tablet.confirm()
    tablet.step("done")
    undo(tablet)
    assert "Nothing was undone" in tablet.alert()
    assert state(shop, code)[0] == "used"
    connect(tablet)
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    undo(tablet)
    expect(tablet.page.locator('[data-show="done-title"]')).to_have_text("The sale is undone")
    assert state(shop, code) == ("issued", None)


def test_without_a_connection_nothing_is_given(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    code = coupon_of(shop, alice)
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    tablet.page.context.set_offline(True)
    expect(card(tablet)).to_contain_text("not without a connection")
    expect(card(tablet).get_by_role("button", name="Give")).to_be_disabled()
    tablet.page.context.set_offline(False)
    expect(card(tablet).get_by_role("button", name="Give")).to_be_enabled()
    assert state(shop, code)[0] == "issued"


def test_practice_has_a_coupon_of_its_own(tablet: Tablet) -> None:
    tablet.page.get_by_role("switch", name="Practice").click()
    tablet.page.locator(".samples").get_by_role("button", name="Alice").click()
    tablet.step("guest")
    card(tablet).get_by_role("button", name="Give: Free cookie").click()
    expect(card(tablet)).to_contain_text("Hand it to the guest.")
    tablet.key_amount("350")
    tablet.confirm()
    tablet.step("done")
    undo(tablet)
    expect(tablet.page.locator('[data-show="say"]')).to_contain_text("the coupon is good again")


def test_the_tier_and_the_discount_are_told_with_the_guest(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    tablet.type_code(shop.card_number(alice))
    tablet.key_amount("6000")
    tablet.confirm()
    tablet.step("done")
    tablet.page.locator(".next").click()
    shop.run(lambda session: tiers.promote(session, grain(session), {alice: 600_000}, at=business_now()))
    tablet.type_code(shop.card_number(alice))
    tablet.step("guest")
    assert tablet.shown("tier") == "Silver"
    assert tablet.shown("discount") == "3% off: take it off before you key in the amount"


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off(chromium: Browser, shop: Shop, signed_in: Any, size: tuple[int, int], locale: str) -> None:
    konstantin = shop.somebody(name="Константин Вознесенский")
    shop.give_points(konstantin, 5_000)
    for _ in range(4):
        coupon_of(shop, konstantin, "five_hundred_off")
    with tablet_in(chromium, shop, signed_in, size=size, locale=locale) as tablet:
        tablet.page.locator("#code").fill(shop.code_on_phone(konstantin))
        tablet.page.locator('form[data-do="find"] [type=submit]').click()
        tablet.step("guest")
        tablet.key_amount("1234567,89")
        in_place(tablet.page)
        tablet.page.locator(".coupon [data-do=give]").first.click()
        expect(tablet.page.locator(".coupon.is-given")).to_have_count(1)
        in_place(tablet.page)
        tablet.page.locator("[data-step=guest] label.choice__one").last.click()
        in_place(tablet.page)


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_practice_fits_a_phone(chromium: Browser, shop: Shop, signed_in: Any, locale: str) -> None:
    with tablet_in(chromium, shop, signed_in, size=PHONE, locale=locale) as tablet:
        tablet.page.get_by_role("switch").click()
        tablet.page.locator("[data-code=PRACTICE-ALICE]").click()
        tablet.step("guest")
        tablet.key_amount("700")
        in_place(tablet.page)
