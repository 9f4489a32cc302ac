"""Asking: one thing at a time, the same thing once, and by when an answer comes."""

import pytest

from backend.disputes.models import Dispute
from backend.shared.ids import new_id


@pytest.fixture
def entry_id(till, alices):
    till.sell(alices.id, 150_000)
    (entry,) = alices.entries()
    return entry["id"]


def test_a_question_about_an_entry_is_open_with_a_deadline_in_working_days(alices, entry_id):
    asked = alices.ask("I paid 3,000.", entry_id=entry_id, about="too_few")
    assert asked.status_code == 201, asked.text
    dispute = asked.json
    # Asked on a Sunday: ten working days end on the Friday of the week after next.
    assert (dispute["status"], dispute["due_on"]) == ("open", "2026-12-04")
    assert dispute["subject"]["id"] == entry_id
    assert dispute["subject"]["points"] == 75
    assert [(said["kind"], said["side"], said["text"]) for said in dispute["thread"]] == [
        ("opened", "member", "I paid 3,000.")
    ]
    assert dispute["decision"] is None
    assert alices.get().json["items"][0]["id"] == dispute["id"]
    assert alices.get(f"/disputes/{dispute['id']}").json == dispute


def test_the_same_open_question_again_is_that_one(alices, entry_id):
    first = alices.ask(entry_id=entry_id, about="too_few")
    again = alices.ask("Hello?", entry_id=entry_id, about="too_few")
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])
    assert len(alices.get().json["items"]) == 1


def test_a_request_that_is_sent_again_is_the_same_question_even_after_its_end(alices, entry_id):
    body = {"entry_id": entry_id, "text": "Too few.", "about": "too_few"}
    first = alices.post("/disputes", body, Idempotency_Key="phone-1")
    alices.post(f"/disputes/{first.json['id']}/withdrawal")
    again = alices.post("/disputes", body, Idempotency_Key="phone-1")
    assert (again.status_code, again.json["id"], again.json["status"]) == (200, first.json["id"], "withdrawn")


def test_after_the_end_the_same_thing_may_be_asked_anew(alices, entry_id):
    first = alices.ask(entry_id=entry_id, about="too_few").json
    alices.post(f"/disputes/{first['id']}/withdrawal")
    anew = alices.ask(entry_id=entry_id, about="too_few")
    assert anew.status_code == 201
    assert anew.json["id"] != first["id"]


def test_nobody_asks_about_what_is_anothers(alices, boriss, entry_id):
    assert boriss.ask(entry_id=entry_id).status_code == 404
    assert boriss.ask(referral_id=str(new_id())).status_code == 404
    mine = alices.ask(entry_id=entry_id, about="other").json["id"]
    assert boriss.get(f"/disputes/{mine}").status_code == 404
    assert boriss.post(f"/disputes/{mine}/messages", {"text": "Me too"}).status_code == 404
    assert boriss.post(f"/disputes/{mine}/withdrawal").status_code == 404


@pytest.mark.parametrize("subject", [{}, {"entry_id": str(new_id()), "referral_id": str(new_id())}])
def test_a_question_is_about_one_thing(alices, subject):
    refused = alices.ask(**subject)
    assert refused.status_code == 422
    assert refused.json["errors"] == {"entry_id": ["Name one thing: an entry, an invitation or a receipt."]}


def test_ten_questions_a_day_are_enough(alices):
    for number in range(10):
        assert alices.ask(receipt={"number": f"guess-{number}", "on": "2026-11-20"}).status_code == 201
    refused = alices.ask(receipt={"number": "guess-10", "on": "2026-11-20"})
    assert (refused.status_code, refused.json["type"]) == (429, "too-many-disputes")


def test_what_people_write_is_sealed_and_gone_with_them(session, alices, entry_id):
    dispute_id = alices.ask("My own words.", entry_id=entry_id, about="other").json["id"]
    stored = session.connection().exec_driver_sql("SELECT text_ciphertext FROM dispute_events").scalars().all()
    assert all(b"My own words." not in bytes(text) for text in stored)
    alices.client.delete("/api/v1/me", headers=alices.headers)
    stored = session.connection().exec_driver_sql("SELECT text_ciphertext FROM dispute_events").scalars().all()
    assert set(stored) == {None}
    assert session.get(Dispute, dispute_id).state == "withdrawn"
