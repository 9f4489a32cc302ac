"""The real app, touched as a finger touches it, against the scripted server."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from client_kivy.headless import Headless
from client_kivy.state import clock
from client_kivy.state.entries import FILTERS
from tests.client_kivy.scripted_server import CODE, FlaskTransport, Script, many_entries

pytestmark = pytest.mark.app

Start = Callable[..., Headless]


def seen(widget: Any) -> Iterator[Any]:
    """A widget and all under it that can be seen."""
    if widget.opacity:
        yield widget
        for child in widget.children:
            yield from seen(child)


def texts(driver: Headless) -> list[str]:
    """Every text on the screen."""
    return [widget.text for widget in seen(driver.app.root) if getattr(widget, "texture_size", (0, 0))[0]]


def button(driver: Headless, text: str) -> Any:
    """The button, chip, tab or link with this text."""
    from kivy.uix.behaviors import ButtonBehavior

    found = [
        widget
        for widget in seen(driver.app.root)
        if isinstance(widget, ButtonBehavior) and getattr(widget, "text", "") == text
    ]
    assert found, f"nothing to press says {text!r}: {texts(driver)}"
    return found[0]


def scanned(driver: Headless, folder: Path) -> list[str]:
    """What a scanner reads from the screen."""
    file = folder / "screen.png"
    driver.picture(file)
    answer = subprocess.run(["zbarimg", "-q", "--raw", str(file)], capture_output=True, text=True, check=False)
    return answer.stdout.split()


def of_class(driver: Headless, name: str) -> list[Any]:
    """The widgets of a class on the screen."""
    return [widget for widget in driver.app.root.walk() if type(widget).__name__ == name]


def test_somebody_signs_in_by_phone_and_code_and_sees_the_card(start_app: Start, script: Script) -> None:
    driver = start_app()
    page = driver.app.page
    page.ids.contact.text = "8 912 000-00-01"
    for name in ("rules", "data"):
        driver.touch(page.ids[name].ids.tick)
    driver.touch(button(driver, "Get the code"))
    driver.until(lambda: driver.app.page.name == "confirm")
    assert driver.app.page.placeholder == "0" * len(CODE)
    driver.app.page.ids.code.text = CODE
    driver.touch(button(driver, "Join"))
    driver.until(lambda: driver.app.page.name == "home")
    driver.settle()
    assert [screen.name for screen in driver.app.root.ids.pages.screens] == ["home"], "what was typed is gone"
    assert {"Alice", "1,240", "270 more by 6 December", "200 points burn on 30 November"} <= set(texts(driver))
    assert script.sign_ins[0]["phone"] == "8 912 000-00-01"
    assert script.sign_ins[0]["consents"] == [{"purpose": "personal_data", "channel": "any"}]


def test_who_is_not_signed_in_may_change_the_language_at_any_step(start_app: Start, script: Script) -> None:
    driver = start_app()
    page = driver.app.page
    page.ids.contact.text = "+79120000001"
    page.ids.rules.ticked = page.ids.data.ticked = True
    page.ask_code()
    driver.until(lambda: driver.app.page.name == "confirm")
    driver.app.speak("ru")
    driver.settle()
    assert driver.app.page.name == "confirm"
    assert not [request for request in script.requests if "/api/v1/me" in request], "there is nobody to ask about"


def test_nothing_is_ticked_beforehand_and_nothing_is_sent_without_the_two_that_are_needed(
    start_app: Start, script: Script
) -> None:
    driver = start_app()
    assert [check.ticked for check in of_class(driver, "Check")] == [False] * 5
    driver.app.page.ids.contact.text = "+79120000001"
    driver.touch(button(driver, "Get the code"))
    driver.settle()
    assert "Without both of these there can be no card." in texts(driver)
    assert "POST /api/v1/sign-in/codes" not in script.requests


def test_a_link_brings_the_friends_code_and_what_it_gives(start_app: Start, script: Script) -> None:
    driver = start_app(link="https://grain.example/r/ALICE7KQP?c=qr")
    assert {"You are invited", "100 points for your first purchase"} <= set(texts(driver))
    page = driver.app.page
    page.ids.contact.text = "+79120000003"
    page.ids.rules.ticked = page.ids.data.ticked = True
    page.ask_code()
    driver.until(lambda: driver.app.page.name == "confirm")
    driver.app.page.ids.code.text = CODE
    driver.app.page.join()
    driver.until(lambda: script.sign_ins)
    assert script.sign_ins[0]["referral_code"] == "ALICE7KQP"


def test_an_unknown_friends_code_is_told_and_one_may_go_on_without_it(start_app: Start, script: Script) -> None:
    driver = start_app(link="NOBODY")
    page = driver.app.page
    page.ids.contact.text = "+79120000003"
    page.ids.rules.ticked = page.ids.data.ticked = True
    page.ask_code()
    driver.until(lambda: driver.app.page.name == "confirm")
    driver.app.page.ids.code.text = CODE
    driver.touch(button(driver, "Join"))
    driver.until(lambda: driver.app.page.friend_error)
    assert "Nobody has this code." in texts(driver)
    driver.touch(button(driver, "Go on without a friend’s code"))
    driver.until(lambda: driver.app.page.name == "home")
    assert "referral_code" not in script.sign_ins[-1]


def test_a_scanner_reads_the_members_code_from_the_screen(at_home: Headless, tmp_path: Path) -> None:
    at_home.touch(button(at_home, "Show code"))
    for theme, width, height in (("light", 412, 915), ("dark", 412, 915), ("dark", 360, 640)):
        at_home.app.wear(theme)
        at_home.resize(width, height)
        at_home.settle()
        codes = {at_home.app.session.card_key().code_at(clock.now())}
        read = scanned(at_home, tmp_path)
        codes.add(at_home.app.session.card_key().code_at(clock.now()))
        assert len(read) == 1
        assert set(read) <= codes
    code = of_class(at_home, "QrCode")[0]
    assert code.texture.width == 29 + 2 * 4, "version 3 with a quiet zone of four"


def test_the_code_works_on_a_phone_that_was_started_without_a_connection(
    at_home: Headless, start_app: Start, transport: FlaskTransport, tmp_path: Path
) -> None:
    transport.connected = False
    driver = start_app()
    driver.touch(button(driver, "Show code"))
    driver.settle()
    assert len(scanned(driver, tmp_path)[0]) == 40
    assert "7043\u00a02210\u00a05589\u00a00018" in texts(driver)


def test_the_code_turns_by_itself(at_home: Headless, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    at_home.app.go("code")
    at_home.settle()
    first, now = at_home.app.page.code, clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=31))
    at_home.until(lambda: at_home.app.page.code != first, "another code")


def test_without_a_connection_everything_is_as_it_was_and_says_so(
    at_home: Headless, start_app: Start, transport: FlaskTransport
) -> None:
    for tab in ("History", "Friends"):
        at_home.touch(button(at_home, tab))
        at_home.settle()
    transport.connected = False
    driver = start_app()
    assert "1,240" in texts(driver)
    assert any(text.startswith("No connection. This is as of") for text in texts(driver))
    for tab, row in (("History", "For inviting Boris"), ("Friends", "Boris K.")):
        driver.touch(button(driver, tab))
        driver.settle()
        assert row in texts(driver)
    transport.connected = True
    driver.touch(button(driver, "Try again"))
    driver.settle()
    assert not any(text.startswith("No connection") for text in texts(driver))


def test_a_row_opens_in_place_says_why_and_closes(at_home: Headless) -> None:
    at_home.touch(button(at_home, "History"))
    at_home.settle()
    row = next(row for row in of_class(at_home, "EntryRow") if row.entry.id == "entry-120")
    at_home.touch(row.ids.line)
    at_home.settle()
    assert {"Why 120 points?", "Your receipt", "₽1,500", "You earn", "120 points"} <= set(texts(at_home))
    at_home.touch(row.ids.line)
    at_home.settle()
    assert "Why 120 points?" not in texts(at_home)


def test_a_row_of_the_home_screen_leads_to_its_reason(at_home: Headless) -> None:
    line = next(line for line in of_class(at_home, "EntryLine") if line.entry.id == "entry-150")
    at_home.touch(line)
    at_home.settle()
    assert at_home.app.page.name == "history"
    assert "Why 150 points?" in texts(at_home)


def test_a_row_that_opens_at_the_bottom_is_scrolled_into_view(at_home: Headless, script: Script) -> None:
    script.entries = many_entries(30)
    at_home.app.go("history")
    at_home.settle()
    rows = at_home.app.page.ids.rows
    seen_ids = [row.entry.id for row in of_class(at_home, "EntryRow") if row.to_window(0, row.top)[1] > rows.y]
    at_home.app.page.open(max(seen_ids, key=lambda id_: int(id_.split("-")[1])))
    at_home.settle()
    bubble = of_class(at_home, "WhyBubble")[0]
    bottom, top = bubble.to_window(*bubble.pos)[1], bubble.to_window(bubble.x, bubble.top)[1]
    assert rows.to_window(*rows.pos)[1] <= bottom < top <= rows.to_window(rows.x, rows.top)[1]


def test_filters_show_their_rows(at_home: Headless) -> None:
    at_home.touch(button(at_home, "History"))
    at_home.settle()
    shown = {}
    for label in FILTERS.values():
        at_home.touch(next(chip for chip in of_class(at_home, "Chip") if chip.text == label))
        shown[label] = {row.entry.id for row in of_class(at_home, "EntryRow")}
    assert shown["Spent"] == {"entry-16", "entry-300"}
    assert shown["Friends"] == {"entry-150"}


def test_ten_thousand_rows_take_a_handful_of_widgets(at_home: Headless, script: Script) -> None:
    script.entries, script.page_rows = many_entries(10_000), 10_000
    at_home.touch(button(at_home, "History"))
    at_home.settle()
    rows = at_home.app.page.ids.rows
    assert len(rows.data) > 10_000
    for place in (1.0, 0.5, 0.001):
        rows.scroll_y = place
        at_home.frames(5)
        assert len(rows.layout_manager.children) < 30


def test_more_rows_come_when_the_end_is_near(at_home: Headless, script: Script) -> None:
    script.entries, script.page_rows = many_entries(120), 50
    at_home.app.go("history")
    at_home.settle()
    rows = at_home.app.page.ids.rows
    for known in (100, 120):
        rows.scroll_y = 0
        at_home.until(lambda known=known: len(at_home.app.known_entries()) == known)


def test_a_friend_scans_the_invitation_from_the_screen(at_home: Headless, script: Script, tmp_path: Path) -> None:
    script.milestones = []
    at_home.touch(button(at_home, "Friends"))
    at_home.settle()
    assert scanned(at_home, tmp_path) == ["https://grain.example/r/ALICE7KQP?c=qr"]
    assert {"Boris K.", "Rewarded", "On 5 Dec", "Joined", "Refused", "Opened your link"} <= set(texts(at_home))


def test_the_invitation_on_a_sheet_can_be_scanned_and_shared(
    at_home: Headless, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    monkeypatch.setattr(at_home.app.platform, "copy", copied.append)
    at_home.touch(button(at_home, "QR"))
    at_home.settle()
    assert scanned(at_home, tmp_path) == ["https://grain.example/r/ALICE7KQP?c=qr"]
    at_home.touch(button(at_home, "Share link"))
    at_home.frames(3)
    assert copied == ["https://grain.example/r/ALICE7KQP?c=messenger"]
    assert "The link is copied" in texts(at_home)


def test_somebody_without_friends_is_told_how_it_begins(at_home: Headless, script: Script) -> None:
    script.friends, script.visits = [], {}
    at_home.touch(button(at_home, "Friends"))
    at_home.settle()
    assert "Nobody yet" in texts(at_home)
    assert "Your friends" not in texts(at_home)


def test_messages_that_were_seen_are_read(at_home: Headless, script: Script) -> None:
    assert "2" in texts(at_home)
    at_home.touch(of_class(at_home, "Bell")[0])
    at_home.settle()
    assert [row.message.unread for row in of_class(at_home, "MessageRow")].count(True) == 2
    at_home.app.back()
    at_home.settle()
    assert "2" not in texts(at_home)
    assert all(message["read_at"] for message in script.messages)


def test_a_consent_is_given_by_one_tick_and_unticked_again_if_it_was_not_taken(
    at_home: Headless, script: Script, transport: FlaskTransport
) -> None:
    at_home.app.go("profile")
    at_home.settle()
    page = at_home.app.page
    at_home.touch(page.ids.sms.ids.tick)
    at_home.until(lambda: script.consents)
    assert [(consent["channel"], consent["given"]) for consent in script.consents] == [("sms", True)]
    transport.connected = False
    at_home.touch(page.ids.push.ids.tick)
    at_home.until(lambda: not page.ids.push.ticked)
    assert "No connection. Try again when there is one." in texts(at_home)


def test_the_language_changes_everywhere_at_once_and_stays(at_home: Headless, start_app: Start, script: Script) -> None:
    at_home.app.go("profile")
    at_home.settle()
    at_home.touch(button(at_home, "Русский"))
    at_home.settle()
    assert script.locale == "ru"
    english = {
        "Home",
        "History",
        "Friends",
        "Show code",
        "Latest",
        "Theme",
        "Sign out",
        "Your friends",
        "Messages",
        "All",
    }
    for screen in ("profile", "home", "history", "friends", "inbox", "code"):
        at_home.app.go(screen)
        at_home.settle()
        assert english & set(texts(at_home)) == set(), screen
    assert "Показать код" in texts(start_app())


def test_the_app_speaks_the_members_language_until_another_one_is_chosen_here(
    at_home: Headless, start_app: Start, script: Script
) -> None:
    script.locale = "ru"
    driver = start_app()
    assert "Показать код" in texts(driver)
    driver.app.speak("en")
    driver.settle()
    script.locale = "ru"
    assert "Show code" in texts(start_app())
    assert script.locale == "en"


def test_the_theme_changes_at_once_and_stays(at_home: Headless, start_app: Start, tmp_path: Path) -> None:
    from client_kivy.theme import theme

    heading = next(line for line in of_class(at_home, "TextLine") if line.text == "Latest")
    light = list(heading.color)
    at_home.app.wear("dark")
    assert list(heading.color) != light
    assert list(heading.color) == theme.colour.text
    start_app()
    assert theme.mode == "dark"


def test_a_session_that_ended_elsewhere_leads_to_the_welcome(at_home: Headless, script: Script) -> None:
    script.expire_access()
    script.refresh_token = "used by a thief"
    at_home.touch(button(at_home, "History"))
    at_home.until(lambda: at_home.app.page.name == "welcome")
    assert not at_home.app.store.get("balance").known


def test_signing_out_asks_and_then_forgets(at_home: Headless, start_app: Start) -> None:
    at_home.app.go("profile")
    at_home.settle()
    at_home.app.page.ids.scroll.scroll_y = 0
    at_home.frames(2)
    at_home.touch(button(at_home, "Sign out"))
    at_home.settle()
    assert "Sign out?" in texts(at_home)
    at_home.touch(button(at_home, "Sign out"))
    at_home.settle()
    assert at_home.app.page.name == "welcome"
    assert [screen.name for screen in at_home.app.root.ids.pages.screens] == ["welcome"]
    assert start_app().app.page.name == "welcome"


def test_the_back_key_leads_home_and_then_out(at_home: Headless) -> None:
    at_home.app.go("history")
    at_home.app.go("inbox")
    for expected in ("history", "home"):
        assert at_home.app.back()
        assert at_home.app.page.name == expected
    assert not at_home.app.back()


def test_a_balance_that_grew_counts_up_to_what_it_is(at_home: Headless, script: Script) -> None:
    script.available = 1360
    at_home.app.page.retry()
    at_home.until(lambda: "1,360" in texts(at_home))


def test_there_are_four_tabs(at_home: Headless) -> None:
    assert [tab.text for tab in of_class(at_home, "Tab")] == ["Home", "History", "Friends", "Rewards"]


def test_no_title_of_a_row_is_cut_on_a_small_phone(at_home: Headless, script: Script) -> None:
    title = "За первую покупку друга"
    script.entries[0] |= {"title": title, "status": "cancelled"}
    at_home.app.speak("ru")
    at_home.resize(360, 640)
    for screen in ("home", "history"):
        at_home.app.go(screen)
        at_home.settle()
        line = next(line for line in of_class(at_home, "EntryLine") if line.entry.title == title)
        words = next(one for one in line.walk() if getattr(one, "text", "") == title)
        assert words.height == 44, "two lines"
        assert line.height >= words.height + 18 + 28


@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_row_is_lower_than_what_stands_in_it(at_home: Headless, language: str) -> None:
    at_home.app.speak(language)
    for width in (320, 360, 412, 600):
        at_home.resize(width, 915)
        check_rows(at_home)


def check_rows(at_home: Headless) -> None:
    """Every row of every list has room for its texts."""
    at_home.app.open_entry("entry-120")
    at_home.settle()
    bubble = of_class(at_home, "WhyBubble")[0]
    assert bubble.height <= bubble.parent.height - 68
    for row in of_class(at_home, "EntryRow"):
        assert row.ids.line.height <= row.height, row.entry
    for screen, rows in (("friends", ("FriendRow", "InvitationPanel")), ("inbox", ("MessageRow",))):
        at_home.app.go(screen)
        at_home.settle()
        for row in [row for name in rows for row in of_class(at_home, name)]:
            assert row.minimum_height <= row.height + 1, (screen, row)
