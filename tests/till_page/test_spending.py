"""The guest pays with points at the cashier's page: how many is the guest's choice, and they are spent once."""

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Route, expect

from backend.members import card_code, cards
from backend.shared.clock import system_now
from tests.till_page.conftest import Shop, Tablet, tablet_in

RECEIPTS = "**/api/v1/till/receipts"
RESERVATIONS = "**/api/v1/till/reservations"


@pytest.fixture
def alice(shop: Shop) -> UUID:
    """Alice, who has 500 points to spend."""
    member_id = shop.somebody(name="Alice Kovaleva")
    shop.give_points(member_id, 500)
    return member_id


def serve(tablet: Tablet, code: str, amount: str) -> None:
    """Scans the guest and keys the amount."""
    tablet.scan(code)
    tablet.step("guest")
    tablet.key_amount(amount)


def choose_to_spend(tablet: Tablet) -> None:
    """Chooses Spend."""
    tablet.page.locator("label.choice__one").filter(has_text="Spend").click()


def test_all_that_is_possible_is_offered_first(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    assert tablet.shown("points") == "500"
    assert tablet.shown("confirm") == "Confirm, ₽200 to pay"
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")
    assert tablet.shown("earned") == "−500"
    assert "The guest pays ₽200." in tablet.shown("done-words")
    assert shop.available(alice) == 0
    assert shop.receipts(alice) == [70_000]


def test_no_more_is_offered_than_the_receipt_takes(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "120")
    choose_to_spend(tablet)
    assert tablet.shown("points") == "120"


def test_how_many_points_is_the_guests_choice(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.key_amount("50")
    assert tablet.shown("points") == "50"
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")
    assert "Earned: +32." in tablet.shown("done-words")
    assert shop.available(alice) == 450


def test_the_key_for_all_goes_back_to_all(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.key_amount("50")
    tablet.page.get_by_role("button", name="All", exact=True).click()
    assert tablet.shown("points") == "500"


def test_too_many_points_are_refused_and_the_most_is_named(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.key_amount("501")
    tablet.confirm()
    assert "500" in tablet.alert()
    assert shop.available(alice) == 500
    tablet.page.get_by_role("button", name="All", exact=True).click()
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")


def test_earning_needs_no_choice(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    expect(tablet.page.locator('[name="choice"][value="earn"]')).to_be_checked()
    tablet.confirm()
    tablet.done("Points for Alice K.")
    assert shop.available(alice) == 500


def test_a_card_number_does_not_spend_until_the_code_is_opened(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.card_number(alice), "700")
    assert tablet.shown("spend-note") == "ask the guest to open the code"
    choose_to_spend(tablet)
    tablet.step("scan")
    assert tablet.shown("purpose-title") == "Ask the guest to open the code"
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    assert tablet.shown("amount") == "₽700"
    assert tablet.shown("points") == "500"
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")


def test_another_guests_code_spends_nothing_here(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    boris = shop.somebody()
    serve(tablet, shop.card_number(alice), "700")
    choose_to_spend(tablet)
    tablet.scan(shop.code_on_phone(boris))
    assert "This is another guest’s code." in tablet.alert()
    tablet.page.get_by_role("button", name="Back").click()
    tablet.step("guest")


def test_a_code_that_grew_old_while_the_amount_was_keyed_is_asked_for_again(
    tablet: Tablet, shop: Shop, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shop.run(lambda session: cards.issue_card_key(session, member_id=alice, install_id="phone-of-alice"))
    code = card_code.encode(key.device_id, key.secret, step=card_code.step_at(system_now()))
    serve(tablet, code, "700")
    choose_to_spend(tablet)
    with monkeypatch.context() as patch:
        patch.setattr(card_code, "SKEW_STEPS", -1)
        tablet.confirm()
        assert "code" in tablet.alert()
    assert tablet.shown("spend-note") == "ask the guest to open the code"
    choose_to_spend(tablet)
    tablet.step("scan")
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")
    assert shop.available(alice) == 0


def test_a_receipt_whose_answer_was_lost_spends_once(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.key_amount("100")
    tablet.page.route(RECEIPTS, lose_the_answer, times=1)
    tablet.confirm()
    assert "Press Confirm again: nothing is spent twice." in tablet.alert()
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")
    assert shop.available(alice) == 400
    assert shop.receipts(alice) == [70_000]


def test_a_reservation_whose_answer_was_lost_is_made_once(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.key_amount("100")
    tablet.page.route(RESERVATIONS, lose_the_answer, times=1)
    tablet.confirm()
    assert "points are not spent without one" in tablet.alert()
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")
    assert (shop.available(alice), shop.balance(alice).reserved) == (400, 0)


def test_a_connection_that_breaks_before_the_points_are_set_aside_spends_nothing(
    tablet: Tablet, shop: Shop, alice: UUID
) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.page.route("**/api/v1/till/**", lambda route: route.abort())
    tablet.confirm()
    assert "Nothing was spent." in tablet.alert()
    assert shop.available(alice) == 500
    assert shop.receipts(alice) == []


def test_points_that_were_set_aside_go_back_when_the_cashier_turns_to_another_guest(
    tablet: Tablet, shop: Shop, alice: UUID
) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.page.route(RECEIPTS, lambda route: route.abort(), times=1)
    tablet.confirm()
    tablet.alert()
    expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
    assert shop.balance(alice).reserved == 500
    tablet.page.get_by_role("button", name="Another guest").click()
    tablet.wait_for(lambda: shop.balance(alice).reserved == 0)
    assert shop.available(alice) == 500


def test_a_sale_paid_with_points_is_undone_and_they_come_back(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    serve(tablet, shop.code_on_phone(alice), "700")
    choose_to_spend(tablet)
    tablet.confirm()
    tablet.done("Paid with points: Alice K.")
    tablet.undo()
    tablet.done("The sale is undone")
    assert tablet.shown("earned") == "+500"
    assert "Give back ₽200." in tablet.shown("done-words")
    assert shop.available(alice) == 500


def test_the_keyboard_alone_serves_a_guest_who_spends(tablet: Tablet, shop: Shop, alice: UUID) -> None:
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    tablet.page.keyboard.type("700", delay=120)
    tablet.page.locator('[name="choice"][value="earn"]').focus()
    tablet.page.keyboard.press("ArrowRight")
    tablet.page.keyboard.type("60", delay=120)
    tablet.page.keyboard.press("Enter")
    tablet.done("Paid with points: Alice K.")
    assert shop.available(alice) == 440


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_the_choice_is_read_out_as_one_of_two(
    chromium: Browser, shop: Shop, signed_in: Any, alice: UUID, locale: str
) -> None:
    with tablet_in(chromium, shop, signed_in, locale=locale) as tablet:
        serve(tablet, shop.code_on_phone(alice), "700")
        group = tablet.page.get_by_role("group", name="Earn or spend" if locale == "en" else "Начислить или списать")
        expect(group.get_by_role("radio")).to_have_count(2)
