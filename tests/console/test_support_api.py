"""Support's view for programs: find, look, adjust; repeated is not doubled."""

import pytest
from sqlalchemy import func, select

from backend.ledger import adjusting
from backend.ledger import queries as ledger
from backend.ledger.models import LedgerAdjustment
from backend.members import service as members
from tests.console.desk import give
from tests.factories.members import ALICE_PHONE, alice
from tests.factories.staff import a_staff_token, bearer

FINE = {"points": 300, "reason": "Case 4711"}
NOBODY = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture
def alice_id(session, till):
    return alice(session).id


@pytest.fixture
def support(session):
    return bearer(a_staff_token(session, "support"))


@pytest.fixture
def adjust(client, alice_id, support):
    def send(body, key=None, *, headers=None):
        headers = (headers or support) | ({"Idempotency-Key": key} if key else {})
        return client.post(f"/api/v1/staff/members/{alice_id}/adjustments", json=body, headers=headers)

    return send


def test_a_member_is_found_by_phone_and_by_card(client, session, alice_id, support):
    card = members.profile(session, member_id=alice_id).card_number
    for query in (ALICE_PHONE, "8 912 345-67-89", card):
        (found,) = client.get("/api/v1/staff/members", query_string={"query": query}, headers=support).json["items"]
        assert (found["id"], found["label"], found["phone_masked"]) == (
            str(alice_id),
            "Alice K.",
            "+7 ••• •••-67-89",
        )
        assert ALICE_PHONE not in str(found)
        assert "Kovaleva" not in str(found)


def test_a_receipts_number_finds_whose_it_is(client, till, alice_id, support):
    till.sell(alice_id, 70_000, external_id="pokrovka-42")
    answer = client.get("/api/v1/staff/members?query=pokrovka-42", headers=support).json
    assert [one["id"] for one in answer["items"]] == [str(alice_id)]
    assert answer["next_cursor"] is None


def test_whoever_is_unknown_is_nobody(client, till, support):
    assert client.get("/api/v1/staff/members?query=nobody", headers=support).json["items"] == []
    assert client.get("/api/v1/staff/members", headers=support).status_code == 422
    assert client.get(f"/api/v1/staff/members/{NOBODY}", headers=support).status_code == 404


def test_a_member_comes_with_the_figures_of_the_book(client, till, alice_id, support):
    till.sell(alice_id, 70_000)
    answer = client.get(f"/api/v1/staff/members/{alice_id}", headers=support).json
    assert answer["balance"] == {"available": 0, "pending": 35, "reserved": 0, "debt": 0}
    assert (answer["earned"], answer["transactions_count"]) == (35, 1)
    assert answer["next_release"] == {"points": 35, "at": "2026-12-06T09:31:00+00:00"}
    assert (answer["frozen_at"], answer["debt_reason"], answer["next_expiry"]) == (None, None, None)


def test_an_adjustment_is_posted_and_shows_in_the_balance(session, adjust, alice_id):
    answer = adjust(FINE)
    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["points"], answer.json["kind"]) == ("posted", 300, "goodwill")
    assert answer.json["transaction_id"]
    assert ledger.balance(session, alice_id).available == 300


def test_repeated_with_its_key_it_is_done_once_and_answered_alike(session, adjust, alice_id):
    first, again = adjust(FINE, "key-1"), adjust(FINE, "key-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert ledger.balance(session, alice_id).available == 300


def test_a_key_with_another_content_is_refused(session, adjust, alice_id):
    adjust(FINE, "key-1")
    refused = adjust(FINE | {"points": 301}, "key-1")
    assert (refused.status_code, refused.json["type"]) == (422, "different-content")
    assert ledger.balance(session, alice_id).available == 300


def test_keys_of_two_callers_are_two_keys(session, adjust, alice_id):
    other = bearer(a_staff_token(session, "administrator"))
    assert adjust(FINE, "key-1").status_code == 201
    assert adjust(FINE, "key-1", headers=other).status_code == 201
    assert ledger.balance(session, alice_id).available == 600


def test_without_a_key_each_request_is_its_own(session, adjust, alice_id):
    adjust(FINE), adjust(FINE)
    assert ledger.balance(session, alice_id).available == 600


def test_above_the_limit_it_waits(session, adjust, alice_id):
    answer = adjust(FINE | {"points": 5_000}, "key-1")
    assert (answer.status_code, answer.json["status"]) == (202, "waiting")
    assert (answer.json["transaction_id"], answer.json["waits_until"]) == (None, "2026-12-06T09:31:00+00:00")
    assert ledger.balance(session, alice_id).available == 0
    assert adjust(FINE | {"points": 5_000}, "key-1").json == answer.json


def test_a_program_can_not_be_the_second_person(client, session, adjust, alice_id, clock):
    adjust(FINE | {"points": 5_000})
    (request,) = adjusting.waiting(session, at=clock.now)
    for role in ("support", "administrator"):
        headers = bearer(a_staff_token(session, role))
        answer = client.post(
            f"/console/adjustments/{request.id}", data={"decision": "approve", "word": "x"}, headers=headers
        )
        assert answer.status_code == 303
        assert answer.location.startswith("/staff/sign-in")
    assert ledger.balance(session, alice_id).available == 0


def test_more_than_there_is_cannot_be_taken_and_the_maximum_is_named(session, adjust, alice_id):
    give(session, alice_id, 50)
    refused = adjust(FINE | {"points": -60})
    assert (refused.status_code, refused.json["type"]) == (422, "not-enough-points")
    assert "50" in refused.json["title"]
    assert adjust(FINE | {"points": -50}).json["kind"] == "correction"
    assert ledger.balance(session, alice_id).available == 0


@pytest.mark.parametrize(
    "change", [{"points": 0}, {"points": 1.5}, {"points": "5"}, {"points": 10**10}, {"reason": " "}, {"kind": "whim"}]
)
def test_a_wrong_field_is_named(session, adjust, alice_id, change):
    refused = adjust(FINE | change)
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == list(change)


def test_the_reason_may_be_one_of_the_kinds(adjust):
    assert adjust(FINE | {"reason": "promotion"}).json["kind"] == "promotion"
    assert adjust(FINE | {"kind": "complaint"}).json["kind"] == "complaint"


def test_a_wrong_key_is_refused(adjust):
    assert adjust(FINE, "no spaces please").status_code == 422


@pytest.mark.parametrize(("role", "may_look", "may_adjust"), [
    ("support", True, True), ("administrator", True, True), ("auditor", True, False),
    ("marketer", False, False), ("analyst", False, False), ("cashier", False, False),
])  # fmt: skip
def test_who_may_look_and_who_may_adjust(client, session, adjust, alice_id, role, may_look, may_adjust):
    headers = bearer(a_staff_token(session, role))
    looked = client.get(f"/api/v1/staff/members/{alice_id}", headers=headers).status_code
    searched = client.get("/api/v1/staff/members?query=x", headers=headers).status_code
    assert (looked, searched) == ((200, 200) if may_look else (403, 403))
    assert adjust(FINE, headers=headers).status_code == (201 if may_adjust else 403)


def test_nobody_elses_book_is_touched_by_a_member_who_is_not_there(client, session, till, support):
    answer = client.post(f"/api/v1/staff/members/{NOBODY}/adjustments", json=FINE, headers=support)
    assert answer.status_code == 404
    assert session.scalar(select(func.count()).select_from(LedgerAdjustment)) == 0
