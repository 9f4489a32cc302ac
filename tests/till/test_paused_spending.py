"""After an account was used on a further device, or moved to another phone, nothing is spent from it for a day."""

import pytest
from sqlalchemy import text

from backend.members import account_changes, cards
from backend.members.account_changes import note_change
from backend.members.devices import PushToken, register_device
from tests.factories.members import ALICE_PHONE, code_for, headers_of, phone_address
from tests.factories.shops import a_shop
from tests.factories.till import DEMO_PROGRAMME, fresh_code, guest, open_till, with_points

PAUSES = DEMO_PROGRAMME + "  - {rule: new_device_pause, mode: active}\n"
WATCHES = DEMO_PROGRAMME + "  - {rule: new_device_pause, mode: shadow}\n"


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client, programme=PAUSES)


@pytest.fixture
def alice(session, clock):
    a_shop(session)
    member_id = guest(session, ALICE_PHONE)
    with_points(session, member_id, 300)
    return member_id


def uses(session, member_id, install_id, token=None):
    push_token = PushToken(kind="token", value=token) if token else None
    register_device(
        session,
        member_id=member_id,
        install_id=install_id,
        platform="android",
        push_token=push_token,
        app_version=None,
    )


@pytest.fixture
def thief(session, alice, clock):
    """Alice's account on a second phone."""
    uses(session, alice, "phone-1", "alices-token")
    uses(session, alice, "thiefs-phone", "thiefs-token")
    return alice


def test_a_further_device_spends_nothing_for_a_day(till, session, thief, clock):
    answer = till.reserve(fresh_code(session, thief), 100, 50_000)
    assert (answer.status_code, answer.json["type"]) == (403, "spending-paused")
    assert answer.json["title"] == "Points of this card can be spent from 23 November, 12:31"
    assert answer.json["retry_after_seconds"] == 24 * 60 * 60
    clock.advance(hours=23, minutes=59)
    assert till.reserve(fresh_code(session, thief), 100, 50_000, external_id="sale-2").status_code == 403
    clock.advance(minutes=1)
    assert till.reserve(fresh_code(session, thief), 100, 50_000, external_id="sale-3").status_code == 201


def test_the_demo_clock_does_not_shorten_the_pause(till, session, thief, clock):
    clock.advance(days=3, business_only=True)
    assert till.reserve(fresh_code(session, thief), 100, 50_000).status_code == 403


def test_a_scan_says_why_and_until_when(till, session, thief):
    answer = till.post("/scans", {"code": fresh_code(session, thief)}).json
    assert (answer["may_spend"], answer["fresh"], answer["spendable_points"]) == (False, True, 300)
    assert answer["spending_paused_until"] == "2026-11-23T09:31:00+00:00"
    assert answer["messages"] == [
        "The card was opened on a further device. Points can be spent from 23 November, 12:31."
    ]


def test_a_russian_till_says_it_in_russian(till, session, thief):
    body = {"code": fresh_code(session, thief)}
    (said,) = till.post("/scans", body, **{"Accept-Language": "ru"}).json["messages"]
    assert said == "Карту открыли на ещё одном устройстве. Баллы можно тратить: 23 ноября, 12:31."


def test_whoever_has_one_device_spends_as_ever(till, session, alice):
    uses(session, alice, "phone-1")
    answer = till.post("/scans", {"code": fresh_code(session, alice)}).json
    assert (answer["may_spend"], answer["spending_paused_until"], answer["messages"]) == (True, None, [])
    assert till.reserve(fresh_code(session, alice), 100, 50_000).status_code == 201


def test_points_are_earned_all_the_same(till, thief):
    assert till.sell(thief, 60_000).json["points_pending"] == 30


def test_another_phone_number_spends_nothing_for_a_day(till, session, client, alice, clock):
    new_phone = "+79165550102"
    body = {"phone": new_phone, "code": code_for(session, new_phone)}
    assert client.put("/api/v1/me/phone", json=body, headers=headers_of(session, alice)).status_code == 200
    answer = till.reserve(fresh_code(session, alice), 100, 50_000)
    assert answer.json["type"] == "spending-paused"
    assert answer.json["detail"].startswith("The card was moved to another phone number.")


def test_in_shadow_nobody_waits_and_the_ruling_is_kept(session, client, alice, clock):
    till = open_till(session, client, programme=WATCHES)
    uses(session, alice, "phone-1")
    uses(session, alice, "phone-2")
    assert till.reserve(fresh_code(session, alice), 100, 50_000).status_code == 201
    rulings = session.execute(text("SELECT rule, version, mode, outcome FROM screening_rulings")).all()
    assert rulings == [("new_device_pause", 1, "shadow", "hold")]


def test_the_hours_are_the_programmes(session, client, alice, clock):
    rule = "  - {rule: new_device_pause, mode: active, limits: {hours: 2}}\n"
    till = open_till(session, client, programme=DEMO_PROGRAMME + rule)
    note_change(session, member_id=alice, kind="device")
    assert till.reserve(fresh_code(session, alice), 100, 50_000).status_code == 403
    clock.advance(hours=2)
    assert till.reserve(fresh_code(session, alice), 100, 50_000, external_id="sale-2").status_code == 201


def test_whoever_is_vouched_for_spends_at_once(till, session, thief):
    account_changes.allow_changes(session, member_id=thief, by="staff_member:olga", reason="Showed a passport")
    assert till.reserve(fresh_code(session, thief), 100, 50_000).status_code == 201


def test_points_are_not_given_away_either(session, client, thief):
    open_till(session, client, programme=PAUSES + "transfers: {allowed: true}\n")
    guest(session, "+79120000002")
    body = {"to": "+79120000002", "points": 10}
    headers = headers_of(session, thief) | {"Idempotency-Key": "one"}
    assert client.post("/api/v1/me/transfers", json=body, headers=headers).json["type"] == "spending-paused"


def test_the_devices_from_before_are_warned_and_not_the_new_one(till, session, alice):
    uses(session, alice, "phone-1", "alices-token")
    uses(session, alice, "thiefs-phone", "thiefs-token")
    told = session.execute(
        text(
            "SELECT devices.install_id FROM deliveries JOIN messages ON messages.id = deliveries.source_id "
            "JOIN devices ON devices.id = deliveries.device_id WHERE messages.kind = 'further_device_paused'"
        )
    ).scalars()
    assert list(told) == ["phone-1"]


def test_whoever_has_no_pushes_is_warned_by_text_message(till, session, alice):
    uses(session, alice, "phone-1")
    cards.issue_card_key(session, member_id=alice, install_id="thiefs-phone")
    statement = "SELECT channel FROM deliveries JOIN messages ON messages.id = source_id WHERE kind LIKE 'further%'"
    assert session.execute(text(statement)).scalars().all() == ["sms"]


def test_the_old_number_is_told_of_the_new_one(till, session, client, alice, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "backend.cabinet.service.notifications.send_to_address",
        lambda _session, *, address, kind, **_facts: sent.append((address, kind)),
    )
    body = {"phone": "+79165550102", "code": code_for(session, "+79165550102")}
    client.put("/api/v1/me/phone", json=body, headers=headers_of(session, alice))
    assert sent == [(phone_address(ALICE_PHONE).value, "phone_changed_paused")]
