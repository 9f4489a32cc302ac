"""How orders end: handed out and used, cancelled with the points back in their lots, expired."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from backend.ledger import queries as ledger
from backend.members.events import MemberErased
from backend.notifications.models import Message
from backend.rewards import queries, service, stock, using
from backend.rewards.errors import (
    CodeWasShown,
    CouponCancelled,
    CouponExpired,
    CouponUsed,
    OrderCancelled,
    OrderExpired,
    OrderUsed,
    ReceiptTooSmall,
    RewardOver,
    UnknownCoupon,
    UnknownOrder,
)
from backend.shared.clock import business_now
from backend.shared.events import publish
from backend.shared.jobs import run_due_jobs
from backend.shared.wording import Reader
from tests.factories.rewards import ordered
from tests.factories.till import guest, with_points

pytestmark = pytest.mark.usefixtures("books")


def lots(session, member_id):
    """What is left of each lot, and when it burns, in order of burning."""
    return session.execute(
        text("SELECT points_remaining, expires_at FROM ledger_lots WHERE member_id = :member ORDER BY expires_at"),
        {"member": member_id},
    ).all()


def messages(session, kind):
    return session.query(Message).filter(Message.kind == kind).all()


def use(session, code, till, **fields):
    return using.use(session, code=code, store_id=till.store_id, **fields)


# Cancelled


def test_cancelling_gives_the_points_back_to_the_lots_that_paid(session, till, clock):
    member_id = guest(session)
    with_points(session, member_id, 100, days=10)
    with_points(session, member_id, 150, days=20)
    with_points(session, member_id, 400, days=30)
    before = lots(session, member_id)
    coupon = ordered(session, member_id, "cappuccino")
    assert [points for points, _ in lots(session, member_id)] == [0, 0, 350]
    assert service.cancel(session, coupon.id, by=member_id).state == "cancelled"
    assert lots(session, member_id) == before
    assert ledger.balance(session, member_id).available == 650


def test_cancelling_twice_is_as_good_as_once(session, alice):
    coupon = ordered(session, alice, "cappuccino")
    first = service.cancel(session, coupon.id, by=alice)
    assert service.cancel(session, coupon.id, by=alice) == first
    assert ledger.balance(session, alice).available == 1_000


def test_points_that_would_have_burnt_meanwhile_burn_with_the_next_round(session, till, clock):
    member_id = guest(session)
    with_points(session, member_id, 300, days=5)
    coupon = ordered(session, member_id, "cappuccino")
    clock.advance(days=6)
    run_due_jobs()
    service.cancel(session, coupon.id, by=member_id)
    assert ledger.balance(session, member_id).available == 300
    run_due_jobs()
    assert ledger.balance(session, member_id).available == 0


def test_cancelling_lets_somebody_else_have_the_last_piece(session, alice, boris):
    mug = ordered(session, alice, "last_mug")
    service.cancel(session, mug.id, by=alice)
    assert ordered(session, boris, "last_mug").state == "issued"


def test_what_is_cancelled_the_day_after_gives_back_the_place_of_its_own_day(session, alice, clock):
    bun = ordered(session, alice, "bun")
    clock.advance(days=1)
    service.cancel(session, bun.id, by=alice)
    counts = session.execute(text("SELECT day, ordered FROM reward_counts WHERE reward = 'bun' ORDER BY day")).all()
    assert counts == [("", 0), ("2026-11-22", 0)]


def test_the_history_says_what_came_back(session, alice):
    coupon = ordered(session, alice, "cappuccino")
    service.cancel(session, coupon.id, by=alice)
    rows = ledger.entries(session, alice, reader=Reader("en", "Europe/Moscow"))
    assert [(row.points, row.title) for row in rows[:2]] == [
        (300, "Cancelled: Any cappuccino"),
        (-300, "Any cappuccino"),
    ]


def test_nobody_cancels_what_is_somebody_elses(session, alice, boris):
    coupon = ordered(session, alice, "cappuccino")
    with pytest.raises(UnknownOrder):
        service.cancel(session, coupon.id, by=boris)


def test_a_used_coupon_is_not_cancelled(session, alice, till):
    coupon = ordered(session, alice, "cappuccino")
    use(session, coupon.code, till)
    with pytest.raises(OrderUsed):
        service.cancel(session, coupon.id)
    assert ledger.balance(session, alice).available == 700


def test_a_partners_code_that_was_seen_is_cancelled_by_staff_alone_and_given_to_nobody_else(session, alice, boris):
    cinema = queries.find(session, "cinema", at=business_now())
    stock.load_codes(session, cinema, ["RODINA-1"], who="marat")
    coupon = ordered(session, alice, "cinema")
    with pytest.raises(CodeWasShown):
        service.cancel(session, coupon.id, by=alice)
    service.cancel(session, coupon.id)
    assert ledger.balance(session, alice).available == 1_000
    assert queries.stocks(session, [cinema], at=business_now())[cinema.key].left == 0


def test_whoever_cancels_for_a_member_tells_them(session, alice):
    service.cancel(session, ordered(session, alice, "cappuccino").id)
    assert [message.facts["points"] for message in messages(session, "reward_cancelled")] == [300]


# Handed out by staff


def test_what_staff_hands_out_waits_without_a_code_until_it_is_issued(session, alice):
    place = ordered(session, alice, "class")
    assert (place.state, place.code, place.valid_until) == ("ordered", None, None)
    issued = service.issue(session, place.id)
    assert (issued.state, issued.valid_until) == ("issued", date(2026, 12, 4))
    assert issued.code
    assert service.issue(session, place.id) == issued
    assert len(messages(session, "reward_issued")) == 1


def test_what_is_over_is_not_issued(session, alice, clock):
    place = ordered(session, alice, "class")
    late = ordered(session, alice, "class")
    service.cancel(session, place.id, by=alice)
    with pytest.raises(OrderCancelled):
        service.issue(session, place.id)
    clock.set(datetime(2026, 12, 4, 21, 0, tzinfo=UTC))
    with pytest.raises(RewardOver):
        service.issue(session, late.id)
    assert service.cancel(session, late.id).state == "cancelled"


# Used


def test_a_coupon_is_used_once_and_says_where(session, alice, till):
    coupon = ordered(session, alice, "cappuccino")
    used, repeated = use(session, coupon.code, till)
    assert (used.state, used.used_store_id, repeated) == ("used", till.store_id, False)
    with pytest.raises(CouponUsed) as refused:
        use(session, coupon.code, till)
    assert refused.value.facts == {"on": "22 November", "store": "Pokrovka 12"}
    assert len(messages(session, "reward_used")) == 1


def test_the_same_receipt_again_is_the_same_answer_and_another_one_is_refused(session, alice, till):
    coupon = ordered(session, alice, "cappuccino")
    first, _ = use(session, coupon.code, till, receipt="sale-1")
    assert use(session, coupon.code, till, receipt="sale-1") == (first, True)
    with pytest.raises(CouponUsed):
        use(session, coupon.code, till, receipt="sale-2")


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_is_known_however_it_is_typed(session, alice, till, typed):
    coupon = ordered(session, alice, "cappuccino")
    assert use(session, typed(coupon.code), till)[0].id == coupon.id


def test_a_code_that_nobody_has_is_unknown(session, till):
    with pytest.raises(UnknownCoupon):
        use(session, "CBCD-FGHJ-KMNP", till)


def test_a_cancelled_coupon_is_worth_nothing(session, alice, till):
    coupon = ordered(session, alice, "cappuccino")
    service.cancel(session, coupon.id, by=alice)
    with pytest.raises(CouponCancelled):
        use(session, coupon.code, till)


def test_a_coupon_for_larger_purchases_says_how_large(session, alice, till):
    coupon = ordered(session, alice, "five_hundred_off")
    with pytest.raises(ReceiptTooSmall):
        use(session, coupon.code, till, amount_minor=149_999)
    assert use(session, coupon.code, till, amount_minor=150_000)[0].state == "used"


# Expired


def test_a_coupon_ends_with_its_last_day_and_the_points_do_not_come_back(session, alice, till, clock):
    coupon = ordered(session, alice, "cappuccino")
    clock.set(datetime(2026, 12, 22, 20, 59, tzinfo=UTC))
    run_due_jobs()
    assert queries.order(session, coupon.id).state == "issued"
    clock.advance(minutes=1)
    run_due_jobs()
    assert queries.order(session, coupon.id).state == "expired"
    assert ledger.balance(session, alice).available == 700
    with pytest.raises(OrderExpired):
        service.cancel(session, coupon.id)
    with pytest.raises(CouponExpired) as refused:
        use(session, coupon.code, till)
    assert refused.value.facts == {"on": "22 December"}


def test_a_coupon_is_worth_nothing_after_its_last_day_even_before_the_worker_comes_by(session, alice, till, clock):
    coupon = ordered(session, alice, "cappuccino")
    clock.set(datetime(2026, 12, 22, 21, 0, tzinfo=UTC))
    with pytest.raises(CouponExpired):
        use(session, coupon.code, till)
    with pytest.raises(OrderExpired):
        service.cancel(session, coupon.id, by=alice)


def test_a_coupon_without_a_last_day_lives_on(session, alice, clock):
    mug = ordered(session, alice, "last_mug")
    clock.advance(days=3_000)
    run_due_jobs()
    assert (mug.valid_until, queries.order(session, mug.id).state) == (None, "issued")


def test_orders_of_somebody_who_was_erased_are_over(session, alice, till):
    coupon = ordered(session, alice, "cappuccino")
    publish(session, MemberErased(member_id=alice))
    with pytest.raises(CouponCancelled):
        use(session, coupon.code, till)


def test_an_order_that_is_not_there_cannot_be_ended(session, till):
    with pytest.raises(UnknownOrder):
        service.issue(session, uuid4())
