"""Points given and taken by hand: looked over before it is done, with a reason, and large ones by a second person."""

import re

import pytest

from backend.ledger import adjusting, journal, service
from backend.ledger import queries as ledger
from backend.programmes import service as programmes
from backend.shared.jobs import run_due_jobs
from backend.shared.wording import Reader
from backend.staff.queries import audit_entries
from backend.staff.roles import Role
from tests.console.desk import COMPLAINT, a_cause, at_desk, give, returns, words
from tests.factories.members import alice, boris, headers_of
from tests.factories.till import DEMO_PROGRAMME

LARGE = COMPLAINT | {"points": "+3000"}


@pytest.fixture
def alice_id(session, till):
    return alice(session).id


def adjust(desk, member_id, form):
    """Types it, looks it over, and does it: as the page leads without scripts."""
    page = f"/console/members/{member_id}/adjust"
    checked = desk.post(page, form)
    if checked.status_code != 200:
        return checked
    hidden = re.findall(r'<input type="hidden" name="(step|key|points|reason|note)" value="([^"]*)">', checked.text)
    first_form = dict(hidden[:5])
    assert first_form["step"] == "do"
    return desk.post(page, first_form)


def waiting(session, clock):
    return adjusting.waiting(session, at=clock.now)


def test_what_will_be_is_shown_before_anything_is_done(session, olga, alice_id):
    give(session, alice_id, 50)
    checked = words(olga.post(f"/console/members/{alice_id}/adjust", COMPLAINT).text)
    assert "+300 points To spend now 50 To spend afterwards 350 These points burn 22 November 2027" in checked
    assert ledger.balance(session, alice_id).available == 50


def test_a_small_adjustment_is_in_the_book_at_once(session, olga, alice_id):
    done = adjust(olga, alice_id, COMPLAINT)
    assert (done.status_code, done.location) == (303, f"/console/members/{alice_id}")
    assert ledger.balance(session, alice_id).available == 300
    page = olga.page(f"/console/members/{alice_id}")
    assert "+300 points: it is in the book" in page
    assert "Asked by Olga" in page
    assert "Internal note Case 4711" in page


def test_points_are_taken_too_and_never_more_than_there_are(session, olga, alice_id):
    give(session, alice_id, 50)
    refused = adjust(olga, alice_id, COMPLAINT | {"points": "−60"})
    assert refused.status_code == 422
    assert "No more than 50\u00a0points can be taken" in refused.text
    assert adjust(olga, alice_id, COMPLAINT | {"points": "−50"}).status_code == 303
    assert ledger.balance(session, alice_id).available == 0
    (taken, _gift) = journal.transactions(session, alice_id, limit=5)
    assert [(leg.account, leg.debit, leg.credit) for leg in taken.legs] == [("available", 50, 0), ("adjusted", 0, 50)]


@pytest.mark.parametrize("typed", ["", "0", "three", "1.5", "1,5", "9" * 13, "--5", "5-"])
def test_what_is_no_number_of_points_is_said_at_its_field(session, olga, alice_id, typed):
    refused = olga.post(f"/console/members/{alice_id}/adjust", COMPLAINT | {"points": typed})
    assert refused.status_code == 422
    assert "A whole number of points" in refused.text
    assert ledger.balance(session, alice_id).available == 0


@pytest.mark.parametrize(("typed", "points"), [("1 000", 1000), ("+1,000", 1000), ("300", 300), ("\u2212 20", -20)])
def test_points_are_read_as_people_write_them(session, olga, alice_id, typed, points):
    give(session, alice_id, 100)
    adjust(olga, alice_id, COMPLAINT | {"points": typed})
    assert ledger.balance(session, alice_id).available == 100 + points


def test_an_adjustment_needs_a_reason_of_either_kind(olga, alice_id):
    refused = olga.post(f"/console/members/{alice_id}/adjust", {"points": "5", "reason": "whim", "note": " "})
    assert refused.status_code == 422
    assert "Choose what the participant is told" in refused.text
    assert "Write down why" in refused.text
    assert 'value="5"' in refused.text


def test_a_form_that_is_sent_twice_is_one_adjustment(session, olga, alice_id):
    form = COMPLAINT | {"step": "do", "key": "the-same-form"}
    for _ in range(2):
        assert olga.post(f"/console/members/{alice_id}/adjust", form).status_code == 303
    assert ledger.balance(session, alice_id).available == 300


def test_an_adjustment_pays_what_is_owed_first(session, olga, till, alice_id, clock):
    till.sell(alice_id, 100_000)
    clock.advance(days=15, business_only=True)
    run_due_jobs()
    book = service.open_books(session, [alice_id], with_lots=True)[alice_id]
    book.spend(a_cause("spent"), points=50)
    service.write(session, [book])
    returns(till, 100_000)
    checked = words(olga.post(f"/console/members/{alice_id}/adjust", COMPLAINT).text)
    assert "Owed now 50 Owed afterwards 0" in checked
    assert "To spend afterwards 250" in checked
    adjust(olga, alice_id, COMPLAINT)
    balance = ledger.balance(session, alice_id)
    assert (balance.available, balance.debt) == (250, 0)
    assert "Of these, paid off what was owed" in olga.page(f"/console/members/{alice_id}")


def test_the_participant_reads_the_reason_in_both_languages_and_never_the_note(session, client, olga, alice_id):
    adjust(olga, alice_id, COMPLAINT | {"note": "Unfriendly on the phone"})
    headers = headers_of(session, alice_id)
    (row,) = client.get("/api/v1/me/entries", headers=headers).json["items"]
    assert (row["kind"], row["points"], row["status"]) == ("adjustment", 300, "posted")
    assert row["title"] == "Adjusted by the shop: your complaint"
    path = f"/api/v1/me/entries/{row['id']}/explanation"
    english, russian = (client.get(f"{path}?lang={locale}", headers=headers) for locale in ("en", "ru"))
    assert "The shop looked at your complaint and added 300\u00a0points" in english.json["text"]
    assert "Магазин рассмотрел ваше обращение и добавил 300\u00a0баллов" in russian.json["text"]
    assert "Unfriendly" not in english.text + russian.text


@pytest.mark.parametrize("points", [5, -5])
@pytest.mark.parametrize("reason", adjusting.REASONS)
def test_every_reason_explains_itself_in_both_languages(session, olga, alice_id, reason, points):
    give(session, alice_id, 10)
    adjust(olga, alice_id, {"points": str(points), "reason": reason, "note": "x"})
    newest = journal.transactions(session, alice_id, limit=1)[0]
    english, russian = Reader("en"), Reader("ru")
    assert newest.title(english).startswith("Adjusted by the shop: ")
    assert newest.title(russian).startswith("Правка от магазина: ")
    assert "5\u00a0points" in newest.body(english)
    assert "5\u00a0баллов" in newest.body(russian)
    assert [figure for _words, figure in newest.steps(english)] == ["+5" if points > 0 else "\u22125"]


def test_a_large_one_waits_and_nothing_is_in_the_book(session, olga, alice_id, clock):
    checked = olga.post(f"/console/members/{alice_id}/adjust", LARGE).text
    assert "it waits for a second person" in checked
    adjust(olga, alice_id, LARGE)
    assert ledger.balance(session, alice_id).available == 0
    (request,) = waiting(session, clock)
    assert (request.points, request.note, request.asked_by) == (3000, "Case 4711", olga.who)


@pytest.mark.parametrize(("points", "waits"), [("1000", False), ("1001", True), ("−1000", False), ("−1001", True)])
def test_the_limit_is_the_programmes(session, olga, alice_id, clock, points, waits):
    give(session, alice_id, 5_000)
    adjust(olga, alice_id, COMPLAINT | {"points": points})
    assert bool(waiting(session, clock)) is waits


def test_a_programme_may_say_another_limit(session, olga, alice_id, clock):
    stricter = f"{DEMO_PROGRAMME}adjustments: {{second_person_above_points: 100}}\n"
    programmes.load(session, stricter, in_force_from=clock.now)
    assert "Above 100\u00a0points a second person decides" in olga.get(f"/console/members/{alice_id}").text
    adjust(olga, alice_id, COMPLAINT | {"points": "101"})
    assert len(waiting(session, clock)) == 1


def test_many_small_gifts_of_a_day_are_a_large_one(session, app, olga, anna, alice_id, clock):
    adjust(olga, alice_id, COMPLAINT | {"points": "600"})
    adjust(olga, alice_id, COMPLAINT | {"points": "600"})
    assert [one.points for one in waiting(session, clock)] == [600]
    # Somebody else's gifts are their own, and so are those of the next day.
    adjust(anna, alice_id, COMPLAINT | {"points": "600"})
    clock.advance(days=1, seconds=1, business_only=True)
    adjust(olga, alice_id, COMPLAINT | {"points": "601"})
    assert len(waiting(session, clock)) == 1
    assert ledger.balance(session, alice_id).available == 600 + 600 + 601


def test_what_was_taken_makes_no_room_for_more_gifts(session, olga, alice_id, clock):
    for points in ("600", "−600", "600"):
        adjust(olga, alice_id, COMPLAINT | {"points": points})
    assert [one.points for one in waiting(session, clock)] == [600]


def test_gifts_to_one_are_not_counted_for_another(session, olga, till, alice_id, clock):
    for member_id in (alice_id, boris(session).id):
        adjust(olga, member_id, COMPLAINT | {"points": "600"})
    assert waiting(session, clock) == []


def test_a_second_person_approves_and_the_points_are_there(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    desk = anna.page("/console/adjustments")
    assert "Alice K.: +3,000 points" in desk
    assert "Case 4711" in desk
    assert "To spend now 0" in desk
    assert "To spend afterwards 3,000" in desk
    decided = anna.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": "Seen the photo"})
    assert decided.location == "/console/adjustments"
    assert ledger.balance(session, alice_id).available == 3_000
    assert waiting(session, clock) == []
    assert "Approved by Anna: “Seen the photo”" in olga.page(f"/console/members/{alice_id}")


def test_a_second_person_refuses_and_nothing_changes(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    anna.post(f"/console/adjustments/{request.id}", {"decision": "refuse", "word": "No photo"})
    assert ledger.balance(session, alice_id).available == 0
    page = olga.page(f"/console/adjustments/{request.id}")
    assert "Not approved" in page
    assert "No photo" in page


def test_nobody_decides_on_their_own_request(session, olga, alice_id, clock):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    page = olga.get(f"/console/adjustments/{request.id}").text
    assert "You asked for this yourself" in page
    assert 'value="approve"' not in page
    refused = olga.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": "Please"})
    assert refused.status_code == 303
    assert "somebody else decides" in olga.page(refused.location)
    assert ledger.balance(session, alice_id).available == 0
    assert len(waiting(session, clock)) == 1


def test_a_request_is_decided_once(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    decision = {"decision": "approve", "word": "Yes"}
    anna.post(f"/console/adjustments/{request.id}", decision)
    again = anna.post(f"/console/adjustments/{request.id}", decision)
    assert "does not wait any more" in anna.page(again.location)
    assert ledger.balance(session, alice_id).available == 3_000


def test_a_decision_needs_a_word(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    refused = anna.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": " "})
    assert refused.status_code == 422
    assert "Leave a word" in refused.text
    assert len(waiting(session, clock)) == 1


@pytest.mark.parametrize("decision", ["", "approved", "perhaps"])
def test_what_is_no_decision_decides_nothing(session, olga, anna, alice_id, clock, decision):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    answer = anna.post(f"/console/adjustments/{request.id}", {"decision": decision, "word": "Well"})
    assert (answer.status_code, "Approve it, or refuse it." in answer.text) == (422, True)
    assert len(waiting(session, clock)) == 1


def test_what_was_spent_meanwhile_cannot_be_taken_and_the_request_goes_on_waiting(session, olga, anna, alice_id, clock):
    give(session, alice_id, 2_000)
    adjust(olga, alice_id, COMPLAINT | {"points": "−1500"})
    (request,) = waiting(session, clock)
    book = service.open_books(session, [alice_id], with_lots=True)[alice_id]
    book.spend(a_cause("spent"), points=1_000)
    service.write(session, [book])
    assert "Only 1,000\u00a0points can be taken now" in anna.get(f"/console/adjustments/{request.id}").text
    anna.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": "Yes"})
    assert ledger.balance(session, alice_id).available == 1_000
    assert len(waiting(session, clock)) == 1


def test_after_two_weeks_a_request_runs_out(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    clock.advance(days=14, business_only=True)
    late = anna.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": "Yes"})
    assert "does not wait any more" in anna.page(late.location)
    run_due_jobs()
    assert "Nobody decided in time" in anna.page("/console/adjustments")
    assert adjusting.adjustment(session, request.id).status == "expired"
    assert ledger.balance(session, alice_id).available == 0


def test_every_step_is_in_the_audit_log(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, COMPLAINT)
    clock.advance(days=2, business_only=True)
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    anna.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": "Yes"})
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    anna.post(f"/console/adjustments/{request.id}", {"decision": "refuse", "word": "Enough"})
    log = audit_entries(session, f"member:{alice_id}")
    assert [(entry["who"], entry["action"], entry["after"]["points"], entry["reason"]) for entry in log] == [
        (olga.who, "adjust_points", 300, "Case 4711"),
        (olga.who, "ask_to_adjust_points", 3000, "Case 4711"),
        (anna.who, "approve_adjustment", 3000, "Yes"),
        (olga.who, "ask_to_adjust_points", 3000, "Case 4711"),
        (anna.who, "refuse_adjustment", 3000, "Enough"),
    ]


def test_the_sidebar_counts_what_somebody_could_decide_on(olga, anna, alice_id):
    adjust(olga, alice_id, LARGE)
    assert re.search(r"console__count\">.*?1<", anna.get("/console").text, re.DOTALL)
    assert "console__count" not in olga.get("/console").text
    assert "1 adjustment needs a second person" in anna.page("/console")


def test_an_auditor_looks_on_and_decides_nothing(app, session, olga, alice_id, clock):
    auditor = at_desk(app, session, Role.AUDITOR)
    adjust(olga, alice_id, LARGE)
    (request,) = waiting(session, clock)
    assert "Support and administrators decide" in auditor.page(f"/console/adjustments/{request.id}")
    assert auditor.post(f"/console/adjustments/{request.id}", {"decision": "approve", "word": "x"}).status_code == 403
    assert auditor.post(f"/console/members/{alice_id}/adjust", COMPLAINT).status_code == 403
    assert "Check" not in auditor.page(f"/console/members/{alice_id}")


def test_another_site_adjusts_nothing(session, olga, alice_id):
    for token in ("", "forged"):
        form = COMPLAINT | {"step": "do", "key": "k"}
        assert olga.post(f"/console/members/{alice_id}/adjust", form, token=token).status_code == 403
    assert ledger.balance(session, alice_id).available == 0


def test_what_somebody_writes_cannot_become_markup(session, olga, anna, alice_id, clock):
    adjust(olga, alice_id, LARGE | {"note": "<script>alert(1)</script>"})
    for page in (f"/console/members/{alice_id}", "/console/adjustments"):
        assert "<script>alert" not in anna.get(page).text


def test_points_given_by_hand_live_as_long_as_those_for_a_purchase(session, olga, alice_id, clock):
    assert "expiry: {days: 365}" in DEMO_PROGRAMME
    adjust(olga, alice_id, COMPLAINT)
    clock.advance(days=365, business_only=True)
    run_due_jobs()
    assert ledger.balance(session, alice_id).available == 0
