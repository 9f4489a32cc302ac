"""While an answer is awaited a sheet is closed, a second tap comes, the session ends, somebody else signs in."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from client_kivy.headless import Headless
from client_kivy.state.cache import Cache
from client_kivy.state.letters import Letter
from client_kivy.state.rewards import offer_of
from tests.client_kivy.conftest import SlowNetwork
from tests.client_kivy.scripted_answers import REWARDS
from tests.client_kivy.scripted_server import FlaskTransport, Script
from tests.client_kivy.test_app import button, of_class, texts

pytestmark = pytest.mark.app
Start = Callable[..., Headless]


@pytest.fixture
def slow(at_home: Headless, monkeypatch: pytest.MonkeyPatch) -> SlowNetwork:
    """From now on what the store asks waits to be let through."""
    at_home.settle()
    network = SlowNetwork()
    monkeypatch.setattr(at_home.app.store, "_background", network)
    return network


def ask_for_cappuccino(driver: Headless) -> None:
    """Alice is asked whether she wants it, and says yes."""
    driver.app.page.ask(offer_of(REWARDS[0], icons={"cup": 1}))
    driver.frames(5)
    driver.until(lambda: of_class(driver, "Sheet")[0].risen == 1)
    driver.touch(next(one for one in of_class(driver, "OrderQuestion")[0].walk() if type(one).__name__ == "TextButton"))


def test_a_session_that_ends_under_a_sheet_takes_the_sheet_along(at_home: Headless, script: Script) -> None:
    at_home.app.go("links")
    at_home.settle()
    at_home.app.page.ask_rotate()
    at_home.settle()
    script.expire_access()
    script.refresh_token = "used by a thief"
    of_class(at_home, "RotateQuestion")[0].rotate()
    at_home.until(lambda: at_home.app.page.name == "welcome")
    at_home.settle()
    assert of_class(at_home, "Sheet") == []
    assert "You were signed out. Sign in again." in texts(at_home)


def test_what_is_done_is_not_done_twice_by_a_second_tap_while_its_sheet_goes(
    at_home: Headless, slow: SlowNetwork, script: Script
) -> None:
    at_home.app.go("links")
    at_home.app.page.new_link()
    at_home.frames(3)
    sheet = of_class(at_home, "NewLink")[0]
    sheet.ids.label.text = "Running club"
    for _tap in range(2):
        sheet.make()
    slow.let_through()
    sheet.make()
    slow.let_through()
    assert [link["label"] for link in script.links].count("Running club") == 1


def test_a_sheet_on_its_way_out_takes_no_touch(at_home: Headless, monkeypatch: pytest.MonkeyPatch) -> None:
    from client_kivy.theme import theme

    monkeypatch.setattr(theme, "reduced_motion", False)
    at_home.app.ask_sign_out()
    at_home.settle()
    sheet, yes = of_class(at_home, "Sheet")[0], button(at_home, "Sign out")
    sheet.close()
    at_home.touch(yes)
    at_home.settle()
    assert at_home.app.session.signed_in
    assert not at_home.app.root.close_sheet()


def test_who_went_on_while_something_was_ordered_is_told_and_stays_where_they_are(
    at_home: Headless, slow: SlowNetwork, script: Script
) -> None:
    at_home.app.go("rewards")
    slow.let_through()
    at_home.frames(5)
    ask_for_cappuccino(at_home)
    at_home.app.back()
    at_home.app.go("friends")
    at_home.app.page.share()
    at_home.frames(3)
    slow.let_through()
    slow.let_through()
    at_home.frames(5)
    assert at_home.app.page.name == "friends"
    assert len(of_class(at_home, "ShareSheet")) == 1
    assert any(text.startswith("Your coupon · ") for text in texts(at_home))


def test_what_a_session_left_that_ended_unheard_is_not_for_the_next_person(
    at_home: Headless, start_app: Start, transport: FlaskTransport
) -> None:
    transport.connected = False
    app = at_home.app
    app.letters.write(Letter(key="", opening={"entry_id": "entry-120", "about": "too_few"}, text="I paid more."))
    app.store.mark_read(["m1"])
    app.session._tokens.clear()
    driver = start_app()
    cache: Cache = driver.app._cache
    assert driver.app.page.name == "welcome"
    assert driver.app.letters.waiting == ()
    assert (cache.outbox(), cache.letters(), cache.get("/me"), cache.get("/me/balance")) == ([], [], None, None)
    assert driver.app.store.get("shop").known


def test_a_friends_link_that_is_opened_later_stands_in_the_place_of_what_was_typed(start_app: Start) -> None:
    driver = start_app(link="https://grain.example/r/FIRST")
    page = driver.app.page
    page.ids.contact.text = "+79120000003"
    driver.app.take_link("https://grain.example/r/SECOND?c=qr")
    driver.settle()
    assert page.ids.friend.text == driver.app.draft.referral_code == "SECOND"
    assert page.ids.contact.text == "+79120000003"


def test_a_link_that_the_system_hands_over_waits_for_the_thread_that_draws(
    start_app: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = start_app()
    system: list[Callable[[str], None]] = []
    monkeypatch.setattr(driver.app.platform, "on_link", system.append)
    driver.app.on_start()
    drawn_by: list[int] = []
    monkeypatch.setattr(driver.app.page, "be_invited", lambda _code: drawn_by.append(threading.get_ident()))
    thread = threading.Thread(target=system[0], args=("https://grain.example/r/ALICE7KQP",))
    thread.start()
    thread.join()
    driver.until(lambda: drawn_by)
    assert drawn_by == [threading.get_ident()]


def test_a_link_that_is_opened_while_the_code_is_sent_loses_nobody(start_app: Start, monkeypatch: Any) -> None:
    driver = start_app()
    network, page = SlowNetwork(), driver.app.page
    monkeypatch.setattr(driver.app.session, "_background", network)
    page.ids.contact.text = "+79120000003"
    page.ids.rules.ticked = page.ids.data.ticked = True
    page.ask_code()
    driver.app.take_link("https://grain.example/r/ALICE7KQP")
    network.let_through()
    driver.settle()
    assert driver.app.page.name == "confirm"
    assert driver.app.draft.typed == "+79120000003"
    assert driver.app.draft.joining("1", locale="en").referral_code == "ALICE7KQP"


def test_stars_of_one_question_are_not_those_of_the_next(at_home: Headless, script: Script) -> None:
    ended = script.disputes[1]
    script.disputes.append({**ended, "id": "another", "rating": None})
    at_home.app.open_question(dispute_id=ended["id"])
    at_home.settle()
    at_home.touch(of_class(at_home, "Star")[0])
    rating = at_home.app.page.ids.rating
    rating.ids.text.text = "Quick"
    assert rating.score
    at_home.app.open_question(dispute_id="another")
    at_home.settle()
    assert (rating.score, rating.ids.text.text) == (0, "")
    assert not any(star.lit for star in of_class(at_home, "Star"))


def test_a_rating_is_sent_once(at_home: Headless, slow: SlowNetwork, script: Script) -> None:
    ended_id = script.disputes[1]["id"]
    at_home.app.open_question(dispute_id=ended_id)
    slow.let_through()
    for _tap in range(2):
        at_home.app.page.rate(5, "")
    slow.let_through()
    assert script.requests.count(f"POST /api/v1/me/disputes/{ended_id}/rating") == 1
    assert at_home.app.page.ids.rating.error == ""


def test_words_that_were_refused_come_back_with_their_photos(at_home: Headless, script: Script, tmp_path: Path) -> None:
    at_home.app.open_question(dispute_id=script.disputes[0]["id"])
    at_home.settle()
    page = at_home.app.page
    Image.new("RGB", (30, 40), "white").save(tmp_path / "photo.png")
    page._take_photo(tmp_path / "photo.png")
    photos = list(page.attached)
    page.ids.words.text = "Here it is"
    script.disputes[0]["status"] = "withdrawn"
    page.write()
    at_home.until(lambda: at_home.app.letters.waiting and at_home.app.letters.waiting[0].refusal)
    page.give_up(at_home.app.letters.waiting[0].key)
    assert (page.ids.words.text, list(page.attached)) == ("Here it is", photos)
    assert Path(photos[0]).exists()
