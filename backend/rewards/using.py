"""Coupons at a till: found by their code, used once, and given back where the sale was undone."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from backend.notifications.service import NewMessage, tell
from backend.rewards import queries
from backend.rewards.errors import CouponCancelled, CouponExpired, CouponUsed, ReceiptTooSmall, UnknownCoupon
from backend.rewards.order import Order
from backend.rewards.statements import GIVE_BACK, USE
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.errors import DomainError
from backend.shared.formatting import date as written_date
from backend.shared.formatting import day_in
from backend.shared.i18n import current_locale
from backend.shared.ids import new_id
from backend.shops import queries as shops


def usable(session: Session, scanned: str) -> Order | None:
    """The coupon whose code this is; None where no coupon has it.

    Raises:
        CouponUsed, CouponExpired, CouponCancelled: it is over, and says when and where.
    """
    found = queries.coupon(session, scanned)
    if found is not None and (problem := _why_not(session, found)) is not None:
        raise problem
    return found


def use(
    session: Session, *, code: str, store_id: UUID, receipt: str | None = None, amount_minor: int | None = None
) -> tuple[Order, bool]:
    """Uses a coupon up; the coupon, and whether it was used before for the same receipt of the same store.

    `amount_minor` is what the purchase comes to before the coupon, where the till wants the coupon's terms judged.

    Raises:
        UnknownCoupon: no coupon has this code.
        CouponUsed, CouponExpired, CouponCancelled: it is over, and says when and where.
        ReceiptTooSmall: the coupon is for larger purchases.
    """
    found = queries.coupon(session, code)
    if found is None or found.code is None:
        raise UnknownCoupon
    least = found.terms["minimum_receipt_minor"]
    if found.is_open and None not in {least, amount_minor} and (amount_minor or 0) < least:
        raise ReceiptTooSmall(minimum_minor=least)
    values = {"id": found.id, "now": business_now(), "store_id": store_id, "receipt": receipt}
    won = driver_connection(session).execute(USE, values, prepare=True).fetchone()
    standing = queries.order(session, found.id) or found
    if won is None:
        if standing.state == "used" and receipt is not None and _is_of(standing, store_id, receipt):
            return standing, True
        raise _why_not(session, standing) or UnknownCoupon()
    # Whoever won tells it; one that is given back and used again is told again.
    _tell(session, standing, "reward_used", store_id, key=str(new_id()))
    return standing, False


def give_back(session: Session, *, store_id: UUID, receipt: str, key: str) -> list[Order]:
    """Makes the coupons that were used for a receipt of a store what they were before, and tells their members; those
    that were given back. `key` names what undid it. What has run out since runs out as any other coupon.
    """
    values = {"store_id": store_id, "receipt": receipt}
    found = driver_connection(session).execute(GIVE_BACK, values, prepare=True).fetchall()
    given_back = [order for (order_id,) in found if (order := queries.order(session, order_id)) is not None]
    for order in given_back:
        _tell(session, order, "reward_given_back", store_id, key=key)
    return given_back


def _is_of(standing: Order, store_id: UUID, receipt: str) -> bool:
    return (standing.used_store_id, standing.used_receipt) == (store_id, receipt)


def _why_not(session: Session, found: Order) -> DomainError | None:
    """Why a coupon cannot be used any more."""
    zone, locale = shops.the_shop(session).zone, current_locale()
    today = day_in(business_now(), zone)

    def on(day: date) -> str:
        return written_date(day, locale=locale, zone=zone, today=today)

    if found.state == "used" and found.used_store_id is not None and found.ended_at is not None:
        store = shops.store(session, found.used_store_id)
        return CouponUsed(on=on(found.ended_at), store=store.name[locale])
    if found.state == "cancelled":
        return CouponCancelled()
    if found.valid_until is not None and (found.state == "expired" or found.valid_until < today):
        return CouponExpired(on=on(found.valid_until))
    return None


def _tell(session: Session, coupon: Order, kind: str, store_id: UUID, *, key: str) -> None:
    message = NewMessage(
        member_id=coupon.member_id,
        kind=kind,
        facts={"title": coupon.title, "store": dict(shops.store(session, store_id).name)},
        natural_key=f"{kind}:{coupon.id}:{key}",
    )
    tell(session, [message])
