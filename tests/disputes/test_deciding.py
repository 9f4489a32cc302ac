"""The shop's word, and what it does to the book: one new row that names it, and never a change of an old one."""

import pytest

from backend.disputes import service
from backend.ledger import adjusting
from backend.ledger import queries as ledger
from backend.programmes.adjustment_terms import terms_now
from backend.shared.clock import business_now
from backend.staff import service as staff
from backend.staff.errors import OwnCard
from backend.staff.queries import audit_entries
from backend.staff.roles import Role
from tests.console.desk import colleague, identity
from tests.factories.referrals import bound
from tests.factories.till import sale


@pytest.fixture
def dispute(till, alices):
    till.sell(alices.id, 150_000)
    return alices.ask("I paid 3,000.", entry_id=alices.entries()[0]["id"], about="too_few").json


def decide(olgas, dispute, **body):
    return olgas.post(f"/disputes/{dispute['id']}/decisions", {"text": "The till had it wrong."} | body)


def test_points_come_by_a_new_entry_that_names_the_decision(session, alices, olgas, dispute):
    before = alices.entries()
    decided = decide(olgas, dispute, outcome="upheld", points=75)
    assert (decided.status_code, decided.json["status"]) == (201, "upheld"), decided.text
    new, *old = alices.entries()
    assert old == before
    assert (new["kind"], new["points"], new["status"]) == ("adjustment", 75, "posted")
    explained = alices.get(f"/entries/{new['id']}/explanation").json
    assert explained["text"] == (
        "You asked on 22 November. Decided on 22 November: “The till had it wrong.” 75\u00a0points were added and can"
        " be spent now."
    )
    assert explained["inputs"]["dispute_id"] == dispute["id"]
    mine = alices.get(f"/disputes/{dispute['id']}").json
    assert mine["decision"] | {"decided_at": None} == {
        "outcome": "upheld",
        "text": "The till had it wrong.",
        "points": 75,
        "entry_id": new["id"],
        "decided_at": None,
        "decided_by": "A program of the support",
    }
    assert ledger.balance(session, alices.id).available == 75


def test_a_refusal_changes_nothing_and_says_why(session, alices, olgas, dispute):
    before = alices.entries()
    assert decide(olgas, dispute, outcome="refused").json["status"] == "refused"
    assert alices.entries() == before
    assert alices.get(f"/disputes/{dispute['id']}").json["decision"]["text"] == "The till had it wrong."


def test_a_dispute_is_decided_once(session, alices, olgas, dispute):
    decide(olgas, dispute, outcome="upheld", points=75)
    again = decide(olgas, dispute, outcome="upheld", points=75)
    assert (again.status_code, again.json["type"]) == (409, "dispute-ended")
    assert ledger.balance(session, alices.id).available == 75


def test_the_member_is_right_needs_something_to_be_put_right(olgas, dispute):
    refused = decide(olgas, dispute, outcome="upheld")
    assert (refused.status_code, refused.json["errors"]) == (422, {"points": ["Say how many points are added"]})
    assert decide(olgas, dispute, outcome="upheld", points=0).json["status"] == "upheld"


def test_large_points_wait_for_a_second_person(session, alices, olgas, dispute):
    proposed = decide(olgas, dispute, outcome="upheld", points=3_000)
    assert (proposed.status_code, proposed.json["status"]) == (202, "open")
    assert alices.get(f"/disputes/{dispute['id']}").json["decision"] is None
    assert decide(olgas, dispute, outcome="refused").json["type"] == "decision-waits"
    assert alices.post(f"/disputes/{dispute['id']}/withdrawal").status_code == 409
    second_word(session, approved=True)
    decided = alices.get(f"/disputes/{dispute['id']}").json
    assert (decided["status"], decided["decision"]["points"]) == ("upheld", 3_000)
    assert decided["decision"]["text"] == "The till had it wrong."
    assert ledger.balance(session, alices.id).available == 3_000


def test_what_the_second_person_refuses_goes_on_waiting(session, alices, olgas, dispute):
    decide(olgas, dispute, outcome="upheld", points=3_000)
    second_word(session, approved=False)
    seen = olgas.get(f"/disputes/{dispute['id']}").json
    assert (seen["status"], seen["thread"][-1]["kind"], seen["thread"][-1]["text"]) == (
        "open",
        "not_approved",
        "Too much.",
    )
    assert [said["kind"] for said in alices.get(f"/disputes/{dispute['id']}").json["thread"]] == ["opened"]
    assert decide(olgas, dispute, outcome="upheld", points=75).json["status"] == "upheld"
    assert ledger.balance(session, alices.id).available == 75


def second_word(session, *, approved):
    (waiting,) = adjusting.waiting(session, at=business_now())
    ivan = identity(colleague(session, Role.SUPPORT, "Ivan"))
    adjusting.decide(
        session, adjustment_id=waiting.id, approved=approved, note="Too much.", by=ivan, terms=terms_now(session)
    )


def test_a_receipt_beyond_the_window_is_attached_by_a_person(session, clock, till, alices, olgas):
    body = sale(alices.id, 54_000, external_id="0042")
    del body["member_id"]
    till.post("/receipts", body)
    clock.advance(days=40, business_only=True)
    paper = {"number": "0042", "on": "2026-11-22", "amount": 54_000, "currency": "RUB"}
    asked = alices.ask(receipt=paper).json
    assert asked["status"] == "open"
    decided = decide(olgas, asked, outcome="upheld")
    assert decided.status_code == 201, decided.text
    assert alices.get(f"/disputes/{asked['id']}").json["subject"]["id"] == alices.entries()[0]["receipt_id"]
    assert (decided.json["decision"]["points"], decided.json["decision"]["entry_id"]) == (
        27,
        alices.entries()[0]["id"],
    )
    assert ledger.balance(session, alices.id).pending + ledger.balance(session, alices.id).available == 27


def test_a_word_of_either_side_passes_the_turn(alices, olgas, dispute):
    path = f"/disputes/{dispute['id']}/messages"
    assert olgas.post(path, {"text": "Which card?"}).json["status"] == "answered"
    assert alices.post(path, {"text": "My own."}, Idempotency_Key="word-1").json["status"] == "open"
    again = alices.post(path, {"text": "My own."}, Idempotency_Key="word-1").json
    assert [said["text"] for said in again["thread"]] == ["I paid 3,000.", "Which card?", "My own."]
    assert [said["side"] for said in again["thread"]] == ["member", "shop", "member"]


def test_nothing_is_written_into_what_is_decided(alices, olgas, dispute):
    decide(olgas, dispute, outcome="refused")
    path = f"/disputes/{dispute['id']}/messages"
    assert alices.post(path, {"text": "But!"}).json["type"] == "dispute-ended"
    assert olgas.post(path, {"text": "Well."}).json["type"] == "dispute-ended"


def test_each_step_is_told_without_anybodys_words(alices, olgas, dispute):
    olgas.post(f"/disputes/{dispute['id']}/messages", {"text": "Which card?"})
    decide(olgas, dispute, outcome="upheld", points=75)
    told = [one for one in alices.get("/messages").json["items"] if one["kind"].startswith("dispute")]
    assert [(one["kind"], one["body"]) for one in reversed(told)] == [
        ("dispute_received", "Somebody looks at it and answers by 4 December."),
        ("dispute_answered", "Asked on 22 November. Open it to read and to write back."),
        (
            "dispute_upheld_points",
            "We added 75\u00a0points for your question of 22 November. They can be spent now.",
        ),
    ]


def test_how_it_went_is_said_after_the_end(alices, olgas, dispute):
    path = f"/disputes/{dispute['id']}/rating"
    assert alices.post(path, {"rating": 5}).json["type"] == "dispute-not-ended"
    decide(olgas, dispute, outcome="refused")
    assert alices.post(path, {"rating": 2, "text": "Too slow."}).json["rating"] == 2
    assert alices.post(path, {"rating": 6}).status_code == 422
    seen = olgas.get(f"/disputes/{dispute['id']}").json
    assert (seen["rating"], seen["thread"][-1]["text"]) == (2, "Too slow.")


def test_who_did_what_is_in_the_audit_log(session, olgas, dispute):
    decide(olgas, dispute, outcome="upheld", points=75)
    (act,) = audit_entries(session, f"dispute:{dispute['id']}")
    assert (act["action"], act["reason"]) == ("decide_dispute", "The till had it wrong.")


def test_only_support_decides(session, client, till, dispute):
    from tests.factories.staff import a_staff_token, bearer

    for role, status in (("auditor", 403), ("marketer", 403), ("cashier", 403)):
        headers = bearer(a_staff_token(session, role))
        body = {"outcome": "refused", "text": "No."}
        answer = client.post(f"/api/v1/staff/disputes/{dispute['id']}/decisions", json=body, headers=headers)
        assert answer.status_code == status


def test_nobody_decides_for_the_card_that_is_their_own(session, alices, dispute):
    ivan = identity(colleague(session, Role.SUPPORT, "Ivan"))
    staff.link_card(session, staff_id=ivan.id, member_id=alices.id, who="test")
    with pytest.raises(OwnCard):
        service.decide(session, dispute_id=dispute["id"], outcome="upheld", text="Mine.", points=75, by=ivan)
    assert ledger.balance(session, alices.id).available == 0
    assert alices.get(f"/disputes/{dispute['id']}").json["status"] == "open"


def test_nobody_decides_that_they_were_right_to_invite_somebody(session, alices, boriss):
    referral = bound(session, advocate_id=alices.id, friend_id=boriss.id)
    asked = boriss.ask("Where are our points?", referral_id=str(referral.id), insists=True).json
    ivan = identity(colleague(session, Role.SUPPORT, "Ivan"))
    staff.link_card(session, staff_id=ivan.id, member_id=alices.id, who="test")
    with pytest.raises(OwnCard):
        service.decide(session, dispute_id=asked["id"], outcome="upheld", text="Mine.", points=None, by=ivan)
