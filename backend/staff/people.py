"""Reading accounts for the console: who works here, how each signs in, and when last."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.shops import queries as shops
from backend.staff import queries
from backend.staff.models import PageSession, Passkey, StaffMember


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as an administrator sees it."""

    id: UUID
    name: str
    login: str | None
    role: str
    store_id: UUID | None
    store_name: dict[str, str] | None
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_app: bool
    passkeys: int
    signed_in_at: datetime | None

    @property
    def state(self) -> str:
        """`disabled`, `waiting` (nothing is set up yet), or `working`."""
        if self.disabled_at is not None:
            return "disabled"
        return "working" if self.has_password else "waiting"


def accounts(session: Session, *, staff_id: UUID | None = None) -> list[Account]:
    """All accounts (or the one with this id): those that work by name, the disabled ones after them."""
    chosen = select(StaffMember).order_by(StaffMember.disabled_at.is_not(None), StaffMember.name, StaffMember.id)
    if staff_id is not None:
        chosen = chosen.where(StaffMember.id == queries.staff_member(session, staff_id).id)
    counted = select(Passkey.staff_id, func.count()).group_by(Passkey.staff_id)
    keys = {row[0]: row[1] for row in session.execute(counted)}
    last = select(PageSession.staff_id, func.max(PageSession.created_at)).group_by(PageSession.staff_id)
    signed_in = {row[0]: row[1] for row in session.execute(last)}
    names = {store.id: store.name for store in shops.stores(session)}
    return [
        Account(
            id=one.id,
            name=one.name,
            login=one.login,
            role=one.role,
            store_id=one.store_id,
            store_name=names.get(one.store_id) if one.store_id else None,
            created_at=one.created_at,
            disabled_at=one.disabled_at,
            has_password=one.password_hash is not None,
            has_app=one.totp_ciphertext is not None,
            passkeys=keys.get(one.id, 0),
            signed_in_at=signed_in.get(one.id),
        )
        for one in session.scalars(chosen)
    ]
