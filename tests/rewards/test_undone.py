"""A sale is undone: the coupon that was handed over with it is as before, once. A later return leaves it used."""

import pytest
from sqlalchemy import text

from backend.rewards import queries
from tests.factories.rewards import ordered
from tests.factories.till import OpenTill

pytestmark = pytest.mark.usefixtures("books")


def sell_with(till: OpenTill, member_id, code: str, *, number: str = "sale-1") -> None:
    """Sells for ₽350 and hands the coupon over with it."""
    till.post("/coupons/uses", {"code": code, "external_id": number})
    till.sell(member_id, 35_000, external_id=number)


def undo(till: OpenTill, *, of: str = "sale-1", external_id: str = "undo-1"):
    return till.give_back(of=of, external_id=external_id, undo=True)


def kept(session, order_id) -> dict:
    """All that is kept of an order."""
    query = text("SELECT * FROM reward_orders WHERE id = :id")
    return dict(session.execute(query, {"id": order_id}).mappings().one())


def counted(session) -> list:
    return session.execute(text("SELECT * FROM reward_counts ORDER BY reward, day")).all()


def told(session, kind: str) -> list[str]:
    query = text("SELECT facts->'title'->>'en' FROM messages WHERE kind = :kind")
    return list(session.scalars(query, {"kind": kind}))


def test_the_coupon_is_what_it_was_before_and_may_be_used_again(session, till, alice):
    coupon = ordered(session, alice, "last_mug")
    before, counts = kept(session, coupon.id), counted(session)
    sell_with(till, alice, coupon.code)
    answer = undo(till)
    assert (answer.status_code, answer.json["coupons_given_back"]) == (201, 1)
    assert "Grain mug: the coupon is good again." in answer.json["messages"]
    assert (kept(session, coupon.id), counted(session)) == (before, counts)
    assert told(session, "reward_given_back") == ["Grain mug"]
    sell_with(till, alice, coupon.code, number="sale-2")
    assert queries.order(session, coupon.id).used_receipt == "sale-2"
    assert told(session, "reward_used") == ["Grain mug"] * 2


def test_a_repeated_undo_takes_no_coupon_from_the_next_sale(session, till, alice):
    coupon = ordered(session, alice, "cappuccino")
    sell_with(till, alice, coupon.code)
    first = undo(till).json
    sell_with(till, alice, coupon.code, number="sale-2")
    again = undo(till)
    assert (again.status_code, again.json) == (200, first)
    assert undo(till, external_id="undo-2").json["coupons_given_back"] == 0
    assert queries.order(session, coupon.id).used_receipt == "sale-2"
    assert told(session, "reward_given_back") == ["Any cappuccino"]


def test_only_what_was_used_for_this_very_sale_comes_back(session, till, alice, boris):
    mine, theirs = ordered(session, alice, "cappuccino"), ordered(session, boris, "cappuccino")
    sell_with(till, alice, mine.code)
    sell_with(till, boris, theirs.code, number="sale-2")
    undo(till)
    assert [queries.order(session, one.id).state for one in (mine, theirs)] == ["issued", "used"]


def test_a_return_leaves_it_used_and_so_does_an_undo_that_comes_too_late(session, till, alice, clock):
    coupons = [ordered(session, alice, "cappuccino") for _sale in range(3)]
    for number, coupon in enumerate(coupons):
        sell_with(till, alice, coupon.code, number=f"sale-{number}")
    assert till.give_back(of="sale-0", external_id="r0").json["coupons_given_back"] == 0
    clock.advance(minutes=1)
    assert undo(till, of="sale-1", external_id="r1").json["coupons_given_back"] == 1
    clock.advance(minutes=9, seconds=1)
    assert undo(till, of="sale-2", external_id="r2").json["coupons_given_back"] == 0
    assert [queries.order(session, one.id).state for one in coupons] == ["used", "issued", "used"]


def test_a_use_that_arrives_after_the_undo_uses_nothing(session, till, alice):
    coupon = ordered(session, alice, "cappuccino")
    till.sell(alice, 35_000)
    undo(till)
    late = till.post("/coupons/uses", {"code": coupon.code, "external_id": "sale-1"})
    assert (late.status_code, late.json["type"]) == (409, "receipt-returned")
    assert queries.order(session, coupon.id).state == "issued"


def test_a_sale_is_undone_as_a_whole(till, alice):
    till.sell(alice, 35_000)
    refused = till.give_back(undo=True, amount=100)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["undo"])
