"""Alice's account in a thief's browser, which never asks for her card: it gives nothing away for a day."""

import pytest

from tests.cabinet.conftest import API, Person
from tests.factories.till import DEMO_PROGRAMME, open_till

AT_ONCE = DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 0")
PAUSES = "  - {rule: new_device_pause, mode: active}\n"
TERMS = "transfers: {allowed: true}\n"
REWARDS = "rewards: [{reward: cup, title: {en: Cup, ru: Чашка}, kind: goods, price_points: 50}]\n"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def thief(session, client, clock):
    """Signed in as Alice from elsewhere; she has a hundred points and the app."""
    till = open_till(session, client, programme=AT_ONCE + PAUSES + TERMS + REWARDS)
    alice = Person(client, session, "+79123456789")
    member = alice.signs_in(name="Alice")["member"]
    alice.put("/me/devices/phone-1", {"platform": "android", "push_token": "alices-token", "app_version": "1.0.0"})
    assert till.sell(member["id"], 200_000, external_id="alices").status_code == 201
    clock.advance(minutes=2)
    client.environ_base.update(ELSEWHERE)
    alice.signs_in()
    return alice


@pytest.fixture
def mallory(session, client, thief):
    """Has a card too."""
    mallory = Person(client, session, "+79261112233")
    return mallory.signs_in(name="Mallory")["member"]["card_number"]


def test_no_points_are_given_to_somebody_else(thief, mallory):
    headers = thief.headers | {"Idempotency-Key": "key-1"}
    for _time in range(2):
        answer = thief.client.post(f"{API}/me/transfers", json={"to": mallory, "points": 50}, headers=headers)
        assert (answer.status_code, answer.json["type"]) == (403, "spending-paused")


def test_no_reward_is_ordered(thief):
    for _time in range(2):
        answer = thief.post("/me/redemptions", {"reward_id": "grain:cup"})
        assert (answer.status_code, answer.json["type"]) == (403, "spending-paused")


def test_the_phone_that_was_there_before_is_told(thief, session):
    thief.post("/me/redemptions", {"reward_id": "grain:cup"})
    kinds = [message["kind"] for message in thief.get("/me/messages").json["items"]]
    assert "further_device_paused" in kinds


def test_the_balance_says_why_and_until_when_nothing_is_spent(thief, clock):
    thief.post("/me/redemptions", {"reward_id": "grain:cup"})
    pause = thief.get("/me/balance").json["spending_pause"]
    assert pause["text"] == "Карту открыли в ещё одном браузере."
    clock.advance(hours=24, minutes=1)
    thief.signs_in()
    assert thief.get("/me/balance").json["spending_pause"] is None


def test_the_pause_began_with_the_first_try(thief, clock):
    thief.post("/me/redemptions", {"reward_id": "grain:cup"})
    clock.advance(hours=24, minutes=1)
    thief.signs_in()
    assert thief.post("/me/redemptions", {"reward_id": "grain:cup"}).status_code == 201
