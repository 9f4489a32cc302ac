"""Coupons at the till: what a guest has to show, what a scanned one is, and handing it over once.

A coupon's code is told only to a till that has seen a fresh code of the guest's phone, or the coupon itself: whoever
knows somebody's phone number must not be handed that person's coupons.
"""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as member_queries
from backend.receipts import queries as receipts
from backend.rewards import queries as rewards
from backend.rewards import using
from backend.rewards.order import Order
from backend.shared import pages
from backend.shared.clock import business_now
from backend.shared.formatting import date as written_date
from backend.shared.formatting import day_in, money, percent
from backend.shared.i18n import _, current_locale
from backend.shops.queries import the_shop
from backend.staff.queries import Till
from backend.till.errors import ReceiptReturned

CouponAnswer = dict[str, Any]

DRAWN = frozenset((Path(pages.__file__).parent / "icons.txt").read_text(encoding="utf-8").split())
ICONS = {"discount_coupon": "rosette-discount", "money_off": "rosette-discount", "goods": "gift", "gift_card": "gift"}


def coupons_of(session: Session, member_id: UUID, *, fresh: bool, scanned: Order | None = None) -> list[CouponAnswer]:
    """A guest's coupons, the one that was scanned first; with their codes where they may be handed over."""
    coupons = rewards.coupons_of(session, member_id, at=business_now())
    if scanned is not None:
        coupons = [scanned, *(coupon for coupon in coupons if coupon.id != scanned.id)]
    today = _today(session)
    return [
        _answer(coupon, today, with_code=fresh or (scanned is not None and coupon.id == scanned.id))
        for coupon in coupons
    ]


def use(
    session: Session, till: Till, *, code: str, external_id: str | None, amount: int | None
) -> tuple[CouponAnswer, bool]:
    """Hands a coupon over; what the till is told, and whether it was handed over before for the same receipt.

    Raises:
        ReceiptReturned: the receipt has come back, as after an undo that was faster.
        DomainError: nobody has this code, or the coupon is over (see `rewards.using.use`).
    """
    # Looked at first: an undo holds the receipt, and then its coupons.
    is_over = external_id is not None and receipts.is_wholly_returned(
        session, store_id=till.store_id, external_id=external_id
    )
    used, repeated = using.use(session, code=code, store_id=till.store_id, receipt=external_id, amount_minor=amount)
    if is_over and not repeated:
        raise ReceiptReturned
    label = member_queries.labels(session, [used.member_id])[used.member_id]
    answer = {
        "coupon": _answer(used, _today(session), with_code=True),
        "member": {"id": used.member_id, "label": label.label, "card_masked": label.card_masked},
        "messages": [_to_do(used)],
    }
    return answer, repeated


def _answer(coupon: Order, today: date, *, with_code: bool) -> CouponAnswer:
    terms = coupon.terms
    return {
        "id": coupon.id,
        "reward_id": coupon.reward_id,
        "kind": coupon.kind,
        "title": _words(coupon.title),
        "note": _note(coupon, today),
        "icon": terms["icon"] if terms["icon"] in DRAWN else ICONS.get(coupon.kind, "ticket"),
        "code": coupon.code if with_code else None,
        "state": coupon.state,
        "valid_until": coupon.valid_until,
        "currency": terms["currency"],
        "amount": terms["amount_minor"],
        "rate_basis_points": terms["rate_basis_points"],
        "minimum_receipt": terms["minimum_receipt_minor"],
    }


def _note(coupon: Order, today: date) -> str:
    """What stands under the title: from which purchase on it is good, and until when."""
    locale, terms = current_locale(), coupon.terms
    parts = []
    if terms["minimum_receipt_minor"]:
        least = money(terms["minimum_receipt_minor"], terms["currency"], locale=locale)
        parts.append(_("from %(amount)s", amount=least))
    if coupon.valid_until is None:
        parts.append(_("coupon"))
    else:
        parts.append(_("coupon until %(day)s", day=written_date(coupon.valid_until, locale=locale, today=today)))
    return ", ".join(parts)


def _today(session: Session) -> date:
    return day_in(business_now(), the_shop(session).zone)


def _to_do(used: Order) -> str:
    """What the cashier does now."""
    locale, terms = current_locale(), used.terms
    if terms["rate_basis_points"]:
        return str(_("Take %(share)s off the receipt.", share=percent(terms["rate_basis_points"], locale=locale)))
    if terms["amount_minor"]:
        worth = money(terms["amount_minor"], terms["currency"], locale=locale)
        return str(_("Take %(amount)s off the receipt.", amount=worth))
    return str(_("Hand it to the guest."))


def _words(title: dict[str, str]) -> str:
    return title.get(current_locale()) or title["en"]
