"""Ordering rewards, and what becomes of orders: issued, used, cancelled, expired, each by a condition in the write.

Whoever orders or cancels holds the member's book first, then the counts of the reward, then a code of the stock.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.ledger.spends import lots_that_paid
from backend.members.events import MemberErased
from backend.notifications.service import NewMessage, tell
from backend.programmes.engine.facts import MemberFacts
from backend.programmes.screening import screening_settings
from backend.referrals.events import CouponsDue, CouponsWithdrawn
from backend.rewards import queries
from backend.rewards.catalogue import reason_not
from backend.rewards.coupon_code import make_code
from backend.rewards.errors import (
    CodeWasShown,
    KeyUsedForAnotherOrder,
    OrderCancelled,
    OrderExpired,
    OrderUsed,
    RewardOver,
    SoldOut,
    SoldOutToday,
    UnknownOrder,
)
from backend.rewards.models import RewardOrder
from backend.rewards.order import Order, midnight_after, order_of
from backend.rewards.queries import ALL_DAYS, Offered
from backend.rewards.sealing import lookup_hmac, seal
from backend.rewards.statements import (
    CANCEL,
    COUNT,
    END_ORDERS_OF_ERASED,
    EXPIRE_DUE,
    ISSUE,
    NEXT_EXPIRY,
    TAKE_CODE,
    UNCOUNT,
)
from backend.screening.account_pause import check_pause
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shared.errors import DomainError
from backend.shared.ids import new_id
from backend.shared.jobs import Job
from backend.shops.queries import the_shop

JOB_BATCH_ORDERS = 1_000


@dataclass(frozen=True, slots=True)
class _Code:
    """A code as an order keeps it."""

    code_hmac: bytes
    code_ciphertext: bytes


def order(session: Session, *, member_id: UUID, offered: Offered, facts: MemberFacts, key: str) -> tuple[Order, bool]:
    """Spends points on a reward; the order, and whether the same `key` had made it before. Coupons come at once, what
    staff hands out waits for them.

    Raises:
        RewardPaused, RewardOver, NotForThisMember, MemberLimitReached: this member cannot order it now.
        SoldOut, SoldOutToday: there are none left.
        NotEnoughPoints, SpendingFrozen: the member has no such points to spend.
        SpendingPaused: the member's account was changed a short while ago.
        KeyUsedForAnotherOrder: the key came before with another reward.
    """
    now, zone = business_now(), the_shop(session).zone
    book = ledger.open_books(session, [member_id], with_lots=True)[member_id]
    earlier = _earlier(session, member_id, key)
    if earlier is not None:
        if (earlier.programme, earlier.reward) != offered.key:
            raise KeyUsedForAnotherOrder
        return order_of(earlier, zone=zone), True
    check_pause(session, member_id, screening_settings(offered.programme), zone=zone)
    stock = queries.stocks(session, [offered], at=now)[offered.key]
    held = queries.held_by(session, member_id).get(offered.key, 0)
    problem = reason_not(offered, stock, facts=facts, held=held, at=now, zone=zone)
    if problem is not None:
        raise problem
    row = _row(offered, member_id=member_id, key=key, at=now)
    row.spend_id = _spend(book, offered, row.id, at=now)
    _count(session, offered, at=now)
    session.add(row)
    # A code of the stock names its order.
    session.flush()
    _issue_at_once(session, row, offered, zone=zone)
    ledger.write(session, [book])
    return order_of(row, zone=zone), False


def grant(session: Session, *, member_id: UUID, offered: Offered, key: str) -> Order | None:
    """Gives a reward for nothing, by whoever holds the member's book; None where there is none left, the member has had
    as many as anybody may, or it is paused or over. Who may order it is not asked: the shop gives it. The same `key`
    gives it once.
    """
    now, zone = business_now(), the_shop(session).zone
    earlier = _earlier(session, member_id, key)
    if earlier is not None:
        return order_of(earlier, zone=zone)
    stock = queries.stocks(session, [offered], at=now)[offered.key]
    held = queries.held_by(session, member_id).get(offered.key, 0)
    for_anybody = replace(offered, reward=replace(offered.reward, when=None))
    if reason_not(for_anybody, stock, facts=MemberFacts(), held=held, at=now, zone=zone) is not None:
        return None
    try:
        # Somebody may take the last one meanwhile; then the place that was taken is given back.
        with session.begin_nested():
            return _give(session, offered, _row(offered, member_id=member_id, key=key, at=now), zone=zone)
    except (SoldOut, SoldOutToday):
        return None


def on_coupons_due(session: Session, event: CouponsDue) -> None:
    """Gives what inviting brought, as long as there is any."""
    for item in event.items:
        reward = item.programme.reward(item.coupon)
        if reward is not None:
            offered = Offered(item.programme, reward)
            given = grant(session, member_id=item.member_id, offered=offered, key=item.natural_key)
            item.order_id = given.id if given else None


def on_coupons_withdrawn(session: Session, event: CouponsWithdrawn) -> None:
    """Takes back what was given for nothing, as far as it is open; its member is told, and its place is free again."""
    now = business_now()
    for order_id in event.order_ids:
        if driver_connection(session).execute(CANCEL, {"id": order_id, "now": now}).fetchone() is not None:
            found = _find(session, order_id)
            _uncount(session, found)
            _tell(session, found, "reward_withdrawn")


def _give(session: Session, offered: Offered, row: RewardOrder, *, zone: str) -> Order:
    row.price_points = 0
    _count(session, offered, at=row.ordered_at)
    session.add(row)
    session.flush()
    _issue_at_once(session, row, offered, zone=zone)
    return order_of(row, zone=zone)


def issue(session: Session, order_id: UUID) -> Order:
    """Hands out what waited for it: it becomes a coupon, and its member is told. Again, it changes nothing.

    Raises:
        UnknownOrder: there is none.
        OrderUsed, OrderExpired, OrderCancelled: it is over.
        RewardOver: its last day has gone by; cancel it, and the points go back.
        SoldOut: there is no code left for it.
    """
    found = _find(session, order_id)
    if found.state == "issued":
        return found
    if not found.is_open:
        raise _why_over(found)
    now, zone = business_now(), the_shop(session).zone
    valid_until = _valid_until(found.terms, issued_at=now, zone=zone)
    if valid_until is not None and valid_until <= now:
        raise RewardOver
    row = session.get_one(RewardOrder, order_id, with_for_update=True, populate_existing=True)
    if row.state != "ordered":
        return issue(session, order_id)
    code = _take_or_make(session, row)
    values = {
        "id": order_id,
        "now": now,
        "valid_until": valid_until,
        "code_hmac": code.code_hmac,
        "code_ciphertext": code.code_ciphertext,
    }
    driver_connection(session).execute(ISSUE, values)
    _tell(session, found, "reward_issued")
    return _find(session, order_id)


def cancel(session: Session, order_id: UUID, *, by: UUID | None = None) -> Order:
    """Gives the points back to the lots that paid, and the place to whoever comes next; again, it changes nothing.
    `by` is the member who asks for it; None is the staff, and then the member is told.

    Raises:
        UnknownOrder: there is none, or it is another member's.
        OrderUsed, OrderExpired: there is nothing to give back any more.
        CodeWasShown: the member has seen a partner's code; only staff can know whether it was used.
    """
    found = _find(session, order_id, of=by)
    if by is not None and found.is_open and not found.may_be_cancelled_by_member:
        raise CodeWasShown
    book = ledger.open_books(session, [found.member_id], with_lots=True)[found.member_id]
    now = business_now()
    won = driver_connection(session).execute(CANCEL, {"id": order_id, "now": now}).fetchone()
    if won is None:
        ended = _find(session, order_id)
        if ended.state == "cancelled":
            return ended
        raise _why_over(ended)
    if found.spend_id is not None:
        _give_back(session, book, found, found.spend_id, at=now)
    _uncount(session, found)
    if by is None:
        _tell(session, found, "reward_cancelled")
    return _find(session, order_id)


def next_expiry(session: Session) -> datetime | None:
    """When the first coupon's last day is over."""
    row = driver_connection(session).execute(NEXT_EXPIRY, prepare=True).fetchone()
    return row[0] if row else None


def expire_due(session: Session, now: datetime) -> int:
    """Ends the coupons whose last day is over at `now`, one batch; how many. Their points do not come back."""
    parameters = {"now": now, "limit": JOB_BATCH_ORDERS}
    return driver_connection(session).execute(EXPIRE_DUE, parameters, prepare=True).rowcount


REWARD_EXPIRY = Job(name="reward_expiry", clock="business", next_due=next_expiry, run=expire_due)


def on_member_erased(session: Session, event: MemberErased) -> None:
    """Nobody is left to whom anything could be handed."""
    values = {"member_id": event.member_id, "now": business_now()}
    driver_connection(session).execute(END_ORDERS_OF_ERASED, values)


def _earlier(session: Session, member_id: UUID, key: str) -> RewardOrder | None:
    same = select(RewardOrder).where(RewardOrder.member_id == member_id, RewardOrder.idempotency_key == key)
    return session.scalar(same)


def _find(session: Session, order_id: UUID, *, of: UUID | None = None) -> Order:
    found = queries.order(session, order_id)
    if found is None or of not in {None, found.member_id}:
        raise UnknownOrder
    return found


def _row(offered: Offered, *, member_id: UUID, key: str, at: datetime) -> RewardOrder:
    programme, reward = offered.programme, offered.reward
    return RewardOrder(
        id=new_id(),
        member_id=member_id,
        programme=programme.programme,
        programme_version=programme.version,
        reward=reward.reward,
        kind=reward.kind,
        title=reward.title,
        price_points=reward.price_points,
        state="ordered",
        ordered_at=at,
        terms=_terms(offered),
        idempotency_key=key,
    )


def _terms(offered: Offered) -> dict[str, Any]:
    reward = offered.reward
    return {
        "description": reward.description,
        "icon": reward.icon,
        "currency": offered.programme.currency,
        "amount_minor": reward.amount_minor,
        "rate_basis_points": reward.rate_basis_points,
        "minimum_receipt_minor": reward.minimum_receipt_minor,
        "partner": reward.partner,
        "codes": reward.codes,
        "valid_days": reward.valid_days,
        "valid_until": reward.valid_until.isoformat() if reward.valid_until else None,
    }


def _valid_until(terms: dict[str, Any], *, issued_at: datetime, zone: str) -> datetime | None:
    """The midnight after the last day: its own, or so many days after the day of issue."""
    if terms["valid_until"] is not None:
        return midnight_after(date.fromisoformat(terms["valid_until"]), zone=zone)
    if terms["valid_days"] is None:
        return None
    day = issued_at.astimezone(ZoneInfo(zone)).date()
    return midnight_after(day + timedelta(days=terms["valid_days"]), zone=zone)


def _spend(book: Book, offered: Offered, order_id: UUID, *, at: datetime) -> UUID:
    programme, reward = offered.programme, offered.reward
    cause = Cause(
        natural_key=f"reward:{order_id}",
        effective_at=at,
        recorded_at=system_now(),
        wording="rewards.order",
        facts={"title": reward.title, "points": -reward.price_points},
        programme=programme.programme,
        programme_version=programme.version,
        rule=reward.reward,
    )
    return book.spend(cause, points=reward.price_points).id


def _give_back(session: Session, book: Book, found: Order, spend_id: UUID, *, at: datetime) -> None:
    lots = lots_that_paid(session, spend_id)
    ledger.load_lots(session, {book.member_id: book}, lots)
    cause = Cause(
        natural_key=f"reward_cancelled:{found.id}",
        effective_at=at,
        recorded_at=system_now(),
        wording="rewards.cancel",
        facts={"title": found.title, "points": found.price_points},
        programme=found.programme,
        programme_version=found.programme_version,
        rule=found.reward,
        reverses_id=spend_id,
    )
    book.give_back(cause, lots=lots)
    ledger.write(session, [book])


def _count(session: Session, offered: Offered, *, at: datetime) -> None:
    """Takes a place; whoever takes the last one makes others wait until that is certain.

    Raises:
        SoldOut, SoldOutToday: somebody else took the last one meanwhile.
    """
    programme, reward = offered.key
    day = queries.shop_day(session, at)
    values = {"programme": programme, "reward": reward, "day": day}
    counted = dict(driver_connection(session).execute(COUNT, values, prepare=True).fetchall())
    limits = offered.reward.limits
    if limits.in_all is not None and counted[ALL_DAYS] > limits.in_all:
        raise SoldOut
    if limits.per_day is not None and counted[day] > limits.per_day:
        raise SoldOutToday


def _uncount(session: Session, found: Order) -> None:
    day = queries.shop_day(session, found.ordered_at)
    values = {"programme": found.programme, "reward": found.reward, "day": day}
    driver_connection(session).execute(UNCOUNT, values, prepare=True)


def _issue_at_once(session: Session, row: RewardOrder, offered: Offered, *, zone: str) -> None:
    """Makes a coupon of an order that waits for nobody."""
    if offered.reward.issue == "at_once":
        code = _take_or_make(session, row)
        row.state, row.issued_at = "issued", row.ordered_at
        row.valid_until = _valid_until(row.terms, issued_at=row.ordered_at, zone=zone)
        row.code_hmac, row.code_ciphertext = code.code_hmac, code.code_ciphertext
    session.flush()


def _take_or_make(session: Session, row: RewardOrder) -> _Code:
    return _take(session, row) if row.terms["codes"] == "loaded" else _make()


def _take(session: Session, row: RewardOrder) -> _Code:
    values = {"order_id": row.id, "programme": row.programme, "reward": row.reward}
    taken = driver_connection(session).execute(TAKE_CODE, values).fetchone()
    if taken is None:
        raise SoldOut
    return _Code(*taken)


def _make() -> _Code:
    code = make_code()
    return _Code(lookup_hmac(code), seal(code))


def _why_over(found: Order) -> DomainError:
    if found.state == "used":
        return OrderUsed()
    # One that is still issued is beyond its last day, and the worker has not come by yet.
    return OrderCancelled() if found.state == "cancelled" else OrderExpired()


def _tell(session: Session, found: Order, kind: str) -> None:
    message = NewMessage(
        member_id=found.member_id,
        kind=kind,
        facts={"title": found.title, "points": found.price_points},
        natural_key=f"{kind}:{found.id}",
    )
    tell(session, [message])
