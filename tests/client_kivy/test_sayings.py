"""What the screens say of what the server knows."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from client_kivy.api.errors import NoConnection, Problem
from client_kivy.state import language
from client_kivy.state.entries import days_of, entry_of
from client_kivy.state.freshness import bar_text, standstill
from client_kivy.state.friends import friend_of, rewarded_summary
from client_kivy.state.home import card_of
from client_kivy.state.inbox import message_of
from client_kivy.state.invitation import invitation_of
from client_kivy.state.shop import shop_of
from client_kivy.state.store import Resource
from client_kivy.state.why import why_of
from tests.client_kivy.scripted_answers import ENTRIES, EXPLANATION, FRIENDS, MESSAGES

NOW = datetime(2026, 11, 22, 12, 40, tzinfo=ZoneInfo("Europe/Moscow"))
BALANCE = {"available": 1240, "pending": 270, "debt": 0, "expiring": [{"points": 200, "expires_on": "2026-11-30"}]}
SHOP = {
    "name": "Grain",
    "currency": "RUB",
    "referral": {"advocate_points": 150, "friend_points": 100, "minimum_amount_minor": 30000},
}


def test_the_card_says_what_comes_and_what_burns() -> None:
    card = card_of(BALANCE, ENTRIES, now=NOW)
    assert (card.available, card.pending, card.burning) == (
        1240,
        "270 more by 6 December",
        "200 points burn on 30 November",
    )
    language.use("ru")
    card = card_of(BALANCE, ENTRIES, now=NOW)
    assert (card.pending, card.burning) == ("ещё 270 придут до 6 декабря", "200 баллов сгорят 30 ноября")


def test_the_card_names_the_first_day_of_burning() -> None:
    expiring = [{"points": 9, "expires_on": "2027-02-01"}, {"points": 1, "expires_on": "2026-12-01"}]
    assert card_of({**BALANCE, "expiring": expiring}, [], now=NOW).burning == "1 point burns on 1 December"


def test_an_empty_card_says_nothing_more() -> None:
    card = card_of({"available": 0, "pending": 0, "expiring": []}, [], now=NOW)
    assert (card.pending, card.burning, card.reserved, card.debt, card.pause) == ("", "", "", "", "")


def test_what_is_owed_is_said_with_how_it_is_paid_off() -> None:
    said = card_of({**BALANCE, "debt": 16}, [], now=NOW).debt
    assert said == "Owed for a return: 16 points. Your next points pay it off."
    language.use("ru")
    for points, words in ((1, "1 балл"), (3, "3 балла"), (16, "16 баллов")):
        said = card_of({**BALANCE, "debt": points}, [], now=NOW).debt
        assert said.replace("\xa0", " ") == f"Долг за возврат: {words}. Его покроют следующие начисления."


def test_what_is_set_aside_is_said() -> None:
    assert card_of({**BALANCE, "reserved": 1}, [], now=NOW).reserved == "1 point is set aside for a purchase"
    language.use("ru")
    for points, words in ((1, "1 балл отложен"), (4, "4 балла отложены"), (700, "700 баллов отложено")):
        assert card_of({**BALANCE, "reserved": points}, [], now=NOW).reserved == f"{words} на покупку"


def test_why_nothing_can_be_spent_is_said() -> None:
    checked = {"text": "The shop is checking your points.", "until": None}
    assert card_of({**BALANCE, "spending_pause": checked}, [], now=NOW).pause == "The shop is checking your points."
    opened = {"text": "The card was opened on a further device.", "until": "2026-11-23T09:05:00Z"}
    assert card_of({**BALANCE, "spending_pause": opened}, [], now=NOW).pause == (
        "The card was opened on a further device. Points can be spent from 23 November, 12:05."
    )


def test_no_day_is_promised_for_what_is_looked_at_first() -> None:
    held = {**ENTRIES[0], "review": {"state": "open", "text": "Looked at", "due_on": "2026-11-26"}}
    assert card_of(BALANCE, [held, *ENTRIES[1:]], now=NOW).pending == "270 more are on their way"


@pytest.mark.parametrize("kind", ["return", "transfer", "adjustment", "import"])
def test_only_a_purchase_is_said_to_earn(kind: str) -> None:
    row = {**ENTRIES[0], "kind": kind, "status": "posted", "points": 30}
    why = why_of(row, Resource(EXPLANATION))
    assert (why.sum_label, why.sum_figure) == ("In all", "30 points")


def test_what_was_taken_back_before_it_came_adds_up_to_nothing() -> None:
    why = why_of({**ENTRIES[0], "status": "cancelled"}, Resource(EXPLANATION))
    assert (why.sum_label, why.sum_figure) == ("In all", "0 points")


@pytest.mark.parametrize(
    ("kind", "icon"),
    [
        ("points_spent", "shopping-bag"),
        ("points_given_back", "arrow-back-up"),
        ("points_adjusted.goodwill.added", "scale"),
        ("transfer_received", "gift"),
        ("transfer_given", "send"),
    ],
)
def test_a_message_about_points_has_an_icon_of_its_own(kind: str, icon: str) -> None:
    assert message_of({**MESSAGES[0], "kind": kind}, now=NOW).icon == icon


def test_a_pending_row_says_when_it_becomes_the_members() -> None:
    entry = entry_of(ENTRIES[0], now=NOW, with_day=True)
    assert (entry.points, entry.state, entry.tone, entry.when) == ("+120", "6 Dec", "pending", "Today, 12:31")


@pytest.mark.parametrize(
    ("item", "tone", "icon"),
    [
        (ENTRIES[1], "rewarded", "users"),
        (ENTRIES[2], "rejected", "arrow-back-up"),
        (ENTRIES[3], "text", "shopping-bag"),
    ],
)
def test_red_is_for_returns_and_spent_points_are_plain(item: dict[str, Any], tone: str, icon: str) -> None:
    entry = entry_of(item, now=NOW, with_day=False)
    assert (entry.tone, entry.icon) == (tone, icon)


def test_a_cancelled_row_says_so() -> None:
    entry = entry_of({**ENTRIES[0], "status": "cancelled"}, now=NOW, with_day=False)
    assert (entry.state, entry.tone) == ("Cancelled", "text_2")


def test_rows_stand_by_day_in_the_members_zone() -> None:
    late = {**ENTRIES[0], "id": "late", "occurred_at": "2026-11-22T21:30:00Z"}
    days = days_of([late, *ENTRIES], chosen="all", now=NOW)
    assert [day.label for day in days] == [
        "Monday, 23 November",
        "Sunday, 22 November",
        "Saturday, 21 November",
        "Friday, 20 November",
    ]


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [("earned", ["entry-120"]), ("spent", ["entry-16", "entry-300"]), ("friends", ["entry-150"])],
)
def test_filters_part_the_rows_without_rest(chosen: str, ids: list[str]) -> None:
    days = days_of(ENTRIES, chosen=chosen, now=NOW)
    assert [entry.id for day in days for entry in day.entries] == ids


def test_the_bubble_leads_from_the_receipt_to_the_points() -> None:
    why = why_of(ENTRIES[0], Resource(EXPLANATION))
    assert why.question == "Why 120 points?"
    assert why.steps[0] == ("Your receipt", "₽1,500")
    assert (why.sum_label, why.sum_figure) == ("You earn", "120 points")
    assert why.rule == "Rule “Points for purchases”, version 7"


def test_a_bubble_without_its_reason_says_why() -> None:
    assert why_of(ENTRIES[0], Resource(loading=True)).coming
    offline = why_of(ENTRIES[0], Resource(failure=NoConnection()))
    assert offline.note == "The reason will be here when the connection is back."


@pytest.mark.parametrize(
    ("place", "pill", "points"),
    [(0, "Rewarded", "+150"), (1, "On 5 Dec", "+150"), (2, "Joined", ""), (3, "Refused", "")],
)
def test_a_friend_is_a_state_with_what_it_brings(place: int, pill: str, points: str) -> None:
    friend = friend_of(FRIENDS[place], now=NOW)
    assert (friend.pill, friend.points) == (pill, points)


def test_a_refusal_gives_its_reason() -> None:
    assert friend_of(FRIENDS[3], now=NOW).reason.startswith("Lena has had a Grain card since 2023")


def test_what_is_held_for_review_is_being_checked() -> None:
    held = {**FRIENDS[2], "status": "qualified", "reason": "More than 2 cards were used on one phone."}
    assert friend_of(held, now=NOW).pill == "Being checked"


def test_only_rewarded_friends_are_counted() -> None:
    assert rewarded_summary(FRIENDS) == "1 rewarded · 150 points"
    assert rewarded_summary(FRIENDS[1:]) == ""


def test_an_invitation_says_what_both_get_and_for_what() -> None:
    links = {"qr": "https://grain.example/r/ALICE7KQP?c=qr"}
    referral = {"code": "ALICE7KQP", "link": "https://grain.example/r/ALICE7KQP", "links": links, "visits": {"qr": 3}}
    invitation = invitation_of(referral, shop_of(SHOP))
    assert (invitation.own, invitation.friends) == ("150 points", "100 points")
    assert invitation.condition == "after the first purchase of ₽300 or more"
    assert invitation.address + invitation.code == "grain.example/r/ALICE7KQP"
    assert invitation.scanned_link == links["qr"]
    assert invitation.visits == 3


def test_a_shop_that_gives_nothing_for_friends_promises_nothing() -> None:
    shop = shop_of({**SHOP, "referral": None})
    assert shop.referral is None
    assert invitation_of(None, shop).own == ""


@pytest.mark.parametrize(("place", "family"), [(0, "points"), (1, "friends"), (2, "offers")])
def test_messages_have_their_families(place: int, family: str) -> None:
    message = message_of(MESSAGES[place], now=NOW)
    assert message.family == family
    assert message.unread == (place < 2)


def test_the_bar_says_the_age_of_what_is_shown() -> None:
    read_at = datetime(2026, 11, 22, 9, 2, tzinfo=ZoneInfo("UTC"))
    known = Resource({"available": 1}, fetched_at=read_at, failure=NoConnection())
    assert bar_text([known], now=NOW, code_works=True) == ("No connection. This is as of 12:02. Your code still works.")
    language.use("ru")
    assert bar_text([known], now=NOW, code_works=True) == "Нет связи. Данные на 12:02. Код работает и без неё."


def test_the_bar_names_the_day_of_what_is_older() -> None:
    read_at = datetime(2026, 11, 20, 9, 2, tzinfo=ZoneInfo("UTC"))
    known = Resource({"available": 1}, fetched_at=read_at, failure=NoConnection())
    assert bar_text([known], now=NOW, code_works=False) == "No connection. This is as of 20 November, 12:02."


def test_there_is_no_bar_over_what_is_fresh() -> None:
    assert bar_text([Resource({"available": 1}, fetched_at=NOW)], now=NOW, code_works=True) == ""


def test_an_empty_screen_says_why_it_is_empty() -> None:
    offline = standstill(Resource(failure=NoConnection()))
    refused = standstill(Resource(failure=Problem(status=500, document={"title": "Something broke on our side."})))
    assert offline is not None
    assert offline.title == "No connection"
    assert refused is not None
    assert refused.text == "Something broke on our side."
    assert standstill(Resource(loading=True)) is None
    assert standstill(Resource({"items": []}, failure=NoConnection())) is None
