"""Whom a till has before it: recognising guests by what they show, and enrolling them."""

from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.members import queries as member_queries
from backend.members import service as members
from backend.notifications import service as notifications
from backend.programmes import queries as programmes
from backend.programmes.engine.facts import StoreFacts
from backend.programmes.screening import screening_settings
from backend.referrals import service as referrals
from backend.referrals.codes import OwnCode, on_russian_keys
from backend.referrals.errors import UnknownReferralCode
from backend.referrals.terms import terms_of
from backend.rewards import using
from backend.rewards.order import Order
from backend.screening.account_pause import pause_of, why_paused
from backend.shared.clock import business_now
from backend.shops import queries as shops
from backend.staff.queries import Till
from backend.till.coupons import coupons_of
from backend.till.errors import UnknownCode
from backend.till.recommending import TILL_CHANNEL
from backend.till.standing import GuestStanding, standing_of

TillAnswer = dict[str, Any]


def scan(session: Session, code: str) -> TillAnswer:
    """Whose code this is: a member's (turning code, card number, phone), a coupon's, or a recommendation (link or its
    code).

    Raises:
        UnknownCode: nobody is known by it.
        CouponUsed, CouponExpired, CouponCancelled: it is a coupon that is over.
    """
    resolution = members.resolve_codes(session, [code])[0]
    if resolution is not None:
        return guest(session, resolution.member_id, fresh=resolution.fresh)
    coupon = using.usable(session, code)
    if coupon is not None:
        return guest(session, coupon.member_id, fresh=False, scanned=coupon)
    return _recommendation(session, code)


def guest(session: Session, member_id: UUID, *, fresh: bool, scanned: Order | None = None) -> TillAnswer:
    """A member as a till sees one. Only a fresh code of the phone lets spend, and only the points of the shop's own
    programme, unless the book is frozen. `scanned` is the coupon that the guest showed instead.
    """
    now = business_now()
    balance = ledger.balance(session, member_id)
    programme = programmes.main_programme(session, at=now)
    spendable = ledger.spendable(session, member_id, programme=programme.programme) if programme else None
    standing = standing_of(session, member_id, programme, at=now)
    pause = pause_of(session, member_id, screening_settings(programme))
    return {
        "kind": "member" if scanned is None else "coupon",
        "member": shown(session, member_id, standing),
        "referral": None,
        "coupons": coupons_of(session, member_id, fresh=fresh, scanned=scanned),
        "discount_basis_points": standing.discount_basis_points,
        "available": balance.available,
        "pending": balance.pending,
        "spendable_points": spendable or 0,
        "may_spend": fresh and spendable is not None and pause is None,
        "spending_paused_until": pause.until if pause else None,
        "fresh": fresh,
        "messages": [why_paused(pause, zone=shops.the_shop(session).zone)] if pause else [],
    }


def enrol(session: Session, till: Till, *, phone: str, referral_code: str | None) -> tuple[TillAnswer, bool]:
    """Makes a member of a guest without the app, or recognises one; whether the member is new.

    Whoever is new is asked by message to confirm, and is bound to whoever recommended the shop.

    Raises:
        Invalid: the phone is not one, or nobody has the referral code.
    """
    now = business_now()
    if referral_code is not None:
        referral_code = referrals.check_code(session, code_in(referral_code), at=now).code
    enrolment = members.enrol_by_phone(session, phone=phone, locale=shops.the_shop(session).locale, source="till")
    if enrolment.new:
        programme = programmes.main_programme(session, at=now)
        terms = terms_of(programme) if programme else None
        if referral_code is not None and terms is not None:
            referrals.bind(
                session,
                friend_id=enrolment.member_id,
                code=referral_code,
                channel=TILL_CHANNEL,
                at=now,
                terms=terms,
                store=_store_facts(session, till),
            )
        notifications.tell(
            session,
            [
                notifications.NewMessage(
                    member_id=enrolment.member_id,
                    kind="till_enrolled",
                    facts={"shop": shops.the_shop(session).name, "store": dict(till.store_name)},
                    natural_key=f"till_enrolled:{enrolment.member_id}",
                    channels=("sms",),
                )
            ],
        )
    return guest(session, enrolment.member_id, fresh=False), enrolment.new


def shown(session: Session, member_id: UUID, standing: GuestStanding) -> TillAnswer:
    """The member as a till may show them: no name in full, no number in full."""
    label = member_queries.labels(session, [member_id])[member_id]
    return {
        "id": member_id,
        "label": label.label,
        "card_masked": label.card_masked,
        "tier": standing.tier,
        "tier_title": standing.tier_title,
    }


def code_in(scanned: str) -> str:
    """The referral code in whatever was scanned: a link ends with it, anything else is taken as it is."""
    try:
        path = urlsplit(scanned).path if "/r/" in scanned else ""
    except ValueError:
        return scanned
    return unquote(path.rsplit("/r/", 1)[-1]).strip("/") if path else scanned


def _invitation(session: Session, scanned: str) -> OwnCode:
    """The invitation in what was scanned, or typed on Latin keys that a Russian code stands on."""
    for typed in (code_in(scanned), on_russian_keys(scanned)):
        with suppress(UnknownReferralCode):
            return referrals.check_code(session, typed, at=business_now())
    raise UnknownCode


def _recommendation(session: Session, scanned: str) -> TillAnswer:
    code = _invitation(session, scanned)
    label = member_queries.labels(session, [code.member_id])[code.member_id]
    return {
        "kind": "referral",
        "member": None,
        "referral": {"code": code.code, "label": label.first_name or label.label},
        "coupons": [],
        "discount_basis_points": 0,
        "available": 0,
        "pending": 0,
        "spendable_points": 0,
        "may_spend": False,
        "spending_paused_until": None,
        "fresh": False,
        "messages": [],
    }


def _store_facts(session: Session, till: Till) -> StoreFacts:
    store = shops.store(session, till.store_id)
    return StoreFacts(
        code=store.code, name=store.name, region=store.region or "", country=store.country or "", zone=store.zone
    )
