"""What lies behind the landing page: whose invitation counts, sending the one-time code, taking it, and the words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import phonenumbers
from flask import request
from marshmallow import ValidationError
from phonenumbers import PhoneNumberFormat
from sqlalchemy.orm import Session

from backend.cabinet import landing_cookies as cookies
from backend.cabinet import service
from backend.cabinet.landing_cookies import Joining, Visit
from backend.cabinet.service import Invitation, SignedIn
from backend.members import queries as members
from backend.members.errors import CodeJustSent
from backend.members.schemas import name_field
from backend.members.service import CONSENT_TEXTS, ConsentChange, home_region
from backend.programmes import queries as programmes
from backend.programmes.programme import Programme
from backend.referrals import service as referrals
from backend.referrals.codes import NO_ORIGIN, Origin
from backend.referrals.errors import UnknownReferralCode
from backend.referrals.terms import ReferralTerms, terms_of
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import _, current_locale
from backend.shared.problems import problem_of
from backend.shops.queries import the_shop

Errors = dict[str, str]
"""A text by field; under "" what concerns no field."""

MARKETING = "marketing"
OFFER_CHANNELS = tuple(channel for purpose, channel in CONSENT_TEXTS if purpose == MARKETING)
PERSONAL_DATA = next(pair for pair in CONSENT_TEXTS if pair[0] == "personal_data")
# Where no programme says it.
WINDOW_DEFAULT = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Inviter:
    """Whose invitation counts for this browser: the code, the channel, the first name if there is one."""

    code: str
    channel: str
    first_name: str | None
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the landing page shows besides what was typed."""

    programme: Programme | None
    terms: ReferralTerms | None
    inviter: Inviter | None = None
    unknown: bool = False
    another_first: bool = False

    @property
    def window(self) -> timedelta:
        """For how long a visit counts."""
        return timedelta(days=self.terms.attribution_days) if self.terms else WINDOW_DEFAULT


def terms_in_force(session: Session) -> tuple[Programme | None, ReferralTerms | None]:
    """The shop's own programme and its terms for inviting, as of now."""
    programme = programmes.main_programme(session, at=business_now())
    return programme, terms_of(programme) if programme else None


def page_of_visits(session: Session, visits: Sequence[Visit], *, opened: str | None = None) -> Page:
    """The page for a browser with these visits, of which `opened` is the one just made."""
    programme, terms = terms_in_force(session)
    page = Page(programme=programme, terms=terms)
    live = cookies.counting(visits, at=business_now(), window=page.window, first_wins=first_wins(terms))
    for visit in live:
        try:
            owner = referrals.check_code(session, visit.code, at=business_now())
        except UnknownReferralCode:
            continue
        first_name = members.labels(session, [owner.member_id])[owner.member_id].first_name
        inviter = Inviter(code=owner.code, channel=visit.channel, first_name=first_name, origin=visit.origin)
        another_first = opened not in {None, owner.code}
        return Page(programme=programme, terms=terms, inviter=inviter, another_first=another_first)
    return page


def first_wins(terms: ReferralTerms | None) -> bool:
    """Whether of several visits the first counts."""
    return terms is None or terms.first_visit_wins


def typed_invitation(typed: str, page: Page) -> Invitation | None:
    """The invitation to join by: a typed code goes before the visit that the browser remembers.

    Raises:
        UnknownReferralCode: what was typed is no code.
    """
    if typed.strip():
        invitation = service.read_invitation(typed.strip())
        owner = run_transaction(lambda session: referrals.check_code(session, invitation.code, at=business_now()))
        return replace(invitation, code=owner.code)
    inviter = page.inviter
    return Invitation(code=inviter.code, channel=inviter.channel, origin=inviter.origin) if inviter else None


def missing(form: Mapping[str, str], kind: str) -> Errors:
    """What the first form lacks."""
    errors = {}
    if not form.get(kind, "").strip():
        errors[kind] = _("Enter your phone.") if kind == "phone" else _("Enter your e-mail address.")
    if not form.get("rules"):
        errors["rules"] = _("The card works by these rules.")
    if not form.get("data"):
        errors["data"] = _("Without it there is nowhere to keep your points.")
    return errors


def send_code(kind: str, address: str) -> DomainError | None:
    """Sends the one-time code; what stands in the way, if anything."""
    try:
        run_transaction(
            lambda session: service.request_code(
                session,
                phone=address if kind == "phone" else None,
                email=address if kind == "email" else None,
                network_address=request.remote_addr,
                locale=current_locale(),
            )
        )
    except DomainError as error:
        return error
    return None


def begin(kind: str, address: str) -> Errors:
    """Sends the first code. One that is on its way already is as good: the person came back to the form."""
    problem = send_code(kind, address)
    return {} if problem is None or isinstance(problem, CodeJustSent) else texts_of(problem)


def sign_in(joining: Joining, *, code: str, name: str) -> SignedIn | DomainError:
    """Takes the one-time code. An invitation that has ended meanwhile keeps nobody from joining."""
    invitation = Invitation(code=joining.code, channel=joining.channel, origin=joining.origin) if joining.code else None
    signed_in = _sign_in(joining, code=code, name=name, invitation=invitation)
    if isinstance(signed_in, UnknownReferralCode):
        signed_in = _sign_in(joining, code=code, name=name, invitation=None)
    return signed_in


def _sign_in(joining: Joining, *, code: str, name: str, invitation: Invitation | None) -> SignedIn | DomainError:
    pairs = [(MARKETING, channel) for channel in joining.offers if channel in OFFER_CHANNELS]
    consents = [
        ConsentChange(purpose=purpose, channel=channel, given=True) for purpose, channel in (PERSONAL_DATA, *pairs)
    ]
    try:
        return run_transaction(
            lambda session: service.sign_in(
                session,
                phone=joining.address if joining.kind == "phone" else None,
                email=joining.address if joining.kind == "email" else None,
                code=code,
                network_address=request.remote_addr,
                agent=request.user_agent.string,
                invitation=invitation,
                name=name or None,
                locale=current_locale(),
                consents=consents,
                source="web",
            )
        )
    except DomainError as error:
        return error


def name_error(name: str) -> Errors:
    """What is wrong with a name, if anything; none is fine."""
    try:
        name_field().deserialize(name or "-")
    except ValidationError as error:
        return {"name": " ".join(_(str(text)) for text in error.messages)}
    return {}


def code_error(code: str) -> Errors:
    """What is wrong with a one-time code before it is tried."""
    return {} if code else {"code": _("Enter the code from the message.")}


def texts_of(problem: DomainError) -> Errors:
    """A problem's texts by field; under "" where no field is to blame."""
    if problem.errors:
        return {field: " ".join(str(text) for text in texts) for field, texts in problem.errors.items()}
    told = problem_of(problem)
    return {"": " ".join([f"{told['title']}.".replace("..", "."), told.get("detail", "")]).strip()}


def offers() -> list[tuple[str, str]]:
    """The channels in which offers may come, and the words that end "Tell me about offers"."""
    short = {"push": _("In the app, by notification"), "email": _("By e-mail"), "sms": _("By SMS")}
    return [(channel, short.get(channel) or _(CONSENT_TEXTS[(MARKETING, channel)])) for channel in OFFER_CHANNELS]


def shown_address(joining: Joining) -> str:
    """The address as its owner checks it: `+7 912 345-67-89`."""
    if joining.kind == "email":
        return joining.address
    try:
        number = phonenumbers.parse(joining.address, run_transaction(_home_region))
    except phonenumbers.NumberParseException:
        return joining.address
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _home_region(session: Session) -> str:
    return home_region(the_shop(session).zone)


def personal_data_words() -> str:
    """The words of the consent without which there is no card."""
    return str(_(CONSENT_TEXTS[PERSONAL_DATA]))
