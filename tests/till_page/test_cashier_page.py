"""The cashier's page in a real browser, against the real application."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Playwright, expect

from backend.members import card_code, cards
from backend.referrals.choosing import choose_code
from backend.shared import formatting
from backend.shared.clock import business_now, system_now
from backend.staff import service as staff
from tests.browser import FAKE_CAMERA, launch
from tests.factories.staff import vera
from tests.till_page.conftest import Shop, Tablet, tablet_in
from tests.till_page.filming import film_of


def test_vera_types_a_card_and_the_guest_earns(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000001", name="Alice Kovaleva")
    tablet.type_code(shop.card_number(alice))
    tablet.step("guest")
    assert tablet.shown("guest-name") == shop.label(alice) == "Alice K."
    tablet.key_amount("700")
    assert tablet.shown("amount") == "₽700"
    tablet.confirm()
    tablet.step("done")
    assert tablet.shown("earned") == "+35"
    assert "₽700" in tablet.shown("done-words")
    assert tablet.shown("say").startswith("+35\u00a0points. Can be spent from ")
    assert (tablet.shown("balance-available"), tablet.shown("balance-pending")) == ("0", "35")
    assert shop.receipts(alice) == [70_000]


def test_the_page_shows_neither_full_name_nor_phone_nor_card_number(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000002", name="Alice Kovaleva")
    number = shop.card_number(alice)
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    content = tablet.page.content()
    assert "Kovaleva" not in content
    assert "9162000002" not in content.replace(" ", "")
    assert number not in content.replace(" ", "")
    assert tablet.shown("card") == f"card •• {number[-4:]}"


@pytest.mark.parametrize(
    ("keys", "shown", "recorded"),
    [("699,90", "₽699.90", 69_990), ("12,5", "₽12.5", 1_250), ("1234", "₽1,234", 123_400), ("0,05", "₽0.05", 5)],
)
def test_kopecks_are_keyed_after_the_decimal_sign(
    tablet: Tablet, shop: Shop, keys: str, shown: str, recorded: int
) -> None:
    guest = shop.guest(f"+7916201{recorded:04d}"[:12])
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.key_amount(keys)
    assert tablet.shown("amount") == shown
    tablet.confirm()
    tablet.step("done")
    assert shop.receipts(guest) == [recorded]


def test_nothing_can_be_confirmed_before_an_amount_is_keyed(tablet: Tablet, shop: Shop) -> None:
    tablet.scan(shop.card_number(shop.guest("+79162000003")))
    tablet.step("guest")
    confirm = tablet.page.locator('form[data-do="confirm"] [type=submit]')
    expect(confirm).to_be_disabled()
    tablet.key_amount("7")
    expect(confirm).to_be_enabled()
    tablet.page.locator('[data-keypad=amount] [data-key="Backspace"]').click()
    expect(confirm).to_be_disabled()


def test_the_amount_can_be_typed_on_a_keyboard(tablet: Tablet, shop: Shop) -> None:
    guest = shop.guest("+79162000004")
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.page.keyboard.type("45,50", delay=120)
    tablet.page.keyboard.press("Enter")
    tablet.step("done")
    assert shop.receipts(guest) == [4_550]


def test_the_camera_reads_the_code_on_the_guests_phone(
    playwright: Playwright, shop: Shop, signed_in: Any, tmp_path: Path
) -> None:
    alice = shop.guest("+79162000005", name="Alice Kovaleva")
    code = shop.code_on_phone(alice)
    assert len(code) == 40
    film = film_of(code, tmp_path / "phone.y4m")
    browser = launch(playwright, *FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}")
    with tablet_in(browser, shop, signed_in) as tablet:
        tablet.step("guest")
        assert tablet.shown("guest-name") == "Alice K."
        expect(tablet.page.locator('[data-show="spendable-note"]')).to_be_hidden()
        tablet.key_amount("500")
        tablet.confirm()
        tablet.step("done")
    browser.close()
    assert shop.receipts(alice) == [50_000]


def test_without_a_camera_the_page_says_so_and_goes_on(tablet: Tablet) -> None:
    expect(tablet.page.get_by_text("There is no camera here.")).to_be_visible()
    expect(tablet.page.get_by_role("button", name="Try the camera again")).to_be_visible()
    expect(tablet.page.get_by_role("button", name="Find")).to_be_enabled()


def test_a_usb_scanner_is_heard_wherever_the_focus_is(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000006", name="Alice Kovaleva")
    tablet.page.locator('[data-keypad=code] [data-key="5"]').focus()
    tablet.scan(shop.code_on_phone(alice))
    tablet.step("guest")
    assert tablet.shown("guest-name") == "Alice K."


def test_a_usb_scanner_is_understood_on_a_russian_keyboard_layout(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000007", name="Alice Kovaleva")
    code = shop.code_on_phone(alice)
    # Keys by their places, with the letters that this layout gives them.
    tablet.page.evaluate(
        """(code) => {
          for (const sign of [...code, "Enter"]) {
            const place = sign === "Enter" ? sign : /\\d/.test(sign) ? `Digit${sign}` : `Key${sign.toUpperCase()}`;
            const key = sign === "Enter" || /\\d/.test(sign) ? sign : "ы";
            const pressed = { code: place, key, shiftKey: /[A-Z]/.test(sign), bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", pressed));
          }
        }""",
        code,
    )
    tablet.step("guest")
    assert tablet.shown("guest-name") == "Alice K."


def test_a_scan_on_the_last_screen_opens_the_next_guest(tablet: Tablet, shop: Shop) -> None:
    first, second = shop.guest("+79162000008", name="Anna Orlova"), shop.guest("+79162000009", name="Pavel Denisov")
    tablet.ring_up(shop.card_number(first), "300")
    tablet.scan(shop.card_number(second))
    tablet.step("guest")
    assert tablet.shown("guest-name") == "Pavel D."
    assert tablet.shown("amount") == "₽0"


def test_the_page_goes_to_the_next_guest_by_itself_after_eight_seconds(
    chromium: Browser, shop: Shop, signed_in: Any
) -> None:
    guest = shop.guest("+79162000010")
    with tablet_in(chromium, shop, signed_in, clock=True) as tablet:
        tablet.ring_up_and_stop_time(shop.card_number(guest), "100")
        tablet.page.clock.run_for(7_000)
        tablet.step("done")
        tablet.page.clock.run_for(1_500)
        tablet.step("scan")


def test_an_old_code_still_earns_and_the_page_says_what_it_cannot_do(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000011", name="Alice Kovaleva")
    key = shop.run(lambda session: cards.issue_card_key(session, member_id=alice, install_id="phone-of-alice"))
    step = card_code.step_at(system_now()) - 10
    tablet.scan(card_code.encode(key.device_id, key.secret, step=step))
    tablet.step("guest")
    assert "This code is old." in tablet.shown("messages")
    tablet.key_amount("200")
    tablet.confirm()
    tablet.step("done")
    assert shop.receipts(alice) == [20_000]


def test_a_code_that_nobody_has_is_told_and_can_be_typed_again(tablet: Tablet, shop: Shop) -> None:
    tablet.type_code("4276000000000000")
    assert "Nobody is known by this code" in tablet.alert()
    tablet.page.locator('[data-keypad=code] [data-key="Backspace"]').click()
    expect(tablet.page.locator("[data-alert=scan]")).to_be_hidden()


def test_somebody_without_a_card_is_given_one_by_phone(tablet: Tablet, shop: Shop) -> None:
    tablet.type_code("+79162000012")
    tablet.step("enrol")
    assert tablet.shown("phone") == "+7 916 200 00 12"
    tablet.page.get_by_role("button", name="Give a card").click()
    tablet.step("guest")
    tablet.key_amount("600")
    tablet.confirm()
    tablet.step("done")
    dasha = shop.member_with_phone("+79162000012")
    assert dasha is not None
    assert shop.receipts(dasha) == [60_000]


def test_a_number_that_is_no_phone_is_refused_kindly(tablet: Tablet) -> None:
    tablet.type_code("+70000000")
    tablet.step("enrol")
    tablet.page.get_by_role("button", name="Give a card").click()
    assert tablet.alert() != ""
    tablet.step("enrol")


def test_a_new_guest_names_the_friend_at_enrolment(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000013", name="Alice Kovaleva")
    tablet.type_code("+79162000014")
    tablet.step("enrol")
    tablet.page.get_by_role("button", name="Scan").click()
    tablet.step("scan")
    tablet.scan(f"{shop.address}/r/{shop.invitation(alice)}?c=app")
    tablet.step("enrol")
    assert tablet.shown("recommended-title") == "Recommended by Alice"
    tablet.page.get_by_role("button", name="Give a card").click()
    tablet.step("guest")
    tablet.key_amount("500")
    tablet.confirm()
    tablet.step("done")
    boris = shop.member_with_phone("+79162000014")
    assert boris is not None
    assert shop.advocate_of(boris) == alice
    assert tablet.shown("earned") == "+225"


def test_an_invitation_scanned_first_waits_for_the_guest(tablet: Tablet, shop: Shop) -> None:
    alice = shop.guest("+79162000015", name="Alice Kovaleva")
    tablet.scan(shop.invitation(alice))
    expect(tablet.page.get_by_text("Recommended by Alice. Now the new guest’s phone number.").first).to_be_visible()
    tablet.type_code("+79162000016")
    tablet.step("enrol")
    tablet.page.get_by_role("button", name="Give a card").click()
    tablet.step("guest")
    boris = shop.member_with_phone("+79162000016")
    assert boris is not None
    assert shop.advocate_of(boris) == alice


def test_a_guest_with_a_card_names_the_friend_before_the_first_purchase(tablet: Tablet, shop: Shop) -> None:
    alice, boris = shop.guest("+79162000017", name="Alice Kovaleva"), shop.guest("+79162000018")
    tablet.scan(shop.card_number(boris))
    tablet.step("guest")
    # The scanner needs no button: while a guest is served, what it reads is the friend's invitation.
    tablet.scan(shop.invitation(alice))
    tablet.step("guest")
    assert tablet.shown("recommended-title") == "Recommended by Alice"
    tablet.key_amount("500")
    tablet.confirm()
    tablet.step("done")
    assert shop.advocate_of(boris) == alice


@pytest.mark.parametrize("how", ["scanned", "typed"])
def test_a_friends_chosen_code_of_russian_letters_is_taken(tablet: Tablet, shop: Shop, how: str) -> None:
    code = {"scanned": "зёрнышко", "typed": "алиса"}[how]
    alice, boris = shop.somebody(name="Alice Kovaleva"), shop.somebody()
    shop.run(lambda session: choose_code(session, member_id=alice, typed=code, at=business_now()))
    tablet.scan(shop.card_number(boris))
    tablet.step("guest")
    if how == "scanned":
        tablet.scan(f"{shop.address}/r/{quote(code.upper())}?c=qr")
    else:
        tablet.page.locator('[data-part=recommended]:visible [data-do="ask-advocate"]').click()
        tablet.step("scan")
        # A Russian keyboard: the label is Cyrillic, the place is a Latin letter's.
        for label, place in zip(code, "FKBCF", strict=True):
            pressed = {"key": label, "code": f"Key{place}", "bubbles": True}
            tablet.page.evaluate("(key) => document.body.dispatchEvent(new KeyboardEvent('keydown', key))", pressed)
        tablet.page.get_by_role("button", name="Find").click()
    tablet.step("guest")
    assert tablet.shown("recommended-title") == "Recommended by Alice"
    tablet.key_amount("500")
    tablet.confirm()
    tablet.step("done")
    assert shop.advocate_of(boris) == alice


def test_a_recommendation_that_comes_too_late_is_refused_and_the_receipt_goes_without_it(
    tablet: Tablet, shop: Shop
) -> None:
    alice, ira = shop.guest("+79162000019", name="Alice Kovaleva"), shop.guest("+79162000020")
    for total in ("300", "400"):
        tablet.scan(shop.card_number(ira))
        tablet.step("guest")
        if total == "400":
            tablet.scan(shop.invitation(alice))
            tablet.step("guest")
        tablet.key_amount(total)
        tablet.confirm()
        if total == "400":
            assert "The recommendation cannot be counted" in tablet.alert()
            assert tablet.shown("amount") == "₽400"
            tablet.page.get_by_role("button", name="Without the recommendation").click()
            tablet.confirm()
        tablet.step("done")
    assert shop.receipts(ira) == [30_000, 40_000]
    assert shop.advocate_of(ira) is None


def test_a_card_is_not_taken_for_an_invitation(tablet: Tablet, shop: Shop) -> None:
    alice, boris = shop.guest("+79162000021"), shop.guest("+79162000022")
    tablet.scan(shop.card_number(boris))
    tablet.step("guest")
    tablet.scan(shop.card_number(alice))
    assert "This is not an invitation." in tablet.alert()
    tablet.page.get_by_role("button", name="Back").click()
    tablet.step("guest")


def test_a_receipt_is_dated_by_the_shops_time_of_now(tablet: Tablet, shop: Shop) -> None:
    """The page stays open for days; a till may send its receipts of a day and no older."""
    guest = shop.somebody()
    with shop.business_later(days=15):
        tablet.ring_up(shop.card_number(guest), "100")
        assert shop.receipts(guest) == [10_000]


def test_two_presses_record_one_receipt(tablet: Tablet, shop: Shop) -> None:
    guest = shop.guest("+79162000026")
    tablet.scan(shop.card_number(guest))
    tablet.step("guest")
    tablet.key_amount("100")
    tablet.page.locator('form[data-do="confirm"] [type=submit]').dblclick()
    tablet.step("done")
    assert shop.receipts(guest) == [10_000]


def test_when_the_session_is_over_the_page_says_how_to_come_back(chromium: Browser, shop: Shop) -> None:
    """The session is ended at the server: a cookie that is deleted here may come back with an answer under way."""
    vera_id = shop.run(lambda session: vera(session).id)
    with tablet_in(chromium, shop, shop.browser_of(vera_id)) as tablet:
        expect(tablet.page.locator('[data-connection="online"]')).to_be_visible()
        shop.run(lambda session: staff.disable_staff_member(session, staff_id=vera_id, who="test"))
        tablet.scan("4276000000000000")
        tablet.step("ended")
        expect(tablet.page.get_by_role("link", name="Sign in")).to_be_visible()


def test_who_is_not_signed_in_is_led_to_the_sign_in_page(shop: Shop) -> None:
    answer = shop.app.test_client().get("/till")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/staff/sign-in")


def test_the_page_may_run_webassembly_and_the_camera_and_nothing_inline(tablet: Tablet) -> None:
    response = tablet.page.reload()
    assert response is not None
    headers = response.headers
    assert "script-src 'self' 'wasm-unsafe-eval';" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["permissions-policy"].startswith("camera=(self)")


def test_numbers_in_the_script_are_those_of_the_house(chromium: Browser, shop: Shop, signed_in: Any) -> None:
    amounts = [
        (0, "RUB"),
        (5, "RUB"),
        (9_990, "RUB"),
        (150_000, "RUB"),
        (-30_000, "RUB"),
        (1_530, "GBP"),
        (1_500, "JPY"),
    ]
    numbers = [0, 1, 120, 1_240, -300, 1_234_567]
    shares = [0, 50, 300, 1_250, 10_000]
    now = datetime(2026, 12, 30, 22, 30, tzinfo=UTC)
    moments = [now, now - timedelta(days=8), now + timedelta(days=1)]
    for locale in ("en", "ru"):
        with tablet_in(chromium, shop, signed_in, locale=locale) as tablet:
            address = tablet.page.locator("script[src*='page/main.js']").get_attribute("src")
            assert address is not None
            written = tablet.page.evaluate(
                """async ([address, amounts, numbers, shares, moments]) => {
                  const { count, day, money, percent, signed } = await import(address);
                  const sums = amounts.map(([minor, currency]) => money(minor, currency));
                  const days = moments.map((moment) => day(moment, "Europe/Moscow", moments[0]));
                  return [sums, numbers.map(count), numbers.map(signed), shares.map(percent), days];
                }""",
                [
                    address.replace("main.js", "formatting.js"),
                    amounts,
                    numbers,
                    shares,
                    [moment.isoformat() for moment in moments],
                ],
            )
        assert written[0] == [formatting.money(minor, currency, locale=locale) for minor, currency in amounts]
        assert written[1] == [formatting.count(number, locale=locale) for number in numbers]
        assert written[2] == [formatting.signed(number, locale=locale) for number in numbers]
        assert written[3] == [formatting.percent(share, locale=locale) for share in shares]
        today = formatting.day_in(now, "Europe/Moscow")
        assert written[4] == [
            formatting.date(moment, locale=locale, zone="Europe/Moscow", today=today) for moment in moments
        ]


def test_the_language_is_changed_on_the_page(tablet: Tablet) -> None:
    tablet.page.get_by_role("link", name="Русский").click()
    expect(tablet.page.get_by_role("button", name="Найти")).to_be_visible()
    cookies = json.dumps(tablet.page.context.cookies())
    assert '"name": "lang", "value": "ru"' in cookies
