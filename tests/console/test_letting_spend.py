"""Staff vouches for a member whose account was changed: points can be spent at once, and who did it is kept."""

import pytest
from sqlalchemy import text

from backend.members.account_changes import note_change
from backend.staff.roles import Role
from tests.factories.members import ALICE_PHONE
from tests.factories.staff import a_staff_token, bearer, olga, signed_in_cookie
from tests.factories.till import DEMO_PROGRAMME, fresh_code, guest, open_till, with_points

PAUSES = DEMO_PROGRAMME + "  - {rule: new_device_pause, mode: active}\n"


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client, programme=PAUSES)


@pytest.fixture
def alice(session, till):
    member_id = guest(session, ALICE_PHONE)
    with_points(session, member_id, 300)
    note_change(session, member_id=member_id, kind="device")
    return member_id


def lets_spend(session, client, member_id, role=Role.STORE_MANAGER, reason="Showed a passport"):
    headers = bearer(a_staff_token(session, role))
    return client.post(f"/api/v1/staff/members/{member_id}/spending", json={"reason": reason}, headers=headers)


def test_a_manager_lets_this_member_spend_and_it_is_written_down(session, till, client, alice):
    assert till.reserve(fresh_code(session, alice), 100, 50_000).status_code == 403
    assert lets_spend(session, client, alice).status_code == 204
    assert till.reserve(fresh_code(session, alice), 100, 50_000).status_code == 201
    action, reason = session.execute(
        text("SELECT action, reason FROM audit_log WHERE subject = :subject"), {"subject": f"member:{alice}"}
    ).one()
    assert (action, reason) == ("allow_spending", "Showed a passport")


def test_without_a_reason_nobody_is_let(session, client, alice, till):
    assert lets_spend(session, client, alice, reason="").status_code == 422
    assert till.reserve(fresh_code(session, alice), 100, 50_000).status_code == 403


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MARKETER, Role.ANALYST, Role.AUDITOR])
def test_others_may_not(session, client, alice, role):
    assert lets_spend(session, client, alice, role=role).status_code == 403


def test_the_members_page_says_why_and_offers_it(app, session, client, alice):
    client.set_cookie("session", signed_in_cookie(app, session, olga(session).id))
    page = client.get(f"/console/members/{alice}", headers={"Accept-Language": "en"}).text
    assert "Nothing can be spent until" in page
    assert "The card was opened on a further device." in page
    assert f"/console/members/{alice}/spending" in page


def test_a_member_who_may_spend_has_no_such_notice(app, session, client, alice, clock):
    clock.advance(hours=24)
    client.set_cookie("session", signed_in_cookie(app, session, olga(session).id))
    assert "Nothing can be spent until" not in client.get(f"/console/members/{alice}").text
