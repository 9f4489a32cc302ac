"""How somebody joined is noted at signing in, once, and forgotten after half a year."""

from datetime import timedelta

from backend.members.marks import joinings
from backend.members.retention import FORGET_EXPIRED
from backend.shared.clock import system_now
from tests.factories.members import ALICE_PHONE, BORIS_PHONE, code_for
from tests.factories.shops import a_shop


def signs_in(client, session, phone, *, agent="Molva/1.0 (Android 15)"):
    a_shop(session)
    body = {"phone": phone, "code": code_for(session, phone)}
    answer = client.post("/api/v1/sign-in/tokens", json=body, headers={"User-Agent": agent})
    assert answer.status_code == 200, answer.json
    return answer.json["member"]["id"]


def marks(session, *members):
    found = joinings(session, members)
    return {str(member_id): joining.mark for member_id, joining in found.items()}


def test_two_who_join_by_one_network_and_app_have_one_mark(client, session, clock):
    alice, boris = signs_in(client, session, ALICE_PHONE), signs_in(client, session, BORIS_PHONE)
    found = marks(session, alice, boris)
    assert found[alice] == found[boris]
    assert found[alice] is not None


def test_a_later_sign_in_elsewhere_changes_nothing(client, session, clock):
    alice = signs_in(client, session, ALICE_PHONE)
    first = marks(session, alice)
    clock.advance(minutes=2)
    signs_in(client, session, ALICE_PHONE, agent="Another/2.0")
    assert marks(session, alice) == first


def test_after_half_a_year_it_is_forgotten(client, session, clock):
    alice = signs_in(client, session, ALICE_PHONE)
    clock.advance(days=179)
    FORGET_EXPIRED.run(session, system_now())
    assert marks(session, alice)[alice] is not None
    due = FORGET_EXPIRED.next_due(session)
    assert due is not None
    assert due <= system_now() + timedelta(days=1)
    clock.advance(days=1)
    FORGET_EXPIRED.run(session, system_now())
    assert marks(session, alice)[alice] is None
