"""Olga at the desk of disputes: what waits, one dispute beside the book, a word, a decision, and the report."""

import html
import re

import pytest

from backend.console import dispute_pages
from backend.ledger import queries as ledger
from backend.staff.roles import Role
from tests.console.desk import at_desk, words
from tests.disputes.conftest import Caller
from tests.factories.members import alice, headers_of


@pytest.fixture
def alices(app, session, till):
    member_id = alice(session).id
    return Caller(app.test_client(), headers_of(session, member_id), member_id)


@pytest.fixture
def dispute_id(till, alices):
    till.sell(alices.id, 150_000)
    entry_id = alices.entries()[0]["id"]
    return alices.ask("I paid 3,000 with my own card.", entry_id=entry_id, about="too_few").json["id"]


def test_the_desk_without_disputes_says_so(olga):
    assert "Nobody waits for an answer." in olga.page("/console/disputes")


def test_a_dispute_stands_beside_the_row_and_the_book(olga, dispute_id):
    page = olga.page("/console/disputes")
    assert "Alice K.: Too few points" in page
    assert "answer by 4 December" in page
    assert "Why +75" in page
    assert "I paid 3,000 with my own card." in page
    assert "the row in question" in page


def test_the_sidebar_and_the_overview_count_what_waits(olga, dispute_id):
    overview = olga.page("/console")
    assert "1 dispute waits for an answer" in overview
    assert "Disputes waiting: 1" in overview


def test_a_word_reaches_the_member_and_it_waits_for_theirs(olga, alices, dispute_id):
    sent = olga.post(f"/console/disputes/{dispute_id}/messages", {"message": "Which card was it?"})
    assert sent.status_code == 303
    assert "Waits for the member" in olga.page(f"/console/disputes/{dispute_id}")
    assert alices.get(f"/disputes/{dispute_id}").json["thread"][-1]["text"] == "Which card was it?"


def test_a_decision_is_booked_and_named(session, olga, alices, dispute_id):
    form = {"outcome": "upheld", "points": "75", "text": "The till had it wrong."}
    assert olga.post(f"/console/disputes/{dispute_id}/decision", form).status_code == 303
    assert ledger.balance(session, alices.id).available == 75
    page = olga.page(f"/console/disputes/{dispute_id}")
    assert "Upheld The till had it wrong. By Olga" in page
    assert "By the answer to your question" in olga.page(f"/console/members/{alices.id}")


def test_a_decision_that_lacks_something_comes_back_as_it_was_typed(olga, dispute_id):
    refused = olga.post(f"/console/disputes/{dispute_id}/decision", {"outcome": "upheld", "points": "many", "text": ""})
    assert refused.status_code == 422
    page = words(refused.text)
    assert "A whole number of points: 30." in page
    assert "Write what the member reads." in page
    assert 'value="many"' in refused.text


def test_upholding_needs_points_where_nothing_can_be_put_right_by_itself(olga, dispute_id):
    refused = olga.post(f"/console/disputes/{dispute_id}/decision", {"outcome": "upheld", "text": "Yes."})
    assert (refused.status_code, "Say how many points are added" in words(refused.text)) == (422, True)


def test_two_at_once_one_decides_and_the_other_hears_it(app, session, olga, dispute_id):
    ivan = at_desk(app, session, Role.SUPPORT, "Ivan")
    form = {"outcome": "refused", "text": "The receipt says 1,500."}
    olga.post(f"/console/disputes/{dispute_id}/decision", form)
    ivan.post(f"/console/disputes/{dispute_id}/decision", form | {"outcome": "upheld", "points": "75"})
    assert "This question has its answer." in ivan.page(f"/console/disputes/{dispute_id}")


def test_large_points_wait_on_the_second_persons_desk(session, olga, anna, alices, dispute_id):
    form = {"outcome": "upheld", "points": "3000", "text": "All of November was lost."}
    olga.post(f"/console/disputes/{dispute_id}/decision", form)
    page = olga.page(f"/console/disputes/{dispute_id}")
    assert "Olga proposed +3,000" in page
    desk = anna.page("/console/adjustments")
    assert "The answer to a question" in desk
    assert ledger.balance(session, alices.id).available == 0


def test_a_missing_receipt_is_shown_as_told_and_as_found(till, olga, alices, boris_id):
    till.sell(boris_id, 54_000, external_id="0042")
    asked = alices.ask(receipt={"number": "0042", "on": "2026-11-22", "amount": 54_000, "currency": "RUB"}).json
    page = olga.page(f"/console/disputes/{asked['id']}")
    assert "Alice K.: Receipt belongs to somebody else" in page
    assert "A receipt with this number" in page
    assert "Борис" in page


@pytest.fixture
def boris_id(session, till):
    from tests.factories.members import boris

    return boris(session).id


def test_the_report_counts_by_month_and_topic(clock, olga, alices, dispute_id):
    clock.advance(hours=5, business_only=True)
    olga.post(f"/console/disputes/{dispute_id}/decision", {"outcome": "refused", "text": "It was 1,500."})
    alices.post(f"/disputes/{dispute_id}/rating", {"rating": 2})
    page = olga.page("/console/disputes/report")
    assert "Nov 2026 1 0 0 1 0 0 0 5 h 0" in page
    assert "Too few points 1 0 0 1 0 0 0 5 h 0" in page
    assert "2.0 of 5" in page


def test_an_administrator_sets_the_promise_and_new_questions_keep_it(anna, olga, alices, till):
    form = {"answer": "3", "remind": "1", "days_off": "2026-11-23"}
    assert olga.post("/console/disputes/report", form).status_code == 403
    assert anna.post("/console/disputes/report", form).status_code == 303
    asked = alices.ask(receipt={"number": "0042", "on": "2026-11-20"}).json
    # Sunday, then a Monday off: Tuesday, Wednesday, Thursday.
    assert asked["due_on"] == "2026-11-26"


def test_a_promise_that_cannot_be_kept_is_not_taken(anna):
    refused = anna.post("/console/disputes/report", {"answer": "3", "remind": "3", "days_off": "New Year"})
    page = words(refused.text)
    assert refused.status_code == 422
    assert "At least one, and fewer than the days above." in page
    assert "This is none: New" in page or "This is none: Year" in page


@pytest.mark.parametrize("typed", ["9" * 5000, "²", "-1", "1e3", "３"])
def test_a_number_that_is_none_is_no_promise_and_no_count_of_months(anna, typed):
    for form in ({"answer": typed, "remind": "1"}, {"answer": "5", "remind": typed}):
        assert anna.post("/console/disputes/report", form | {"days_off": ""}).status_code == 422
    assert anna.get(f"/console/disputes/report?months={typed}").status_code == 200


def test_an_auditor_looks_on(app, session, olga, dispute_id):
    auditor = at_desk(app, session, Role.AUDITOR)
    assert "Support and administrators decide." in auditor.page(f"/console/disputes/{dispute_id}")
    form = {"outcome": "refused", "text": "No."}
    assert auditor.post(f"/console/disputes/{dispute_id}/decision", form).status_code == 403


def test_a_long_queue_goes_on_on_another_page(olga, alices, dispute_id, monkeypatch):
    monkeypatch.setattr(dispute_pages, "LIST_ROWS", 1)
    later = alices.ask(receipt={"number": "0042", "on": "2026-11-20"}).json["id"]
    first = olga.get("/console/disputes").text
    assert f"/console/disputes/{later}" not in first
    path = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    following = olga.get(path).text
    assert "Due later" in words(first)
    assert f"/console/disputes/{later}" in following
    assert f"/console/disputes/{dispute_id}" not in following
