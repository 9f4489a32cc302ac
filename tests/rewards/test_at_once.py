"""Many reach for the same reward, code or coupon at the same moment. Real commits, real threads."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.programmes import service as programmes
from backend.rewards import queries, service, stock
from backend.shared.clock import business_now
from backend.shared.errors import DomainError
from tests.conftest import ObedientClock
from tests.factories.rewards import PROGRAMME, ordered
from tests.factories.till import sale, with_points
from tests.till.many_tills import Shop

TILLS = 16
GUESTS = 8


@pytest.fixture
def shop(committed_app: Flask, clock: ObedientClock) -> Shop:
    opened = Shop(committed_app)
    opened.run(lambda session: programmes.load(session, PROGRAMME, in_force_from=business_now()))
    return opened


def guests(shop: Shop, points: int) -> list[UUID]:
    found = [shop.guest(f"+7912000100{number}") for number in range(GUESTS)]
    for member_id in found:
        shop.run(lambda session, member_id=member_id: with_points(session, member_id, points))
    return found


def order(shop: Shop, member_id: UUID, reward: str, *, key: str | None = None) -> str:
    """The order's code, or the slug of what stood in the way."""
    try:
        made = shop.run(lambda session: ordered(session, member_id, reward, key=key))
    except DomainError as refused:
        return refused.slug
    return str(made.code)


def counted(shop: Shop, reward: str) -> int:
    query = text("SELECT ordered FROM reward_counts WHERE reward = :reward AND day = ''")
    found: int = shop.run(lambda session: session.scalar(query, {"reward": reward}))
    return found


def test_the_last_piece_goes_to_one(shop: Shop) -> None:
    members = guests(shop, 100)
    outcomes = shop.at_once([lambda member_id=member_id: order(shop, member_id, "last_mug") for member_id in members])
    assert sorted(outcome == "reward-sold-out" for outcome in outcomes) == [False] + [True] * (GUESTS - 1)
    assert counted(shop, "last_mug") == 1
    spent = [member_id for member_id in members if shop.balance(member_id).available == 0]
    assert len(spent) == 1
    shop.check_books()


def test_a_loaded_code_is_given_to_one(shop: Shop) -> None:
    members = guests(shop, 100)
    codes = [f"RODINA-{number}" for number in range(GUESTS - 2)]
    shop.run(
        lambda session: stock.load_codes(
            session, queries.find(session, "cinema", at=business_now()), codes, who="marat"
        )
    )
    outcomes = shop.at_once([lambda member_id=member_id: order(shop, member_id, "cinema") for member_id in members])
    given = [outcome for outcome in outcomes if outcome != "reward-sold-out"]
    assert len(set(given)) == len(given) <= len(codes)
    # Whoever was told that there is none while another's order was being undone may come again.
    again = [order(shop, member_id, "cinema") for member_id in members]
    every = given + [outcome for outcome in again if outcome != "reward-sold-out"]
    assert sorted(every) == codes
    assert counted(shop, "cinema") == len(codes)
    shop.check_books()


def test_the_same_key_at_once_orders_once(shop: Shop) -> None:
    outcomes = shop.at_once([lambda: order(shop, shop.alice, "cappuccino", key="k-1")] * GUESTS)
    assert len(set(outcomes)) == 1
    assert shop.balance().available == 200
    shop.check_books()


def test_points_for_one_coupon_buy_one(shop: Shop) -> None:
    outcomes = shop.at_once([lambda: order(shop, shop.alice, "cappuccino")] * GUESTS)
    assert sorted(outcome == "not-enough-points" for outcome in outcomes) == [False] + [True] * (GUESTS - 1)
    shop.check_books()


def test_a_coupon_is_used_once_by_many_tills(shop: Shop) -> None:
    code = order(shop, shop.alice, "cappuccino")
    uses = [("/coupons/uses", {"code": code, "external_id": f"sale-{number}"}) for number in range(TILLS)]
    answers = shop.post_at_once(uses)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (TILLS - 1)
    assert {answer.json["type"] for answer in answers if answer.status_code == 409} == {"coupon-used"}


def test_a_coupon_told_many_times_for_one_receipt_is_used_once_and_all_hear_the_same(shop: Shop) -> None:
    code = order(shop, shop.alice, "cappuccino")
    answers = shop.post_at_once([("/coupons/uses", {"code": code, "external_id": "sale-1"})] * TILLS)
    assert sorted(answer.status_code for answer in answers) == [200] * (TILLS - 1) + [201]
    assert len({answer.text for answer in answers}) == 1


def test_a_sale_that_many_tills_undo_gives_its_coupon_back_once(shop: Shop) -> None:
    made = shop.run(lambda session: ordered(session, shop.alice, "cappuccino"))
    use = ("/coupons/uses", {"code": made.code, "external_id": "sale-1"})
    next_use = ("/coupons/uses", {"code": made.code, "external_id": "sale-2"})
    shop.post(*use)
    shop.post("/receipts", sale(shop.alice, 35_000))
    now = business_now().isoformat()
    undos = [
        ("/receipts/sale-1/returns", {"external_id": f"undo-{number}", "occurred_at": now, "undo": True})
        for number in (1, 1, 2, 3)
    ]
    answers = shop.post_at_once([*undos, use, next_use] * 2)
    given_back = [
        answer.json["coupons_given_back"]
        for answer in answers
        if answer.status_code == 201 and "refund_amount" in answer.json
    ]
    assert sorted(given_back) == [0, 0, 1]
    ended = shop.run(lambda session: queries.order(session, made.id))
    assert (ended.state, ended.used_receipt) in {("issued", None), ("used", "sale-2")}
    told = text("SELECT count(*) FROM messages WHERE kind = 'reward_given_back'")
    assert shop.run(lambda session: session.scalar(told)) == 1
    shop.check_books()


def test_used_and_cancelled_at_once_ends_in_one_of_them(shop: Shop) -> None:
    made = shop.run(lambda session: ordered(session, shop.alice, "cappuccino"))

    def cancel() -> Any:
        def work(session: Session) -> str:
            return service.cancel(session, made.id, by=shop.alice).state

        try:
            return shop.run(work)
        except DomainError as refused:
            return refused.slug

    def use() -> Any:
        return shop.post("/coupons/uses", {"code": made.code, "external_id": "sale-1"}).status_code

    outcomes = shop.at_once([use, cancel] * 6)
    used, cancelled = outcomes[::2], outcomes[1::2]
    if 201 in used:
        assert set(cancelled) == {"redemption-used"}
        assert shop.balance().available == 200
    else:
        assert (set(used), set(cancelled)) == ({409}, {"cancelled"})
        assert shop.balance().available == 500
    shop.check_books()


def test_issued_many_times_at_once_is_one_coupon(shop: Shop) -> None:
    made = shop.run(lambda session: ordered(session, shop.alice, "class"))
    codes = shop.at_once([lambda: shop.run(lambda session: service.issue(session, made.id)).code] * GUESTS)
    assert len(set(codes)) == 1
