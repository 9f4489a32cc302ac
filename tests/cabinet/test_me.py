"""What a member asks about themselves."""

import base64
from datetime import datetime

import pytest
from sqlalchemy import select, text

from backend.members import card_code
from backend.members.cards import resolve_codes
from backend.notifications.models import Message
from tests.cabinet.conftest import API

# The profile


def test_me_has_the_names_of_the_contract(alice):
    alice.signs_in(name="Alice Kovaleva")
    assert set(alice.get("/me").json) == {
        "id",
        "name",
        "card_number",
        "locale",
        "zone",
        "phone_masked",
        "email_masked",
        "joined_at",
        "birthday",
        "consents",
    }


def test_a_member_changes_language_zone_and_consents(alice, clock):
    alice.signs_in(locale="en")
    answer = alice.patch(
        "/me",
        {
            "locale": "ru",
            "zone": "Asia/Yekaterinburg",
            "consents": [{"purpose": "marketing", "channel": "sms", "given": True}],
        },
    )
    assert (answer.json["locale"], answer.json["zone"]) == ("ru", "Asia/Yekaterinburg")
    (consent,) = answer.json["consents"]
    assert (consent["channel"], consent["given"]) == ("sms", True)
    assert datetime.fromisoformat(consent["given_at"]) == clock.now


def test_a_member_is_answered_in_the_language_they_chose(alice):
    alice.signs_in(locale="en")
    alice.patch("/me", {"locale": "ru"})
    answer = alice.get("/me/entries?limit=0", **{"Accept-Language": "en"})
    assert answer.json["title"] == "В запросе что-то не так"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"locale": "de"}, "locale"),
        ({"locale": None}, "locale"),
        ({"zone": "Moscow"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": "\x00"}, "zone"),
        ({"name": ""}, "name"),
        ({"name": "Anna\x00"}, "name"),
        ({"card_number": "9710004420313201"}, "card_number"),
        ({"id": "018f0000-0000-7000-8000-000000000000"}, "id"),
        ({"external_id": "1"}, "external_id"),
        ({"consents": [{"purpose": "marketing", "channel": "push", "given": "yes"}]}, "consents"),
        ({"consents": [{"purpose": "marketing", "channel": "push", "given": 1}]}, "consents"),
        ({"consents": None}, "consents"),
    ],
)
def test_what_cannot_be_changed_is_refused_whole(alice, change, field):
    before = alice.signs_in()["member"]
    answer = alice.patch("/me", {"name": "Mallory"} | change)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    assert alice.get("/me").json == before


def test_an_erased_member_is_signed_out_and_may_join_anew(alice):
    before = alice.signs_in()["member"]["id"]
    assert alice.delete("/me").status_code == 204
    assert alice.get("/me").status_code == 401
    assert alice.signs_in()["member"]["id"] != before


def test_the_books_outlive_the_member(alice, till, session):
    member_id = alice.signs_in()["member"]["id"]
    till.sell(member_id, 100_000)
    alice.delete("/me")
    left = session.execute(
        text("SELECT pending FROM ledger_balances WHERE member_id = :id"), {"id": member_id}
    ).scalar_one()
    assert left == 50


# Conditional reading


@pytest.mark.parametrize("path", ["/me", "/me/balance", "/me/entries", "/me/referrals", "/me/messages"])
def test_what_did_not_change_is_not_sent_again(alice, path):
    alice.signs_in()
    first = alice.get(path)
    again = alice.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_what_changed_is_sent(alice):
    alice.signs_in()
    tag = alice.get("/me").headers["ETag"]
    alice.patch("/me", {"name": "Alice"})
    assert alice.get("/me", **{"If-None-Match": tag}).status_code == 200


def test_a_members_data_is_for_no_shared_cache(alice):
    alice.signs_in()
    assert "private" in alice.get("/me").headers["Cache-Control"]
    assert "Authorization" in alice.get("/me").headers["Vary"]


# Points


def test_a_balance_has_the_names_of_the_contract(alice, till, clock):
    member_id = alice.signs_in()["member"]["id"]
    till.sell(member_id, 100_000)
    assert alice.get("/me/balance").json == {
        "available": 0,
        "pending": 50,
        "reserved": 0,
        "debt": 0,
        "expiring": [],
        "tier": None,
        "spending_pause": None,
    }


def test_what_burns_is_told_by_day(alice, till, clock):
    from backend.ledger import service as ledger

    member_id = alice.signs_in()["member"]["id"]
    till.sell(member_id, 100_000)
    clock.advance(days=14)
    ledger.release_due(alice.session, clock.now)
    alice.signs_in()
    balance = alice.get("/me/balance").json
    assert balance["available"] == 50
    assert [row["points"] for row in balance["expiring"]] == [50]
    assert balance["expiring"][0]["expires_on"] == "2027-12-06"


def test_a_history_is_read_in_pages_newest_first(alice, till):
    member_id = alice.signs_in()["member"]["id"]
    for number in range(3):
        till.sell(member_id, 100_000 * (number + 1), external_id=f"sale-{number}")
    first = alice.get("/me/entries?limit=2").json
    second = alice.get(f"/me/entries?limit=2&cursor={first['next_cursor']}").json
    assert [row["points"] for row in first["items"] + second["items"]] == [150, 100, 50]
    assert second["next_cursor"] is None
    assert {row["status"] for row in first["items"]} == {"pending"}


def test_a_row_explains_itself_in_the_members_language(alice, till):
    member_id = alice.signs_in(locale="ru")["member"]["id"]
    till.sell(member_id, 100_000)
    (row,) = alice.get("/me/entries").json["items"]
    explanation = alice.get(f"/me/entries/{row['id']}/explanation").json
    assert set(explanation) == {"text", "rule", "rule_version", "inputs", "steps"}
    assert explanation["rule"] == "base"
    assert explanation["steps"]


def test_somebody_elses_row_is_not_explained(alice, boris, till):
    member_id = alice.signs_in()["member"]["id"]
    till.sell(member_id, 100_000)
    (row,) = alice.get("/me/entries").json["items"]
    boris.signs_in()
    answer = boris.get(f"/me/entries/{row['id']}/explanation")
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-entry")


@pytest.mark.parametrize("query", ["cursor=x", "cursor=%00", "cursor=Я", "limit=0", "limit=201", "limit=x"])
def test_a_wrong_page_is_refused(alice, query):
    alice.signs_in()
    assert alice.get(f"/me/entries?{query}").status_code == 422


# Devices


def test_a_device_is_registered_with_the_names_of_the_contract(alice, clock):
    alice.signs_in()
    answer = alice.put("/me/devices/phone-1", {"platform": "android", "push_token": "token-1", "app_version": "1.4.0"})
    assert answer.status_code == 200
    assert answer.json["push"] is True
    assert alice.delete("/me/devices/phone-1").status_code == 204
    assert alice.delete("/me/devices/phone-1").status_code == 404


def test_a_device_is_pushed_to_in_one_way(alice):
    alice.signs_in()
    answer = alice.put("/me/devices/phone-1", {"platform": "ios", "push_token": "t", "fid": "f"})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["fid"])


@pytest.mark.parametrize("install_id", ["a b", "%00", "%D0%AF", "a" * 65, "a%0A", "..%2Fx"])
def test_an_install_id_is_a_plain_word(alice, install_id):
    alice.signs_in()
    answer = alice.put(f"/me/devices/{install_id}", {"platform": "ios"})
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "platform"),
        ({"platform": "palm"}, "platform"),
        ({"platform": "ios", "push_token": "\x00"}, "push_token"),
        ({"platform": "ios", "push_token": ""}, "push_token"),
        ({"platform": "ios", "fid": 1}, "fid"),
        ({"platform": "ios", "member_id": "x"}, "member_id"),
    ],
)
def test_a_device_that_makes_no_sense_is_refused(alice, body, field):
    alice.signs_in()
    answer = alice.put("/me/devices/phone-1", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_somebody_elses_device_is_not_there(alice, boris):
    alice.signs_in()
    alice.put("/me/devices/phone-1", {"platform": "android", "push_token": "token-1"})
    boris.signs_in()
    assert boris.delete("/me/devices/phone-1").status_code == 404


def test_a_further_device_is_announced_to_the_member(alice, session):
    alice.signs_in()
    alice.put("/me/devices/phone-1", {"platform": "android", "push_token": "token-1"})
    alice.put("/me/devices/phone-2", {"platform": "android", "push_token": "token-2"})
    assert [message.kind for message in session.scalars(select(Message))] == ["further_device"]


# The card


def test_a_phone_makes_codes_that_the_till_takes(alice, session, clock):
    member_id = alice.signs_in()["member"]["id"]
    key = alice.post("/me/card-keys", {"install_id": "phone-1"}).json
    device_id, secret = bytes.fromhex(key["device_id"]), base64.b64decode(key["secret"])
    assert (key["version"], key["step_seconds"], datetime.fromisoformat(key["server_time"])) == (1, 30, clock.now)
    code = card_code.encode(device_id, secret, step=card_code.step_at(clock.now))
    (resolution,) = resolve_codes(session, [code])
    assert (str(resolution.member_id), resolution.fresh) == (member_id, True)


def test_the_server_shows_the_card_with_another_code_at_each_call(alice, session):
    member_id = alice.signs_in()["member"]["id"]
    cards = [alice.get("/me/card").json for _ in range(3)]
    assert len({card["code"] for card in cards}) == 3
    assert {card["number"] for card in cards} == {alice.get("/me").json["card_number"]}
    assert {str(one.member_id) for one in resolve_codes(session, [card["code"] for card in cards])} == {member_id}
    assert "no-store" in alice.get("/me/card").headers["Cache-Control"]


def test_a_till_scans_the_servers_code(alice, till):
    member_id = alice.signs_in()["member"]["id"]
    answer = till.post("/scans", {"code": alice.get("/me/card").json["code"]})
    assert answer.json["member"]["id"] == member_id
    assert answer.json["may_spend"] is True


@pytest.mark.parametrize(
    "body", [{}, {"install_id": ""}, {"install_id": "a\n"}, {"install_id": "\x00"}, {"install_id": 5}]
)
def test_a_card_key_needs_an_installation(alice, body):
    alice.signs_in()
    answer = alice.post("/me/card-keys", body)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["install_id"])


# The shop


def test_anybody_may_see_the_shop_and_what_inviting_brings(client, till):
    shop = client.get(f"{API}/shop", headers={"Accept-Language": "en"}).json
    assert (shop["name"], shop["currency"], shop["locale"], shop["zone"]) == ("Grain", "RUB", "ru", "Europe/Moscow")
    assert shop["referral"] == {
        "advocate_points": 200,
        "friend_points": 200,
        "minimum_amount_minor": 50_000,
        "pending_days": 14,
    }
    assert {(text["purpose"], text["channel"]) for text in shop["consent_texts"]} >= {("marketing", "push")}


def test_the_shop_is_named_in_the_callers_language(client, till):
    shop = client.get(f"{API}/shop", headers={"Accept-Language": "ru"}).json
    assert shop["name"] == "Зерно"
    assert "предложениях" in shop["consent_texts"][0]["text"]


def test_before_the_shop_is_open_there_is_nothing_to_see(client, clock):
    assert client.get(f"{API}/shop").status_code == 409


# What is not a call


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/me"), ("GET", "/sign-in/codes"), ("POST", "/me/card"), ("GET", "/me/card-keys")]
)
def test_another_method_is_refused(client, till, method, path):
    answer = client.open(f"{API}{path}", method=method)
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/sign-in/codes"), ("PATCH", "/me"), ("PUT", "/me/devices/phone-1"), ("POST", "/me/card-keys")],
)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_not_declared_as_json_is_refused(alice, method, path, content_type):
    alice.signs_in()
    answer = alice.client.open(
        f"{API}{path}",
        method=method,
        data=b'{"phone": "+79261112233"}',
        content_type=content_type,
        headers=alice.headers,
    )
    assert (answer.status_code, answer.content_type) == (415, "application/problem+json")
