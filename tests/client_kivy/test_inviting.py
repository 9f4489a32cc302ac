"""Inviting: each friend's way, links by channel, a code of one's choice, links of one's own, milestones, the board."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from client_kivy.headless import Headless
from client_kivy.state import language
from client_kivy.state.friends import story_of
from client_kivy.state.invitation import invitation_of, own_links_of
from client_kivy.state.leaderboard import leaderboard_of
from client_kivy.state.shop import shop_of
from tests.client_kivy.scripted_answers import FRIENDS, MILESTONES
from tests.client_kivy.scripted_disputes import LEADERBOARD, LINKS
from tests.client_kivy.scripted_server import FlaskTransport, Script, written_of
from tests.client_kivy.test_app import button, of_class, texts

NOW = datetime(2026, 11, 22, 12, 40, tzinfo=ZoneInfo("Europe/Moscow"))
CONDITION = "after the first purchase of ₽300 or more"
BORIS, DASHA, IVAN, LENA = FRIENDS


def story(item: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """A friend's way as text, note, and whether it was done."""
    steps = story_of(item, condition=CONDITION, now=NOW).steps
    return [(step.text, step.note, step.done) for step in steps]


def test_a_friends_way_is_what_was_and_what_is_ahead_with_its_day() -> None:
    assert story(DASHA) == [
        ("Joined by your link from a messenger", "18 Nov", True),
        ("First purchase, ₽540", "Yesterday, 13:00", True),
        ("The points are yours", "5 December", False),
    ]
    assert story(IVAN)[1:] == [("The first purchase", "", False), ("Points for both of you", CONDITION, False)]
    assert [done for _text, _note, done in story(BORIS)] == [True, True]


def test_a_reason_stands_in_its_bubble_alone() -> None:
    reason = LENA["reason"]
    told = {**LENA, "timeline": [{"status": "rejected", "at": LENA["status_at"], "text": reason}]}
    assert story(told) == [("No reward", "19 Nov", True)]


def test_what_is_held_says_until_when_somebody_decides() -> None:
    held = {**IVAN, "status": "qualified", "reason": "One card paid for both.", "decision_by": "2026-11-26T20:59:00Z"}
    assert story(held)[-1] == ("A person looks at it and decides", "by 26 Nov", False)


@pytest.mark.parametrize(
    ("status", "state", "tone"),
    [("pending", "Pending", "pending"), ("given", "Yours", "rewarded"), ("withheld", "Being looked at", "pending")],
)
def test_what_a_friend_brought_is_told_for_what_and_where_it_stands(status: str, state: str, tone: str) -> None:
    reward = {"points": 150, "text": "For Dasha’s first purchase", "status": status}
    brought = story_of({**DASHA, "rewards": [reward]}, condition="", now=NOW).brought[0]
    assert (brought.points, brought.state, brought.tone) == ("+150", state, tone)


def test_of_a_friend_who_is_refused_nothing_is_looked_at_any_more() -> None:
    reward = {"points": 150, "text": "For Lena’s first purchase", "status": "withheld"}
    brought = story_of({**LENA, "rewards": [reward]}, condition="", now=NOW).brought[0]
    assert (brought.state, brought.tone) == ("Refused", "text_2")


def test_the_nearest_milestone_says_what_is_missing() -> None:
    def headline(*milestones: dict[str, Any]) -> str:
        milestone = invitation_of({"milestones": milestones}, shop_of(None)).milestone
        return milestone.headline if milestone else ""

    three = MILESTONES[0]
    ten = {**three, "friends": 10, "points": 2000}
    assert headline(ten, three) == "1 more friend: +500"
    assert headline({**three, "is_reached": True}, ten) == "8 more friends: +2,000"
    assert headline({**three, "reached": 3}) == ""
    assert headline({**three, "points": None, "coupon": "Free cappuccino"}) == "1 more friend: Free cappuccino"
    language.use("ru")
    assert headline({**three, "friends": 4}) == "Ещё 2 друга: +500"


def test_whoever_chose_a_code_goes_by_it() -> None:
    vanity = {**written_of("ALICE"), "may_change_on": "2027-11-22"}
    invitation = invitation_of({**written_of("ALICE7KQP"), "vanity": vanity}, shop_of(None))
    assert (invitation.code, invitation.scanned_link) == ("ALICE", "https://grain.example/r/ALICE?c=qr")
    assert (invitation.chosen, invitation.choosable_from) == (True, "2027-11-22")


def test_every_channel_has_its_own_link_and_its_visits() -> None:
    visits = {"messenger": 1, "social": 2}
    channels = invitation_of({**written_of("ALICE"), "visits": visits}, shop_of(None)).channels
    assert [(channel.channel, channel.note) for channel in channels] == [
        ("messenger", "Opened by 1 person"),
        ("social", "Opened by 2 people"),
        ("email", "Nobody opened it yet"),
        ("link", "Nobody opened it yet"),
    ]
    assert channels[1].link == "https://grain.example/r/ALICE?c=social"
    assert own_links_of({"items": LINKS})[0].note == "Opened by 12 people"


def test_the_board_says_where_one_stands() -> None:
    board = leaderboard_of(LEADERBOARD)
    assert (board.title, board.mine) == ("Most friends in November 2026", "You are number 2 with 3 friends")
    assert [(line.place, line.label) for line in board.lines] == [("1", "Rita S."), ("2", "You"), ("3", "Timur A.")]
    nobody = leaderboard_of({**LEADERBOARD, "mine": {"place": None, "friends": 0}, "items": []})
    assert nobody.mine == "You have brought nobody this month yet"


def test_only_more_than_what_both_get_is_told_apart() -> None:
    plan = [{"text": "For you"}, {"text": "For your friend"}]
    assert not invitation_of({"plan": plan}, shop_of(None)).brings_more
    assert invitation_of({"plan": [*plan, {"text": "1% of purchases"}]}, shop_of(None)).brings_more


pytest_app = pytest.mark.app


@pytest_app
def test_a_friends_sheet_leads_to_asking_why(at_home: Headless, script: Script) -> None:
    script.milestones = []
    at_home.app.go("friends")
    at_home.settle()
    at_home.touch(next(row for row in of_class(at_home, "FriendRow") if row.friend.name == "Boris K."))
    at_home.settle()
    assert {"Joined by your invitation", "The points are yours", "This is not right"} <= set(texts(at_home))
    at_home.touch(button(at_home, "This is not right"))
    at_home.settle()
    assert at_home.app.page.name == "complaint"
    assert {"Boris K.", "The points have not come"} <= set(texts(at_home))


@pytest_app
def test_a_link_is_shared_by_its_channel(at_home: Headless, monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[str] = []
    monkeypatch.setattr(at_home.app.platform, "copy", shared.append)
    at_home.app.go("friends")
    at_home.settle()
    at_home.touch(button(at_home, "Share link"))
    at_home.settle()
    assert "To print" in texts(at_home)
    at_home.touch(button(at_home, "Social network"))
    at_home.settle()
    assert shared == ["https://grain.example/r/ALICE7KQP?c=social"]


@pytest_app
def test_a_code_that_is_taken_comes_with_free_ones(at_home: Headless, script: Script) -> None:
    at_home.app.go("links")
    at_home.settle()
    at_home.touch(button(at_home, "Choose your own"))
    at_home.settle()
    sheet = at_home.app.root.children[0].content
    sheet.ids.code.text = "молва"
    at_home.touch(button(at_home, "Take this code"))
    at_home.until(lambda: "This code is taken" in texts(at_home))
    at_home.settle()
    at_home.touch(button(at_home, "МОЛВА7"))
    at_home.touch(button(at_home, "Take this code"))
    at_home.until(lambda: script.code == "МОЛВА7")
    at_home.settle()
    assert "МОЛВА7" in texts(at_home)
    at_home.touch(button(at_home, "Choose your own"))
    at_home.settle()
    assert "You chose your code within a year. It can be changed on 22 November 2027." in texts(at_home)


@pytest_app
def test_links_are_named_and_taken_off_and_the_code_renewed(at_home: Headless, script: Script) -> None:
    at_home.app.go("links")
    at_home.settle()
    at_home.touch(button(at_home, "A new link"))
    at_home.settle()
    at_home.app.root.children[0].content.ids.label.text = "My blog"
    at_home.touch(button(at_home, "Make the link"))
    at_home.until(lambda: "My blog" in texts(at_home))
    at_home.settle()
    at_home.touch(next(row for row in of_class(at_home, "OwnLinkRow") if row.own_link.label == "My blog"))
    at_home.settle()
    at_home.touch(button(at_home, "Take it off the list"))
    at_home.until(lambda: len(script.links) == 1)
    at_home.settle()
    at_home.touch(button(at_home, "New one"))
    at_home.settle()
    at_home.touch(button(at_home, "Get a new code"))
    at_home.until(lambda: "NEW-K7K-QP3" in texts(at_home))


@pytest_app
def test_all_that_inviting_brings_is_told_on_a_sheet(at_home: Headless) -> None:
    at_home.app.go("friends")
    at_home.settle()
    at_home.touch(of_class(at_home, "PlanRow")[0])
    at_home.settle()
    assert "1% of what your friend spends in the first year" in texts(at_home)


@pytest_app
def test_whoever_may_still_say_who_invited_them_is_asked(at_home: Headless, script: Script) -> None:
    at_home.app.go("profile")
    at_home.settle()
    assert "Did a friend invite you?" not in texts(at_home)
    script.may_name_advocate = True
    at_home.app.page.retry()
    at_home.settle()
    at_home.touch(next(row for row in of_class(at_home, "ActionRow") if row.text == "Did a friend invite you?"))
    at_home.settle()
    at_home.app.root.children[0].content.ids.code.text = "K7M-3QX-B9T"
    at_home.touch(button(at_home, "They invited me"))
    at_home.until(lambda: script.advocates == ["K7M-3QX-B9T"])


@pytest_app
def test_to_be_shown_on_the_board_one_agrees_and_may_take_it_back(
    at_home: Headless, script: Script, transport: FlaskTransport
) -> None:
    at_home.app.go("friends")
    at_home.settle()
    page = at_home.app.page
    page.agree(given=True)
    at_home.until(lambda: at_home.app.store.get("leaderboard").data["consented"])
    page.agree(given=False)
    at_home.until(lambda: not at_home.app.store.get("leaderboard").data["consented"])
    assert [(consent["purpose"], consent["given"]) for consent in script.consents] == [("leaderboard", False)]
    transport.connected = False
    page.agree(given=True)
    at_home.until(lambda: "No connection. Try again when there is one." in texts(at_home))


@pytest_app
@pytest.mark.parametrize("language", ["en", "ru"])
def test_no_new_row_is_lower_than_what_stands_in_it(at_home: Headless, script: Script, language: str) -> None:
    at_home.app.speak(language)
    for width in (320, 412):
        at_home.resize(width, 2400)
        for screen, rows in (
            ("friends", ("MilestonePanel", "LeaderboardPanel", "FriendRow")),
            ("disputes", ("QuestionRow",)),
            ("history", ("QuestionsRow",)),
        ):
            at_home.app.go(screen)
            at_home.settle()
            found = [row for name in rows for row in of_class(at_home, name)]
            assert found, (screen, width)
            for row in found:
                assert row.minimum_height <= row.height + 1, (screen, width, row)
