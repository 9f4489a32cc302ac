"""Members for tests: Alice the advocate, Boris the friend, and anybody; their tokens, codes and phones."""

from collections.abc import Sequence
from itertools import count
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.members import service
from backend.members.addresses import Address
from backend.members.consents import ConsentChange
from backend.members.models import Member
from tests.factories.shops import a_shop

ALICE_PHONE = "+79123456789"
BORIS_PHONE = "+79261112233"
NETWORK = "203.0.113.7"

_numbers = count(1)


def member(
    session: Session,
    *,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    locale: str = "en",
    zone: str = "Europe/Moscow",
) -> Member:
    """A member who joined by phone, or by an e-mail address where one is given; else by any phone."""
    a_shop(session)
    enrolment = service.enrol_by_address(
        session,
        address=service.parse_email(email) if email else phone_address(phone or f"+7903{next(_numbers):07d}"),
        locale=locale,
        zone=zone,
        source="app",
        verified=True,
        name=name,
    )
    return session.scalars(select(Member).where(Member.id == enrolment.member_id)).one()


def alice(session: Session) -> Member:
    """Alice, who recommends; she reads English."""
    return member(session, name="Alice Kovaleva", phone=ALICE_PHONE)


def boris(session: Session) -> Member:
    """Boris, her friend; he reads Russian."""
    return member(session, name="Борис", phone=BORIS_PHONE, locale="ru")


def phone_address(phone: str) -> Address:
    """A phone as a Russian shop reads it."""
    return service.parse_phone(phone, region="RU")


def headers_of(session: Session, member_id: UUID) -> dict[str, str]:
    """The header of a fresh sign-in of the member."""
    tokens = service.open_family(session, member_id=member_id)
    return {"Authorization": f"Bearer {tokens.access_token}"}


def code_for(session: Session, phone: str) -> str:
    """A one-time code that was just sent to this phone."""
    issued = service.issue_code(session, address=phone_address(phone), network_address=NETWORK, home_region="RU")
    return issued.code


def consents_to(session: Session, member_id: UUID, *, channels: Sequence[str] = ("push",), given: bool = True) -> None:
    """The member's word on offers, in these channels."""
    changes = [ConsentChange(purpose="marketing", channel=channel, given=given) for channel in channels]
    service.record_consents(session, member_id=member_id, changes=changes, network_address=NETWORK)
