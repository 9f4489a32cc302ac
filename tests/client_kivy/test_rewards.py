"""Rewards: what the cards say, ordering once, coupons that a scanner reads, cancelling; tiers on the home screen."""

from collections.abc import Callable
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest

from client_kivy.headless import Headless
from client_kivy.state import language
from client_kivy.state.rewards import coupon_of, coupons_of, groups_of, left_over, offer_of, offers_of
from client_kivy.state.tier import NO_PROGRESS, progress_of
from tests.client_kivy.scripted_answers import REDEMPTIONS, REWARDS, TIER
from tests.client_kivy.scripted_server import FlaskTransport, Script
from tests.client_kivy.test_app import button, scanned, texts

TODAY = date(2026, 11, 22)
ICONS = {"cup": 1, "gift": 2}


def offer(place: int, **changes: Any) -> Any:
    return offer_of({**REWARDS[place], **changes}, icons=ICONS)


def test_a_card_says_what_it_takes_or_what_is_missing() -> None:
    assert (offer(0).action, offer(0).may_order, offer(0).note) == ("Get for 300", True, "37 left today")
    assert (offer(4).action, offer(4).may_order, offer(4).note) == ("140 to go", False, "7 left")
    assert offer(1, partner="Book House").note == "Book House"


def test_what_cannot_be_had_says_why() -> None:
    gone = offer(5)
    assert (gone.action, gone.may_order, gone.reason) == ("Sold out", False, "It is sold out")
    other = offer(0, available=False, reason="For gold guests", reason_type="reward-not-for-you")
    assert (other.action, other.may_order, other.reason) == ("Not now", False, "For gold guests")


def test_an_icon_that_is_not_known_is_that_of_its_kind() -> None:
    assert (offer(0).icon, offer(0, icon="no-such", kind="gift_card").icon) == ("cup", "gift-card")


def test_chips_are_the_groups_in_the_catalogues_order() -> None:
    assert list(groups_of(REWARDS).values()) == ["All", "Drinks", "Beans", "Events"]
    assert groups_of([{**REWARDS[0], "group": None}]) == {}
    assert [one.title for one in offers_of(REWARDS, group="Beans", icons=ICONS)] == ["Brazil Santos beans, 250 g"]


def test_only_orders_that_are_not_over_are_coupons() -> None:
    states = ("ordered", "issued", "used", "cancelled", "expired")
    rows = [{**REDEMPTIONS[0], "id": state, "state": state} for state in states]
    ready, shown = coupons_of(rows, today=TODAY)
    assert (ready.caption, ready.code) == ("Being got ready", "")
    assert (shown.caption, shown.code) == ("Your coupon · until 4 Dec", "C7K2-MQ3X-B9TW")
    endless = coupon_of({**REDEMPTIONS[0], "valid_until": None, "minimum_receipt": 150_000}, today=TODAY)
    assert (endless.caption, endless.until, endless.terms) == (
        "Your coupon",
        "",
        "For a purchase of at least ₽1,500",
    )


def test_what_stays_is_told_beforehand() -> None:
    assert left_over(300, 1240) == "300 of your 1,240 points. 940 stay."
    language.use("ru")
    assert "останется" in left_over(300, 1240)


@pytest.mark.parametrize(
    ("measure", "headline", "ends"),
    [
        ("points", "760 points to Gold", "Gold · 2,000"),
        ("spend", "₽7.60 to Gold", "Gold · ₽20"),
        ("visits", "760 visits to Gold", "Gold · 2,000"),
        ("referrals", "760 friends to Gold", "Gold · 2,000"),
    ],
)
def test_the_way_to_the_next_tier_is_told_in_its_measure(measure: str, headline: str, ends: str) -> None:
    progress = progress_of({**TIER, "measure": measure}, today=TODAY, zone=UTC)
    assert (progress.tier, progress.headline, progress.ends) == ("Silver", headline, ends)
    assert progress.share == pytest.approx(0.62)
    assert progress.begins == "Silver until 30 December 2027"


def test_at_the_top_the_tier_says_what_it_brings() -> None:
    top = progress_of({**TIER, "next_tier": None, "next_title": None, "missing": 0}, today=TODAY, zone=UTC)
    assert (top.headline, top.begins, top.share, top.ends) == ("Silver", "A drink on your birthday", 1, "")


def test_below_the_first_tier_there_is_only_the_way() -> None:
    below = {**TIER, "tier": None, "title": None, "holds_until": None, "measured": 0, "missing": 500, "benefits": []}
    progress = progress_of({**below, "next_title": "Silver"}, today=TODAY, zone=UTC)
    assert (progress.tier, progress.headline, progress.share, progress.aside) == ("", "500 points to Silver", 0, "")
    assert progress_of(None, today=TODAY, zone=UTC) == NO_PROGRESS


pytest_app = pytest.mark.app


@pytest_app
def test_home_shows_the_tier_and_the_way_to_the_next(at_home: Headless, script: Script) -> None:
    assert {"Silver", "760 points to Gold", "Gold · 2,000"} <= set(texts(at_home))
    script.tier = None
    at_home.app.page.retry()
    at_home.settle()
    assert "760 points to Gold" not in texts(at_home)


@pytest_app
def test_a_reward_is_ordered_after_a_question_and_its_code_is_read_from_the_screen(
    at_home: Headless, script: Script, tmp_path: Path
) -> None:
    at_home.app.go("rewards")
    at_home.settle()
    at_home.touch(button(at_home, "Get for 300"))
    at_home.settle()
    assert "300 of your 1,240 points. 940 stay." in texts(at_home)
    at_home.touch(at_home.app.root.children[0].content.children[0])
    at_home.until(lambda: at_home.app.page.name == "coupon")
    at_home.settle()
    assert {"C9QX-ME3A-TW7K", "Any cappuccino"} <= set(texts(at_home))
    assert scanned(at_home, tmp_path) == ["C9QX-ME3A-TW7K"]
    at_home.app.back()
    at_home.settle()
    assert "940 points" in texts(at_home)
    assert script.requests.count("POST /api/v1/me/redemptions") == 1


@pytest_app
def test_without_an_answer_the_same_order_is_sent_again_and_nothing_is_taken_twice(
    at_home: Headless, script: Script, transport: FlaskTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home.app.go("rewards")
    at_home.settle()
    at_home.touch(button(at_home, "Get for 300"))
    question = at_home.app.root.children[0].content
    answered = transport.send

    def lose_the_answer(sent: Any) -> Any:
        answer = answered(sent)
        if sent.method == "POST" and sent.path.endswith("/redemptions"):
            transport.connected = False
            return answered(sent)
        return answer

    monkeypatch.setattr(transport, "send", lose_the_answer)
    question.order()
    at_home.until(lambda: question.error)
    assert question.error == "No connection. Try again: nothing is taken twice."
    monkeypatch.setattr(transport, "send", answered)
    transport.connected = True
    question.order()
    at_home.until(lambda: at_home.app.page.name == "coupon")
    assert (script.available, len(script.order_keys)) == (940, 1)


@pytest_app
def test_what_the_server_refuses_is_told_in_the_sheet(at_home: Headless, script: Script) -> None:
    at_home.app.go("rewards")
    at_home.settle()
    script.rewards[0]["left"] = 0
    at_home.touch(button(at_home, "Get for 300"))
    question = at_home.app.root.children[0].content
    question.order()
    at_home.until(lambda: question.error)
    assert question.error == "It is sold out"


@pytest_app
def test_a_coupon_is_cancelled_after_a_question_and_the_points_are_back(at_home: Headless, script: Script) -> None:
    at_home.app.go("rewards")
    at_home.settle()
    at_home.touch(button(at_home, "Show"))
    at_home.until(lambda: at_home.app.page.name == "coupon")
    at_home.settle()
    at_home.touch(button(at_home, "Cancel, the points come back"))
    at_home.settle()
    at_home.touch(button(at_home, "Cancel the order"))
    at_home.until(lambda: at_home.app.page.name == "rewards")
    at_home.settle()
    assert script.available == 1390
    assert "Free cookie" not in texts(at_home)


@pytest_app
def test_a_group_is_chosen_by_its_chip(at_home: Headless) -> None:
    at_home.app.go("rewards")
    at_home.settle()
    at_home.touch(button(at_home, "Beans"))
    at_home.settle()
    assert "Brazil Santos beans, 250 g" in texts(at_home)
    assert "Any cappuccino" not in texts(at_home)


@pytest_app
def test_offline_the_coupon_is_still_there(
    start_app: Callable[..., Headless], at_home: Headless, transport: FlaskTransport, tmp_path: Path
) -> None:
    at_home.app.go("rewards")
    at_home.settle()
    transport.connected = False
    driver = start_app()
    driver.app.go("rewards")
    driver.settle()
    driver.touch(button(driver, "Show"))
    driver.until(lambda: driver.app.page.name == "coupon")
    driver.settle()
    assert scanned(driver, tmp_path) == ["C7K2-MQ3X-B9TW"]
