"""Staff for tests: Vera the cashier, Marat the marketer, Olga of support, a till key of a store."""

from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from backend.staff import service, sessions
from backend.staff.access import SESSION_COOKIE_KEY
from backend.staff.models import StaffMember
from backend.staff.roles import Role
from tests.factories.shops import a_store

WHO = "test"


def vera(session: Session, store_id: UUID | None = None) -> StaffMember:
    """Vera, cashier; without a store named, at Pokrovka 12."""
    store_id = store_id or a_store(session).id
    return service.create_staff_member(session, name="Vera", role=Role.CASHIER, store_id=store_id, who=WHO)


def marat(session: Session) -> StaffMember:
    """Marat, marketer."""
    return service.create_staff_member(session, name="Marat", role=Role.MARKETER, who=WHO)


def olga(session: Session) -> StaffMember:
    """Olga, support."""
    return service.create_staff_member(session, name="Olga", role=Role.SUPPORT, who=WHO)


def anna(session: Session) -> StaffMember:
    """Anna, administrator."""
    return service.create_staff_member(session, name="Anna", role=Role.ADMINISTRATOR, who=WHO)


def signed_in_cookie(app: Flask, session: Session, staff_id: UUID) -> str:
    """What the cookie `session` holds in a browser where this person is signed in."""
    text = sessions.open_page_session(session, staff_id=staff_id).session_text
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(signer.dumps({SESSION_COOKIE_KEY: text, "_permanent": True}))


def a_till_key(session: Session, store_id: UUID | None = None) -> str:
    """A working till key; without a store named, of Pokrovka 12."""
    return service.create_till_key(session, store_id=store_id or a_store(session).id, label="Till", who=WHO).text


def a_staff_token(session: Session, role: str) -> str:
    """A working staff token with this role."""
    return service.create_staff_token(session, role=Role(role), label=f"A program of the {role}", who=WHO).text


def bearer(credential: str) -> dict[str, str]:
    """The header that carries a till key or a staff token."""
    return {"Authorization": f"Bearer {credential}"}
