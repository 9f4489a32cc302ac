"""Coupons as rewards: given through whoever keeps the catalogue, or their points instead where there is none left."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme
from backend.referrals.events import CouponDue, CouponsDue, CouponsWithdrawn
from backend.referrals.plans import natural_key
from backend.referrals.rewarding import NewReward
from backend.shared.events import publish

Instead = Callable[[NewReward, Programme], bool]


def give_coupons(session: Session, rows: Sequence[tuple[NewReward, Programme]], *, instead: Instead) -> bool:
    """Has the coupons of these rows given; whether any row has points instead, which the caller then writes. `instead`
    enters a row's points where there is no coupon left.
    """
    items = [
        CouponDue(
            member_id=row.member_id,
            programme=terms,
            coupon=row.facts["coupon"],
            # One that was withdrawn before is given a second time.
            natural_key=natural_key(row.referral_id, (row.reward, row.side), row.occurrence)
            + (":again" if row.order_id else ""),
            at=row.at,
        )
        for row, terms in rows
    ]
    if not items:
        return False
    publish(session, CouponsDue(tuple(items)))
    any_points = False
    for (row, terms), item in zip(rows, items, strict=True):
        row.order_id = item.order_id
        if item.order_id is not None:
            row.state, row.points = "given", None
        elif row.points is not None and instead(row, terms):
            row.state, any_points = "given", True
        else:
            row.state, row.points = "not_given", None
    return any_points


def withdraw_coupons(session: Session, order_ids: Sequence[UUID]) -> None:
    """Has coupons taken back that were given for nothing, as far as nobody has used them."""
    if order_ids:
        publish(session, CouponsWithdrawn(tuple(order_ids)))
