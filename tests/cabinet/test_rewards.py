"""The caller's rewards over HTTP: the catalogue, an order, the coupons, cancelling."""

from uuid import UUID

import pytest

from backend.ledger import service as ledger
from backend.rewards import queries, stock
from backend.shared.clock import business_now
from backend.tiers import service as tiers
from tests.cabinet.conftest import API, Person
from tests.factories.ledger import findings
from tests.factories.rewards import shop_with_rewards
from tests.factories.till import OpenTill, with_points


@pytest.fixture
def till(session, client, clock) -> OpenTill:
    return shop_with_rewards(session, client)


@pytest.fixture
def alice(session, client, till) -> Person:
    """Alice has 320 points, and reads English."""
    alice = Person(client, session, "+79123456789")
    alice.member = alice.signs_in(name="Alice Kovaleva", locale="en")["member"]
    with_points(session, UUID(alice.member["id"]), 320)
    return alice


@pytest.fixture(autouse=True)
def _books_agree(session):
    yield
    assert findings(session) == []


def orders(person, reward, *, key=None):
    headers = person.headers | ({"Idempotency-Key": key} if key else {})
    return person.client.post(f"{API}/me/redemptions", json={"reward_id": reward}, headers=headers)


def offer(person, name):
    items = person.get("/rewards").json["items"]
    return next(item for item in items if item["id"] == f"grain:{name}")


def test_whose_points_are_checked_reads_that_and_no_wrong_number_that_is_missing(alice, session):
    ledger.freeze(session, [UUID(alice.member["id"])], reason="test")
    shown = offer(alice, "cappuccino")
    assert (shown["available"], shown["reason_type"]) == (False, "spending-frozen")
    assert shown["reason"] == "Points of this card cannot be spent just now"
    answer = orders(alice, "grain:cappuccino")
    assert (answer.status_code, answer.json["type"]) == (409, "spending-frozen")


def test_the_catalogue_stands_in_the_documents_order_with_what_is_missing(alice):
    answer = alice.get("/rewards").json
    assert answer["spendable_points"] == 320
    assert [item["id"] for item in answer["items"][:3]] == [
        "grain:cappuccino",
        "grain:five_hundred_off",
        "grain:last_mug",
    ]
    assert offer(alice, "cappuccino") == {
        "id": "grain:cappuccino",
        "kind": "goods",
        "title": "Any cappuccino",
        "description": None,
        "icon": "cup",
        "group": "Drinks",
        "price_points": 300,
        "currency": "RUB",
        "amount": None,
        "rate_basis_points": None,
        "minimum_receipt": None,
        "partner": None,
        "left": None,
        "left_today": False,
        "available": True,
        "reason": None,
        "reason_type": None,
        "points_missing": 0,
        "terms": ["Valid for 30 days. Then the points do not come back."],
    }
    assert offer(alice, "five_hundred_off")["points_missing"] == 180


def test_the_catalogue_speaks_the_callers_language(alice):
    alice.patch("/me", {"locale": "ru"})
    mug = offer(alice, "five_hundred_off")
    assert (mug["title"], mug["terms"]) == (
        "Скидка 500 ₽",
        [
            "Для покупки от 1 500 ₽.".replace(" 500", "\u00a0500").replace(" ₽", "\u00a0₽"),
            "Действует 30 дней. Потом баллы не вернутся.",
        ],
    )


def test_what_cannot_be_had_says_why(alice, session):
    assert (offer(alice, "bun")["left"], offer(alice, "bun")["left_today"]) == (2, True)
    assert (offer(alice, "last_mug")["left"], offer(alice, "last_mug")["left_today"]) == (1, False)
    cinema = offer(alice, "cinema")
    assert (cinema["available"], cinema["left"], cinema["reason"], cinema["reason_type"]) == (
        False,
        0,
        "There are none left",
        "reward-sold-out",
    )
    stock.pause(session, queries.find(session, "bun", at=business_now()), who="marat")
    assert offer(alice, "bun")["reason"] == "This reward cannot be had just now"


def test_an_order_answers_with_the_coupon(alice):
    answer = orders(alice, "grain:cappuccino")
    assert answer.status_code == 201
    coupon = answer.json
    assert (coupon["state"], coupon["valid_until"], coupon["may_cancel"]) == ("issued", "2026-12-22", True)
    assert len(coupon["code"]) == 14
    assert alice.get("/me/balance").json["available"] == 20
    assert alice.get("/me/redemptions").json == {"items": [coupon], "next_cursor": None}


def test_the_rewards_own_name_is_enough(alice):
    assert orders(alice, "cappuccino").json["reward_id"] == "grain:cappuccino"


def test_the_same_key_answers_the_same_order_as_it_stands(alice):
    first = orders(alice, "bun", key="k-1")
    again = orders(alice, "bun", key="k-1")
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    assert orders(alice, "cappuccino", key="k-1").status_code == 422
    assert alice.get("/me/balance").json["available"] == 310


def test_a_refusal_names_its_reason_and_spends_nothing(alice):
    refused = orders(alice, "five_hundred_off")
    assert (refused.status_code, refused.json["type"]) == (422, "not-enough-points")
    assert "320" in refused.json["title"]
    assert orders(alice, "yacht").status_code == 404
    assert orders(alice, "cinema").json["type"] == "reward-sold-out"
    assert alice.get("/me/balance").json["available"] == 320
    assert alice.get("/me/redemptions").json["items"] == []


def test_cancelling_over_http_brings_the_points_back(alice):
    coupon = orders(alice, "cappuccino").json
    cancelled = alice.post(f"/me/redemptions/{coupon['id']}/cancel")
    assert (cancelled.status_code, cancelled.json["state"], cancelled.json["may_cancel"]) == (200, "cancelled", False)
    assert alice.post(f"/me/redemptions/{coupon['id']}/cancel").json == cancelled.json
    assert alice.get("/me/balance").json["available"] == 320


def test_somebody_elses_order_is_not_there(alice, session, client):
    coupon = orders(alice, "cappuccino").json
    boris = Person(client, session, "+79261112233")
    boris.signs_in(name="Boris", locale="en")
    assert boris.post(f"/me/redemptions/{coupon['id']}/cancel").status_code == 404
    assert boris.get("/me/redemptions").json["items"] == []


def test_the_list_comes_in_pages(alice, session):
    with_points(session, UUID(alice.member["id"]), 1_000)
    made = [orders(alice, "cappuccino").json["id"] for _ in range(3)]
    first = alice.get("/me/redemptions?limit=2").json
    second = alice.get(f"/me/redemptions?limit=2&cursor={first['next_cursor']}").json
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("path", ["/rewards", "/me/redemptions"])
def test_a_stranger_is_told_nothing(client, till, path):
    assert client.get(f"{API}{path}").status_code == 401


def test_what_is_for_some_tells_everybody_for_whom(alice, session):
    cup = offer(alice, "gold_cup")
    assert (cup["available"], cup["reason_type"]) == (False, "reward-not-for-you")
    assert "gold" in cup["reason"]
    assert orders(alice, "gold_cup").status_code == 403
    programme = queries.find(session, "gold_cup", at=business_now()).programme
    tiers.promote(session, programme, {UUID(alice.member["id"]): 1_000_000}, at=business_now())
    assert offer(alice, "gold_cup")["available"]
    assert orders(alice, "gold_cup").status_code == 201


def test_the_balance_tells_where_the_caller_stands(alice, till, session):
    assert alice.get("/me/balance").json["tier"] == {
        "tier": None,
        "title": None,
        "since": None,
        "holds_until": None,
        "benefits": [],
        "measure": "spend",
        "currency": "RUB",
        "measured": 0,
        "next_tier": "silver",
        "next_title": "Silver",
        "missing": 500_000,
    }
