"""Referrals for tests: the demo programme's terms, codes, and friends who joined by them."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.members import service as members
from backend.members.devices import register_device
from backend.notifications.queries import names_in
from backend.referrals import queries, service
from backend.referrals.facts import OpenReferral, QualificationFacts
from backend.referrals.models import Referral
from backend.referrals.qualification import Candidate, Decision, decide
from backend.referrals.rules import RULES
from backend.referrals.terms import ReferralTerms
from backend.screening.rules import RuleSetting
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.shared.wording import Reader, render_body, render_title
from tests.factories.shops import a_shop

_numbers = count(1)
CAST_PHONES = {"Alice": "+79162044120", "Boris": "+79162044121", "Dasha": "+79162044122", "Ivan": "+79162044123"}
ALL_ACTIVE = {rule.name: RuleSetting(mode="active") for rule, _ in RULES}


def demo_terms(**changes: Any) -> ReferralTerms:
    """The demo programme's terms: 200 points to each side for a first receipt of 500 roubles, at most 10 in 30 days."""
    terms: dict[str, Any] = {
        "minimum_amount_minor": 50_000,
        "currency": "RUB",
        "advocate_points": 200,
        "friend_points": 200,
        "pending_days": 14,
        "cap_friends": 10,
        "cap_window_days": 30,
        "screening": ALL_ACTIVE,
    }
    return ReferralTerms(**(terms | changes))


def in_shadow(rule: str, **changes: Any) -> ReferralTerms:
    """The demo programme's terms with one rule that watches and does nothing."""
    return demo_terms(screening=ALL_ACTIVE | {rule: RuleSetting(mode="shadow")}, **changes)


def blameless(**facts: Any) -> QualificationFacts:
    """The facts of two people who have nothing in common but the invitation."""
    return QualificationFacts(**({"rewards_in_cap_window": 0} | facts))


def an_open_referral(*, advocate_id: UUID | None = None, friend_id: UUID | None = None) -> OpenReferral:
    """A referral that nobody stored, for the pure functions."""
    return OpenReferral(
        id=new_id(),
        advocate_id=advocate_id or new_id(),
        friend_id=friend_id or new_id(),
        joined_at=datetime.fromisoformat("2026-11-22T09:31:00+00:00"),
    )


def bound(
    session: Session, *, advocate_id: UUID, friend_id: UUID, terms: ReferralTerms | None = None, channel: str = "qr"
) -> Referral:
    """The referral of a friend who joined by the advocate's code now."""
    now = business_now()
    code = service.own_code(session, member_id=advocate_id, at=now - timedelta(days=1))
    bound_id = service.bind(
        session, friend_id=friend_id, code=code, channel=channel, at=now, terms=terms or demo_terms()
    )
    assert bound_id is not None
    referral = queries.referral_of_friend(session, friend_id)
    assert referral is not None
    return referral


def buys(
    session: Session, friend_id: UUID, *, amount_minor: int = 50_000, terms: ReferralTerms | None = None
) -> Decision | None:
    """The friend buys for this amount now, as a till would record it; what was decided, if anything."""
    terms, now = terms or demo_terms(), business_now()
    open_referrals = queries.open_for_friends(session, [friend_id])
    facts = service.gather(session, open_referrals.values(), at=now, terms=terms)
    candidates = [
        Candidate(referral=referral, receipt_id=new_id(), receipt_amount_minor=amount_minor, at=now)
        for referral in open_referrals.values()
    ]
    decisions = decide(candidates, facts, terms=terms)
    service.record_decisions(session, decisions, at=now, terms=terms)
    session.expire_all()
    return decisions[0] if decisions else None


def joins(session: Session, name: str | None = None, *, email: str | None = None, phone: str | None = None) -> UUID:
    """Somebody becomes a member now, by phone unless only an e-mail address is given; one of the cast, or anybody."""
    a_shop(session)
    if email is not None:
        address = members.parse_email(email)
    else:
        phone = phone or CAST_PHONES.get(name or "") or f"+7926{next(_numbers):07d}"
        address = members.parse_phone(phone, region="RU")
    enrolment = members.enrol_by_address(
        session, address=address, locale="en", zone="Europe/Moscow", source="web", verified=True, name=name
    )
    assert enrolment.new
    return enrolment.member_id


def uses_device(session: Session, member_id: UUID, install_id: str) -> None:
    """The member's app is opened on this installation now."""
    register_device(
        session, member_id=member_id, install_id=install_id, platform="android", push_token=None, app_version=None
    )


def told(session: Session, member_id: UUID) -> list[tuple[str, str]]:
    """Title and body of all that the member was told, in English, in order."""
    rows = session.execute(
        text("SELECT kind, facts FROM messages WHERE member_id = :member_id ORDER BY created_at, id"),
        {"member_id": member_id},
    ).all()
    reader, names = Reader("en", "Europe/Moscow"), names_in(session, [(kind, facts) for kind, facts in rows])
    return [(render_title(kind, facts, reader, names), render_body(kind, facts, reader, names)) for kind, facts in rows]
