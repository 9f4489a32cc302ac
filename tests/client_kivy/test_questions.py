"""Questions about points: what is asked, what stands in the list and in the thread; the screens of it, touched."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from client_kivy.headless import Headless
from client_kivy.state import language
from client_kivy.state.complaint import Complaint, amount_minor_of, answer_by, day_of
from client_kivy.state.disputes import open_summary, questions_of, thread_of
from client_kivy.state.entries import entry_of
from client_kivy.state.letters import Letter
from client_kivy.state.store import Resource
from client_kivy.state.why import why_of
from tests.client_kivy.scripted_answers import ENTRIES, EXPLANATION, FRIENDS
from tests.client_kivy.scripted_disputes import DISPUTES, said
from tests.client_kivy.scripted_server import FlaskTransport, Script
from tests.client_kivy.test_app import button, of_class, texts

NOW = datetime(2026, 11, 22, 12, 40, tzinfo=ZoneInfo("Europe/Moscow"))
TODAY = NOW.date()
ANSWERED, UPHELD = DISPUTES
RECEIPT = Complaint(number="0042", day="20.11", amount="540,50", text="I forgot my card.")


def thread(item: dict[str, Any], *letters: Letter) -> Any:
    return thread_of(item, letters, now=NOW, under_way="")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("22.11", date(2026, 11, 22)),
        ("1/2", date(2026, 2, 1)),
        ("24.12", date(2025, 12, 24)),
        ("24.12.25", date(2025, 12, 24)),
        ("3 9 2026", date(2026, 9, 3)),
        ("31.02", None),
        ("yesterday", None),
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str, day: date | None) -> None:
    assert day_of(typed, today=TODAY) == day


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("450", 45000), ("1 500,90 ₽", 150090), ("0.5", 50), ("0", None), ("1.005", None), ("-3", None), ("nan", None)],
)
def test_a_sum_is_read_as_people_write_it(typed: str, minor: int | None) -> None:
    assert amount_minor_of(typed, "RUB") == minor


def test_a_missing_receipt_is_asked_about_by_what_stands_on_it() -> None:
    letter = RECEIPT.letter(now=NOW, currency="RUB")
    receipt = {"number": "0042", "on": "2026-11-20", "amount": 54050, "currency": "RUB"}
    assert letter.opening == {"receipt": receipt}
    assert (letter.subject or {})["title"] == "Receipt of 20 November"


def test_a_row_is_asked_about_by_its_id_and_by_what_should_be_different() -> None:
    letter = Complaint(kind="entry", item=ENTRIES[0], choice="too_few").letter(now=NOW, currency="RUB")
    assert letter.opening == {"entry_id": "entry-120", "about": "too_few"}
    assert letter.text == "Too few points", "words are needed, and these are the ones that were chosen"
    friend = Complaint(kind="referral", item=FRIENDS[3], choice="other", text="She is new.")
    assert friend.letter(now=NOW, currency="RUB").opening == {"referral_id": "r4", "about": "other"}


@pytest.mark.parametrize(
    ("complaint", "fields"),
    [
        (Complaint(), {"number", "day"}),
        (Complaint(number="№ 42", day="20.11"), {"number"}),
        (Complaint(number="42", day="30.11.2026"), {"day"}),
        (Complaint(number="42", day="20.11", amount="much"), {"amount"}),
        (Complaint(kind="entry", item=ENTRIES[0]), {"choice"}),
        (Complaint(kind="entry", item=ENTRIES[0], choice="other"), {"text"}),
        (RECEIPT, set()),
    ],
)
def test_what_is_missing_is_named_at_its_field(complaint: Complaint, fields: set[str]) -> None:
    assert complaint.mistakes(today=TODAY).keys() == fields


def test_an_answer_is_promised_for_the_tenth_working_day() -> None:
    assert answer_by(date(2026, 11, 20)) == date(2026, 12, 4)
    assert answer_by(date(2026, 11, 22)) == date(2026, 12, 4)


def test_the_list_has_first_what_was_not_sent_then_what_is_open() -> None:
    unsent = RECEIPT.letter(now=NOW, currency="RUB")
    rows = questions_of([UPHELD, ANSWERED], [unsent], now=NOW)
    assert [row.pill for row in rows] == ["Not sent yet", "Answered", "You were right"]
    assert [row.note for row in rows[1:]] == ["Answer by 4 Dec", "The receipt is there. 27 points are added."]
    assert open_summary(rows) == "2 open ones"
    assert open_summary(rows[2:]) == "No open ones"


def test_a_thread_says_how_far_it_is_and_who_said_what() -> None:
    shown = thread(ANSWERED)
    assert [(stage.label, stage.note, stage.state) for stage in shown.stages] == [
        ("Sent", "20 Nov", "done"),
        ("In review", "Olga", "now"),
        ("Answer", "by 4 Dec", "ahead"),
    ]
    assert [(saying.own, saying.photos) for saying in shown.sayings] == [
        (True, ""),
        (True, "1 photo"),
        (False, ""),
        (True, ""),
    ]
    assert shown.sayings[2].caption == "Olga, support · 12:20"
    assert (shown.subject.title, shown.subject.points) == ("I returned it, points were taken twice", "−16")
    assert (shown.may_write, shown.may_withdraw, shown.may_rate) == (True, True, False)


def test_a_decision_stands_apart_and_can_be_rated_once() -> None:
    shown = thread(UPHELD)
    assert [saying.text for saying in shown.sayings] == ["I forgot to show my card."]
    assert (shown.decision.title, shown.decision.points) == ("You were right", "+27")
    assert (shown.may_rate, shown.may_write, shown.may_withdraw) == (True, False, False)
    assert thread({**UPHELD, "rating": 4}).rated == 4
    assert not thread({**UPHELD, "rating": 4}).may_rate


def test_who_is_not_convinced_by_a_rule_may_write_on() -> None:
    settled = said("2026-11-22T09:10:00Z", "rule", "The points wait until 6 December.", "settled")
    decision = {**UPHELD["decision"], "outcome": "settled", "text": settled["text"], "points": None}
    item = {**ANSWERED, "status": "settled", "decision": decision, "thread": [ANSWERED["thread"][0], settled]}
    shown = thread({**item, "may_write": True, "may_rate": True})
    assert (shown.by_rule, shown.may_write, shown.may_withdraw) == (True, True, False)
    assert [stage.label for stage in shown.stages] == ["Sent", "By the rules", "Settled"]
    insisted = {**item, "status": "open", "decision": None}
    assert [saying.caption for saying in thread(insisted).sayings][-1] == "By the rules, at once · 12:10"


def test_what_waits_stands_at_the_end_of_the_thread() -> None:
    waiting = Letter(key="k", dispute_id=ANSWERED["id"], text="One more thing", written_at=NOW.isoformat())
    assert thread(ANSWERED, waiting).sayings[-1].caption == "You · Not sent yet"
    refused = Letter(key="k", dispute_id=ANSWERED["id"], text="One more thing", refusal="It has its answer")
    assert thread(ANSWERED, refused).sayings[-1].caption == "You · It has its answer"


def test_a_row_that_is_looked_at_says_so_and_until_when() -> None:
    text = "Points of this receipt are looked at until 26 November."
    held = {**ENTRIES[0], "review": {"state": "open", "text": text, "due_on": "2026-11-26"}}
    assert entry_of(held, now=NOW, with_day=True).state == "Being looked at"
    assert why_of(held, Resource(EXPLANATION)).note == text
    refused = {**held, "review": {**held["review"], "state": "refused"}}
    assert entry_of(refused, now=NOW, with_day=True).state == "Refused"


def test_questions_are_told_in_russian_too() -> None:
    language.use("ru")
    rows = questions_of(DISPUTES, [], now=NOW)
    assert (rows[0].pill, rows[0].note, open_summary(rows)) == ("Есть ответ", "Ответ до 4 дек.", "1 без ответа")


pytest_app = pytest.mark.app


@pytest_app
def test_a_row_that_is_wrong_is_asked_about_from_its_reason(at_home: Headless, script: Script, tmp_path: Path) -> None:
    at_home.app.open_entry("entry-120")
    at_home.settle()
    at_home.touch(of_class(at_home, "BubbleAction")[0])
    at_home.settle()
    page = at_home.app.page
    assert {"Something is wrong", "Grain, Pokrovka 12", "+120"} <= set(texts(at_home))
    page.send()
    assert page.errors == {"choice": "Choose what should be different."}
    page.ids.scroll.scroll_y = 1
    at_home.frames(2)
    at_home.touch(next(choice for choice in of_class(at_home, "Choice") if choice.text == "Too few points").ids.tick)
    Image.new("RGB", (30, 40), "white").save(tmp_path / "photo.png")
    page.take_photo(tmp_path / "photo.png")
    at_home.touch(button(at_home, "Send"))
    at_home.until(lambda: script.photos)
    at_home.until(lambda: "1 photo" in texts(at_home))
    assert at_home.app.page.name == "dispute"
    assert {"Points of 22 November", "In review"} & set(texts(at_home))
    at_home.app.back()
    at_home.settle()
    assert at_home.app.page.name == "history", "nobody goes back to what was sent"
    assert "Your question about it" in texts(at_home)


@pytest_app
def test_a_missing_receipt_is_asked_about_without_a_connection_and_sent_with_one(
    at_home: Headless, script: Script, transport: FlaskTransport
) -> None:
    at_home.app.go("history")
    at_home.settle()
    at_home.touch(button(at_home, "Receipt missing?"))
    at_home.settle()
    transport.connected = False
    page = at_home.app.page
    page.ids.number.text, page.ids.day.text = "0042", "20.11"
    at_home.touch(button(at_home, "Send"))
    at_home.until(lambda: "You · Not sent yet" in texts(at_home))
    at_home.app.go("history")
    at_home.settle()
    at_home.touch(next(row for row in of_class(at_home, "ActionRow") if row.text == "Your questions"))
    at_home.until(lambda: "It goes off as soon as there is a connection." in texts(at_home))
    transport.connected = True
    at_home.touch(button(at_home, "Try again"))
    at_home.until(lambda: "In review" in texts(at_home))
    assert script.disputes[0]["subject"]["receipt"]["number"] == "0042"
    assert len(script.disputes) == 3


@pytest_app
def test_a_word_is_added_a_decision_rated_and_a_question_withdrawn(at_home: Headless, script: Script) -> None:
    open_id, ended_id = (row["id"] for row in script.disputes)
    at_home.app.open_question(dispute_id=open_id)
    at_home.settle()
    assert "Thank you, Alice. I have asked the café, they answer by Monday." in texts(at_home)
    at_home.app.page.ids.words.text = "One more thing"
    at_home.app.page.write()
    at_home.until(lambda: script.dispute(open_id)["thread"][-1]["text"] == "One more thing")
    at_home.until(lambda: "One more thing" in texts(at_home) and "You · Being sent" not in texts(at_home))
    asked = script.requests.count(f"GET /api/v1/me/disputes/{open_id}")
    assert asked == 1, "what was delivered is shown without being asked for again"
    at_home.app.page.ask_withdraw()
    at_home.settle()
    at_home.touch(button(at_home, "Withdraw it"))
    at_home.until(lambda: "You withdrew the question" in texts(at_home))
    at_home.app.open_question(dispute_id=ended_id)
    at_home.settle()
    at_home.touch(of_class(at_home, "Star")[1])
    score = at_home.app.page.ids.rating.score
    at_home.touch(button(at_home, "Send"))
    at_home.until(lambda: script.dispute(ended_id)["rating"] == score)
    at_home.until(lambda: f"You gave it {int(score)} of 5" in texts(at_home))


@pytest_app
def test_a_message_about_a_question_leads_to_the_questions(at_home: Headless, script: Script) -> None:
    script.messages[0] |= {"kind": "dispute_answered", "title": "Your question is answered"}
    at_home.app.go("inbox")
    at_home.settle()
    at_home.touch(next(row for row in of_class(at_home, "MessageRow") if row.message.icon == "message-question"))
    at_home.settle()
    assert at_home.app.page.name == "disputes"


@pytest_app
def test_somebody_else_finds_nothing_of_what_was_written(at_home: Headless, transport: FlaskTransport) -> None:
    transport.connected = False
    at_home.app.letters.write(RECEIPT.letter(now=NOW, currency="RUB"))
    at_home.app.sign_out()
    at_home.settle()
    assert at_home.app.letters.waiting == ()
