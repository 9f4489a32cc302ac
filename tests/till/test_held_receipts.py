"""Receipts of a card that is rung up too often: their points wait until a person has looked."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.ledger import queries as ledger
from backend.ledger.reconciliation import check_members
from backend.ledger.service import next_release, release_due
from backend.screening.service import close_case
from tests.factories.members import ALICE_PHONE, headers_of
from tests.factories.till import DEMO_PROGRAMME, guest, open_till, sale

RULES = """  - {rule: receipts_per_card_day, mode: active}
  - {rule: receipts_per_card_till_hour, mode: active}
"""
AT_ONCE = DEMO_PROGRAMME.replace("availability: {pending_days: 14}", "availability: {pending_days: 0}")


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client, programme=DEMO_PROGRAMME + RULES)


@pytest.fixture
def alice(session, till):
    return guest(session, ALICE_PHONE)


def sells(till, member_id, numbers, total=60_000, **fields):
    return [till.sell(member_id, total, external_id=f"sale-{number}", **fields) for number in numbers]


def the_case(session):
    return session.execute(text("SELECT id, subject_kind, rule, state, member_id FROM screening_cases")).one()


def decides(session, outcome, clock, reason="Looked at the film"):
    close_case(
        session,
        case_id=the_case(session).id,
        outcome=outcome,
        reason=reason,
        decided_by="staff_member:olga",
        decided_by_name="Olga",
        at=clock.now,
    )


def releases(session, clock, days=15):
    clock.advance(days=days)
    while release_due(session, clock.now):
        pass


def test_the_third_receipt_in_an_hour_waits_and_the_till_sees_nothing(session, till, alice, clock):
    first, _, third = sells(till, alice, (1, 2, 3))
    assert (third.status_code, third.json["points_pending"]) == (201, first.json["points_pending"])
    assert third.json["messages"] == first.json["messages"]
    case = the_case(session)
    assert (case.subject_kind, case.rule, case.state, case.member_id) == (
        "receipt",
        "receipts_per_card_till_hour",
        "open",
        alice,
    )
    releases(session, clock)
    assert ledger.balance(session, alice) == ledger.Balance(available=60, pending=30)
    assert next_release(session) is None
    assert not check_members(session, [alice])


def test_the_fourth_of_a_day_waits(session, till, alice, clock):
    for number in range(4):
        sells(till, alice, (number,))
        clock.advance(hours=2)
    assert the_case(session).rule == "receipts_per_card_day"


def test_receipts_of_one_cashier_that_are_claimed_by_one_guest_wait_as_if_the_card_had_been_shown(session, till, alice):
    pending = []
    for number in (1, 2, 3):
        kept = sale(alice, 60_000, external_id=f"sale-{number}", cashier="Ivan")
        del kept["member_id"]
        till.post("/receipts", kept)
        till.post(f"/receipts/sale-{number}/claim", {"code": ALICE_PHONE})
        pending.append(session.execute(text("SELECT count(*) FROM screening_cases")).scalar_one())
    assert pending == [0, 0, 1]
    assert the_case(session).rule == "receipts_per_card_till_hour"


def test_whoever_buys_three_times_a_day_waits_for_nothing(session, till, alice, clock):
    for number in range(3):
        sells(till, alice, (number,))
        clock.advance(hours=2)
    assert session.execute(text("SELECT count(*) FROM screening_cases")).scalar_one() == 0


def test_the_guest_reads_why_and_until_when(session, till, client, alice, clock):
    sells(till, alice, (1, 2, 3))
    headers = headers_of(session, alice)
    rows = client.get("/api/v1/me/entries", headers=headers).json["items"]
    assert [row["review"] for row in rows[1:]] == [None, None]
    assert rows[0]["status"] == "pending"
    assert rows[0]["review"] == {
        "state": "open",
        "text": "The card was used more often at one till than guests do",
        "due_on": "2026-11-25",
    }
    explained = client.get(f"/api/v1/me/entries/{rows[0]['id']}/explanation", headers=headers).json
    assert explained["text"] == (
        "The card was used more often at one till than guests do. "
        "A person looks at the purchase first, by 25 November at the latest."
    )
    assert explained["steps"][-1] == {
        "text": "A person looks at it first, at the latest on",
        "figure": "25 November",
    }
    told = session.execute(text("SELECT kind FROM messages ORDER BY created_at, id")).scalars().all()
    assert told == ["receipt_accrued", "receipt_accrued", "receipt_held"]
    clock.advance(days=5)
    explained = client.get(f"/api/v1/me/entries/{rows[0]['id']}/explanation", headers=headers_of(session, alice)).json
    assert explained["text"].endswith("We promised it by 25 November, and are late.")


def test_released_points_go_on_as_if_they_had_never_been_held(session, till, alice, clock):
    sells(till, alice, (1, 2, 3))
    releases(session, clock, days=20)
    decides(session, "release", clock)
    assert next_release(session) == clock.now - timedelta(days=6)
    release_due(session, clock.now)
    assert ledger.balance(session, alice) == ledger.Balance(available=90)
    burns = session.execute(text("SELECT DISTINCT expires_at FROM ledger_lots")).scalars().all()
    assert len(burns) == 1
    assert not check_members(session, [alice])


def test_refused_points_are_taken_back_with_the_reason(session, till, client, alice, clock):
    sells(till, alice, (1, 2, 3))
    decides(session, "refuse", clock, reason="These were other guests' purchases.")
    assert ledger.balance(session, alice) == ledger.Balance(pending=60)
    newest = client.get("/api/v1/me/entries", headers=headers_of(session, alice)).json["items"][0]
    assert (newest["status"], newest["review"]["state"]) == ("cancelled", "refused")
    assert newest["review"]["text"] == "These were other guests' purchases."
    why = client.get(f"/api/v1/me/entries/{newest['id']}/explanation", headers=headers_of(session, alice)).json
    assert why["text"] == "These were other guests' purchases."
    assert why["steps"][-1] == {"text": "Points for it, taken back", "figure": "−30"}
    kinds = session.execute(text("SELECT kind FROM messages ORDER BY created_at, id")).scalars().all()
    assert kinds[-1] == "receipt_refused"
    releases(session, clock)
    assert ledger.balance(session, alice) == ledger.Balance(available=60)
    assert not check_members(session, [alice])


def test_what_was_returned_meanwhile_is_not_taken_twice(session, till, alice, clock):
    sells(till, alice, (1, 2, 3))
    assert till.give_back(of="sale-3").status_code == 201
    decides(session, "refuse", clock)
    assert ledger.balance(session, alice) == ledger.Balance(pending=60)


def test_what_was_refused_is_not_taken_again_by_a_return(session, till, alice, clock):
    sells(till, alice, (1, 2, 3))
    decides(session, "refuse", clock)
    answer = till.give_back(of="sale-3")
    assert (answer.status_code, answer.json["points_taken_back"], answer.json["points_owed"]) == (201, 0, 0)
    assert ledger.balance(session, alice) == ledger.Balance(pending=60)


def test_points_that_would_come_at_once_wait_too(session, client, clock):
    till = open_till(session, client, programme=AT_ONCE + RULES)
    alice = guest(session, ALICE_PHONE)
    third = sells(till, alice, (1, 2, 3))[2].json
    assert (third["points_earned"], third["points_pending"]) == (0, 30)
    decides(session, "release", clock)
    release_due(session, clock.now)
    assert ledger.balance(session, alice) == ledger.Balance(available=90)


def test_a_batch_of_a_till_that_was_away_is_judged_receipt_by_receipt(session, till, alice, clock):
    receipts = [sale(alice, 60_000, external_id=f"sale-{number}", offline=True) for number in (1, 2, 3)]
    items = till.post("/receipts/batch", {"receipts": receipts}).json["items"]
    assert [item["status"] for item in items] == ["recorded"] * 3
    assert session.execute(text("SELECT count(*) FROM screening_cases")).scalar_one() == 1


def test_a_repeated_receipt_is_not_counted_again(session, till, alice, clock):
    for _ in range(4):
        sells(till, alice, (1,))
    assert session.execute(text("SELECT count(*) FROM screening_cases")).scalar_one() == 0


def test_a_rule_in_shadow_says_what_it_would_have_done(session, client, clock):
    till = open_till(session, client, programme=DEMO_PROGRAMME + RULES.replace("active", "shadow"))
    alice = guest(session, ALICE_PHONE)
    sells(till, alice, (1, 2, 3))
    ruling = session.execute(text("SELECT rule, mode, outcome, subject_kind FROM screening_rulings")).one()
    assert tuple(ruling) == ("receipts_per_card_till_hour", "shadow", "hold", "receipt")
    releases(session, clock)
    assert ledger.balance(session, alice) == ledger.Balance(available=90)


def test_a_programme_that_names_no_such_rule_holds_nothing(session, client, clock):
    till = open_till(session, client)
    alice = guest(session, ALICE_PHONE)
    sells(till, alice, range(6))
    assert session.execute(text("SELECT count(*) FROM screening_rulings")).scalar_one() == 0
    releases(session, clock)
    assert ledger.balance(session, alice).available == 180
