"""The tables of staff: accounts, keys of tills, tokens, sign-in links, page sessions, audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base
from backend.shared.ids import new_id
from backend.staff.roles import Role

ROLES = ", ".join(f"'{role}'" for role in Role)


class StaffMember(Base):
    """Somebody who works here. Nobody is ever deleted: the audit log names them."""

    __tablename__ = "staff_members"
    __table_args__ = (
        CheckConstraint(f"role IN ({ROLES})", name="role"),
        CheckConstraint("role NOT IN ('cashier', 'store_manager') OR store_id IS NOT NULL", name="store"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    role: Mapped[str]
    store_id: Mapped[UUID | None] = mapped_column(ForeignKey("stores.id"))
    locale: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class TillKey(Base):
    """A till's key to one store; several are live at once while one replaces another."""

    __tablename__ = "till_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    label: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class StaffToken(Base):
    """A program's token with one role."""

    __tablename__ = "staff_tokens"
    __table_args__ = (CheckConstraint(f"role IN ({ROLES})", name="role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    role: Mapped[str]
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInLink(Base):
    """A link that signs somebody of the staff in, once."""

    __tablename__ = "staff_sign_in_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PageSession(Base):
    """A browser that somebody of the staff signed in with."""

    __tablename__ = "staff_sessions"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One thing that was done by staff or by a command; a trigger refuses to change or to delete it."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_subject", "subject", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    who: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None]
