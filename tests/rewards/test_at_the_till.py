"""Coupons at the till: who is shown which, and handing one over once."""

import pytest

from backend.rewards import service
from tests.factories.rewards import ordered
from tests.factories.till import fresh_code

pytestmark = pytest.mark.usefixtures("books")


def scan(till, code):
    return till.post("/scans", {"code": code})


def use(till, code, **fields):
    return till.post("/coupons/uses", {"code": code} | fields)


def test_a_fresh_code_of_the_phone_shows_the_guests_coupons_with_their_codes(session, till, alice):
    mug = ordered(session, alice, "last_mug")
    cup = ordered(session, alice, "cappuccino")
    guest = scan(till, fresh_code(session, alice)).json
    assert guest["kind"] == "member"
    assert [(coupon["title"], coupon["code"]) for coupon in guest["coupons"]] == [
        ("Any cappuccino", cup.code),
        ("Grain mug", mug.code),
    ]
    assert [coupon["note"] for coupon in guest["coupons"]] == ["coupon until 22 December", "coupon"]


def test_whoever_says_a_phone_number_is_told_what_there_is_and_no_code(session, till, alice):
    ordered(session, alice, "cappuccino")
    guest = scan(till, "+79120000001").json
    assert [(coupon["title"], coupon["code"]) for coupon in guest["coupons"]] == [("Any cappuccino", None)]


def test_a_scanned_coupon_opens_its_guest_and_is_the_only_one_with_a_code(session, till, alice):
    cup = ordered(session, alice, "cappuccino")
    mug = ordered(session, alice, "last_mug")
    guest = scan(till, mug.code).json
    assert (guest["kind"], guest["member"]["id"], guest["may_spend"]) == ("coupon", str(alice), False)
    assert [(coupon["id"], coupon["code"]) for coupon in guest["coupons"]] == [
        (str(mug.id), mug.code),
        (str(cup.id), None),
    ]


@pytest.mark.parametrize(
    ("reward", "to_do"),
    [("cappuccino", "Hand it to the guest."), ("five_hundred_off", "Take ₽500 off the receipt.")],
)
def test_handing_over_says_what_there_is_to_do(session, till, alice, reward, to_do):
    coupon = ordered(session, alice, reward)
    answer = use(till, coupon.code, external_id="sale-1")
    assert (answer.status_code, answer.json["messages"], answer.json["coupon"]["state"]) == (201, [to_do], "used")
    again = use(till, coupon.code, external_id="sale-1")
    assert (again.status_code, again.json) == (200, answer.json)


def test_a_used_coupon_is_refused_wherever_it_is_shown(session, till, alice):
    coupon = ordered(session, alice, "cappuccino")
    use(till, coupon.code, external_id="sale-1")
    for answer in (scan(till, coupon.code), use(till, coupon.code, external_id="sale-2"), use(till, coupon.code)):
        assert (answer.status_code, answer.json["type"]) == (409, "coupon-used")
        assert answer.json["detail"] == "On 22 November: Pokrovka 12."
    assert scan(till, fresh_code(session, alice)).json["coupons"] == []


def test_a_cancelled_coupon_is_refused_with_that_reason(session, till, alice):
    coupon = ordered(session, alice, "cappuccino")
    service.cancel(session, coupon.id, by=alice)
    assert scan(till, coupon.code).json["type"] == "coupon-cancelled"


def test_an_unknown_coupon_is_not_found(till):
    assert (use(till, "CBCD-FGHJ-KMNP").status_code, scan(till, "CBCD-FGHJ-KMNP").status_code) == (404, 404)


def test_too_small_a_purchase_uses_nothing(session, till, alice):
    coupon = ordered(session, alice, "five_hundred_off")
    assert use(till, coupon.code, amount=149_999).json["type"] == "receipt-too-small"
    assert use(till, coupon.code, amount=150_000).status_code == 201


def test_without_a_till_key_nothing_is_handed_over(client, till):
    assert client.post("/api/v1/till/coupons/uses", json={"code": "CBCD-FGHJ-KMNP"}).status_code == 401
