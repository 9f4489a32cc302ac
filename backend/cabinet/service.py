"""Signing in, which joins members with those who invited them, and what belongs to it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.members import queries as member_queries
from backend.members import service as members
from backend.members.errors import CodeNotSent
from backend.members.events import FurtherDeviceLinked, PhoneChanged
from backend.members.marks import note_joining
from backend.members.service import CODE_MINUTES, Address, CodeAccepted, ConsentChange, Profile, Tokens
from backend.notifications import service as notifications
from backend.programmes import queries as programmes
from backend.programmes.programme import Transfers
from backend.programmes.screening import screening_settings
from backend.referrals import codes
from backend.referrals import service as referrals
from backend.referrals.codes import NO_ORIGIN, Origin
from backend.referrals.errors import UnknownReferralCode
from backend.referrals.terms import ReferralTerms, terms_of
from backend.screening.account_pause import Pause, pause_of, record_change
from backend.screening.rules import RuleSetting
from backend.shared.clock import business_now
from backend.shared.errors import DomainError
from backend.shared.i18n import _, current_locale
from backend.shops.queries import the_shop
from backend.tiers import queries as tiers

# A phone that is switched off hears the warning when it comes back, within this time.
WARNING_KEPT = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A referral code that somebody came with, and how it reached them."""

    code: str
    channel: str
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A person who proved to have the phone or mailbox: their tokens, themselves, and whether they joined just now."""

    tokens: Tokens
    member: Profile
    joined: bool


@dataclass(frozen=True, kw_only=True)
class SpendingPause:
    """Why no points can be spent for now, and until when (system time), where that is known."""

    text: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ShopCard:
    """What anybody may know of the shop; `referral` is None where friends are not rewarded, `transfers` where members
    do not give each other points.
    """

    name: dict[str, str]
    accent: str | None
    spark: str | None
    zone: str
    locale: str
    currency: str | None
    referral: ReferralTerms | None
    transfers: Transfers | None


def read_invitation(text: str, *, channel: str | None = None, origin: Origin = NO_ORIGIN) -> Invitation:
    """A code as it was typed, or the link that it stands in, with what the link says of itself.

    `channel` and `origin` are what the app knows of a code that reached it without its link, as through the store.
    """
    parts = urlsplit(text) if "/r/" in text else None
    if parts is None:
        known = codes.CHANNEL_TYPED if channel is None else codes.read_channel(channel)
        return Invitation(code=text, channel=known, origin=origin)
    said = dict(parse_qsl(parts.query))
    return Invitation(
        code=unquote(parts.path.rpartition("/r/")[2].strip("/")),
        channel=codes.read_channel(said.get("c", channel)),
        origin=codes.read_origin(said) if said else origin,
    )


def request_code(
    session: Session, *, phone: str | None, email: str | None, network_address: str | None, locale: str | None
) -> None:
    """Sends a one-time code to a phone or a mailbox, whether or not it belongs to a member.

    `locale` None means the shop's own language. Where text messages are pumped, none is sent, and nobody is told so.

    Raises:
        Invalid: the phone or the e-mail address is not one, or codes are not sent there.
        TooMany: a limit is reached.
    """
    shop = the_shop(session)
    address = _address(phone, email, zone=shop.zone)
    try:
        issued = members.issue_code(
            session,
            address=address,
            network_address=network_address,
            home_region=members.home_region(shop.zone),
        )
    except CodeNotSent:
        return
    notifications.send_to_address(
        session,
        channel=issued.address.channel,
        address=issued.address.value,
        kind="sign_in_code",
        facts={"shop": shop.name, "code": issued.code, "minutes": CODE_MINUTES},
        locale=locale or shop.locale,
        expires_at=issued.expires_at,
    )


def sign_in(
    session: Session,
    *,
    phone: str | None,
    email: str | None,
    code: str,
    network_address: str | None,
    agent: str | None = None,
    invitation: Invitation | None = None,
    name: str | None = None,
    locale: str | None = None,
    consents: Sequence[ConsentChange] = (),
    source: str = "app",
) -> SignedIn | DomainError:
    """Signs a person in who has the code that was sent to them; whoever is new becomes a member.

    An invitation binds only somebody new. A wrong one-time code and an unknown invitation are returned, not raised: the
    count of wrong tries must be committed. The one-time code is used up only where the whole succeeds.

    Raises:
        Invalid: the phone or the e-mail address is not one.
        TooManyGuesses: too many guesses were wrong before.
    """
    shop = the_shop(session)
    address = _address(phone, email, zone=shop.zone)
    accepted = members.try_code(session, address=address, code=code, network_address=network_address)
    if not isinstance(accepted, CodeAccepted):
        return accepted
    is_new = members.member_of_address(session, address=address) is None
    if invitation is not None and is_new and (problem := _unknown(session, invitation)) is not None:
        members.note_failure(session, kind="referral_code", address=address, network_address=network_address)
        return problem
    members.spend_code(session, accepted)
    enrolment = members.enrol_by_address(
        session,
        address=address,
        locale=locale or shop.locale,
        zone=shop.zone,
        source=source,
        verified=True,
        name=name,
    )
    if enrolment.new:
        note_joining(session, member_id=enrolment.member_id, network_address=network_address, agent=agent)
    if invitation is not None and enrolment.new:
        _bind(session, friend_id=enrolment.member_id, invitation=invitation)
    members.record_consents(session, member_id=enrolment.member_id, changes=consents, network_address=network_address)
    return SignedIn(
        tokens=members.open_family(session, member_id=enrolment.member_id, network_address=network_address),
        member=members.profile(session, member_id=enrolment.member_id),
        joined=enrolment.new,
    )


def shop_card(session: Session, *, at: datetime) -> ShopCard:
    """The shop as anybody may see it, with the terms of inviting at this moment.

    Raises:
        ShopNotOpened: there is none yet.
    """
    shop = the_shop(session)
    programme = programmes.main_programme(session, at=at)
    return ShopCard(
        name=dict(shop.name),
        accent=shop.accent,
        spark=shop.spark,
        zone=shop.zone,
        locale=shop.locale,
        currency=programme.currency if programme else None,
        referral=terms_of(programme) if programme else None,
        transfers=next((one.transfers for one in programmes.in_force(session, at=at) if one.transfers), None),
    )


def spending_pause(session: Session, member_id: UUID, *, at: datetime) -> SpendingPause | None:
    """Why a member cannot spend points for now, in the caller's language; None where they can."""
    if ledger.is_frozen(session, member_id):
        return SpendingPause(text=_("The shop is checking your points. New ones still come, none can be spent yet."))
    programme = programmes.main_programme(session, at=at)
    pause = pause_of(session, member_id, screening_settings(programme)) if programme else None
    return SpendingPause(text=pause.reason, until=pause.until) if pause else None


def tier(session: Session, member_id: UUID, *, at: datetime) -> dict[str, Any] | None:
    """Where a member stands in the shop's programme, in the caller's language; None where it has no tiers."""
    programme = programmes.main_programme(session, at=at)
    if programme is None or programme.tiers is None:
        return None
    found = tiers.standing(session, member_id, programme=programme, at=at)
    if found is None:
        return None
    locale = current_locale()
    return asdict(found) | {
        "title": found.title and found.title[locale],
        "next_title": found.next_title and found.next_title[locale],
        "benefits": [benefit[locale] for benefit in found.benefits],
        "measure": programme.tiers.measure,
        "currency": programme.currency,
    }


def tell_of_further_device(session: Session, event: FurtherDeviceLinked) -> None:
    """Warns the member, where they were known before, of the device that came now; keeps what the rule says of it."""
    pause, device_ids = None, member_queries.push_device_ids(session, [event.member_id])
    if event.change is not None:
        pause = record_change(session, event.member_id, event.change.kind, _screening(session))
    message = notifications.NewMessage(
        member_id=event.member_id,
        kind="further_device_paused" if pause else "further_device",
        facts=_facts_of(pause),
        natural_key=f"further_device:{event.member_id}:{event.linked_at.isoformat()}",
        channels=("push",) if device_ids or event.change is None else ("sms",),
    )
    notifications.tell(session, [message], device_ids=device_ids)


def tell_of_changed_phone(session: Session, event: PhoneChanged) -> None:
    """Warns the phone that the member had before, and the member's devices; keeps what the rule says of it."""
    pause = record_change(session, event.member_id, event.change.kind, _screening(session))
    kind = "phone_changed_paused" if pause else "phone_changed"
    facts = _facts_of(pause) | {"shop": the_shop(session).name}
    message = notifications.NewMessage(
        member_id=event.member_id, kind=kind, facts=facts, natural_key=f"phone_changed:{event.change.id}"
    )
    notifications.tell(session, [message])
    notifications.send_to_address(
        session,
        channel="sms",
        address=event.phone_before,
        kind=kind,
        facts=facts,
        locale=the_shop(session).locale,
        expires_at=event.change.at + WARNING_KEPT,
    )


def _screening(session: Session) -> Mapping[str, RuleSetting]:
    return screening_settings(programmes.main_programme(session, at=business_now()))


def _facts_of(pause: Pause | None) -> dict[str, Any]:
    return {"until": pause.until.isoformat()} if pause else {}


def _address(phone: str | None, email: str | None, *, zone: str) -> Address:
    if phone is not None:
        return members.parse_phone(phone, region=members.home_region(zone))
    return members.parse_email(email or "")


def _unknown(session: Session, invitation: Invitation) -> DomainError | None:
    try:
        referrals.check_code(session, invitation.code, at=business_now())
    except UnknownReferralCode:
        return UnknownReferralCode(errors={"referral_code": [UnknownReferralCode.title]})
    return None


def _bind(session: Session, *, friend_id: UUID, invitation: Invitation) -> None:
    now = business_now()
    programme = programmes.main_programme(session, at=now)
    terms = terms_of(programme) if programme else None
    if terms is None:
        return
    facts: dict[str, Any] = {"code": invitation.code, "channel": invitation.channel, "origin": invitation.origin}
    referrals.bind(session, friend_id=friend_id, at=now, terms=terms, **facts)
