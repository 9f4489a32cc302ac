"""Whoever stands at the till earns nothing on what they ring up for themselves."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from backend.ledger import queries as ledger
from backend.staff import service as staff
from backend.staff import sessions
from backend.staff.roles import Role
from tests.factories.members import ALICE_PHONE, BORIS_PHONE, headers_of
from tests.factories.staff import vera
from tests.factories.till import DEMO_PROGRAMME, guest, open_till, sale

RULE = DEMO_PROGRAMME + "  - {rule: own_shift, mode: active}\n"


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client, programme=RULE)


@pytest.fixture
def veras_card(session, till):
    member_id = guest(session, ALICE_PHONE)
    person = vera(session, till.store_id)
    staff.link_card(session, staff_id=person.id, member_id=member_id, who="test")
    return member_id


def at_the_page(session, client, staff_id, till):
    """The cashier's page, at which this person is signed in."""
    with client.session_transaction() as cookie:
        cookie["staff"] = sessions.open_page_session(session, staff_id=staff_id).session_text
    token = client.get("/staff/sign-in").text.split('name="csrf_token" value="')[1].split('"')[0]
    return replace(till, headers={"X-CSRF-Token": token})


def test_her_own_card_earns_nothing_on_her_shift(session, till, client, veras_card):
    answer = till.sell(veras_card, 60_000, cashier="Vera").json
    assert (answer["points_earned"], answer["points_pending"]) == (0, 0)
    assert answer["messages"] == ["No points: you rang up your own card."]
    row = client.get("/api/v1/me/entries", headers=headers_of(session, veras_card)).json["items"][0]
    assert (row["points"], row["title"], row["status"]) == (0, "Pokrovka 12: your own shift", "posted")
    headers = headers_of(session, veras_card)
    explained = client.get(f"/api/v1/me/entries/{row['id']}/explanation", headers=headers).json
    assert explained["rule"] == "own_shift"
    assert explained["text"].startswith("Whoever stands at the till earns nothing")
    ruling = session.execute(text("SELECT rule, mode, outcome FROM screening_rulings")).one()
    assert tuple(ruling) == ("own_shift", "active", "reject")


def test_so_it_is_where_the_next_cashier_sends_what_waited_at_the_till(session, till, client, veras_card):
    ivan = staff.create_staff_member(session, name="Ivan", role=Role.CASHIER, store_id=till.store_id, who="test")
    page = at_the_page(session, client, ivan.id, till)
    for external_id, cashier, points in (("sale-1", "Vera", 0), ("sale-2", "Ivan", 30)):
        answer = page.sell(veras_card, 60_000, external_id=external_id, cashier=cashier, offline=True)
        assert (answer.status_code, answer.json["points_pending"]) == (201, points)


def test_at_the_page_she_cannot_pass_for_somebody_else(session, till, client, veras_card):
    veras_id = session.execute(text("SELECT id FROM staff_members WHERE member_id IS NOT NULL")).scalar_one()
    page = at_the_page(session, client, veras_id, till)
    assert page.sell(veras_card, 60_000, cashier="Ivan", offline=True).json["points_pending"] == 0


def test_on_a_colleagues_shift_she_is_a_guest_like_any_other(session, till, veras_card):
    assert till.sell(veras_card, 60_000, cashier="Ivan").json["points_pending"] == 30
    assert till.sell(veras_card, 60_000, external_id="sale-2").json["points_pending"] == 30


def test_a_guests_card_earns_on_her_shift(session, till, veras_card):
    boris = guest(session, BORIS_PHONE)
    assert till.sell(boris, 60_000, cashier="Vera").json["points_pending"] == 30


def test_in_shadow_she_earns_and_it_is_kept(session, client, clock):
    till = open_till(session, client, programme=RULE.replace("own_shift, mode: active", "own_shift, mode: shadow"))
    card = guest(session, ALICE_PHONE)
    staff.link_card(session, staff_id=vera(session, till.store_id).id, member_id=card, who="test")
    assert till.sell(card, 60_000, cashier="vera ").json["points_pending"] == 30
    assert session.execute(text("SELECT mode FROM screening_rulings")).scalars().all() == ["shadow"]


def test_a_card_can_be_unlinked_and_both_are_written_down(session, till, veras_card):
    person_id = session.execute(text("SELECT id FROM staff_members WHERE member_id IS NOT NULL")).scalar_one()
    staff.link_card(session, staff_id=person_id, member_id=None, who="test")
    assert till.sell(veras_card, 60_000, cashier="Vera").json["points_pending"] == 30
    assert ledger.balance(session, veras_card).pending == 30
    acts = session.execute(text("SELECT action FROM audit_log WHERE action LIKE '%card' ORDER BY at, id")).scalars()
    assert list(acts) == ["link_card", "unlink_card"]


def test_a_receipt_that_she_rang_up_for_nobody_and_claims_later_brings_her_nothing(session, till, client, veras_card):
    body = sale(veras_card, 60_000, cashier="Vera")
    del body["member_id"]
    assert till.post("/receipts", body).json["unattached"] is True
    guess = {"external_id": "sale-1", "total": 60_000}
    answer = client.post("/api/v1/me/receipts", json=guess, headers=headers_of(session, veras_card))
    assert (answer.status_code, ledger.balance(session, veras_card).pending) == (201, 0)
