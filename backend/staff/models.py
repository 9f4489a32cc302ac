"""The tables of staff: accounts and their factors, keys of tills, tokens, ways in, page sessions, audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base
from backend.shared.ids import new_id
from backend.staff.roles import Role
from backend.staff.stages import Stage

ROLES = ", ".join(f"'{role}'" for role in Role)
STAGES = ", ".join(f"'{stage}'" for stage in Stage)


class StaffMember(Base):
    """Somebody who works here. Nobody is ever deleted: the audit log names them."""

    __tablename__ = "staff_members"
    __table_args__ = (
        CheckConstraint(f"role IN ({ROLES})", name="role"),
        CheckConstraint("role NOT IN ('cashier', 'store_manager') OR store_id IS NOT NULL", name="store"),
        # Whose card a receipt's buyer shows: asked at every receipt where it matters.
        Index("ix_staff_members_member_id", "member_id", postgresql_where=text("member_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    login: Mapped[str | None] = mapped_column(unique=True)
    """An e-mail address or a name of their own, in small letters; None until they or an administrator give it."""
    role: Mapped[str]
    store_id: Mapped[UUID | None] = mapped_column(ForeignKey("stores.id"))
    locale: Mapped[str]
    password_hash: Mapped[str | None]
    totp_ciphertext: Mapped[bytes | None]
    """The secret of the authenticator app, encrypted for this row."""
    totp_step_last: Mapped[int | None]
    """The time step of the last code that was taken: no code counts twice, and none older than it."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    """Their own card as a guest: while they stand at the till it earns nothing."""


class Passkey(Base):
    """A passkey of somebody of the staff: the public half of a key that their device or security key holds."""

    __tablename__ = "staff_passkeys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    signatures: Mapped[int]
    """How often it has signed, as it says itself; a smaller number than before betrays a copy."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that takes the place of the second factor, once."""

    __tablename__ = "staff_recovery_codes"
    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class TillKey(Base):
    """A till's key to one store; several are live at once while one replaces another."""

    __tablename__ = "till_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
    label: Mapped[str]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("till_keys.id"))
    """The key whose place it takes; both live until the older one is revoked."""
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """To within ten minutes: a busy till's requests do not write."""
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
    """A link that lets somebody of the staff set a password and a second factor, once."""

    __tablename__ = "staff_sign_in_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Entry(Base):
    """Somebody on the way in, by a link or by a password, until the second factor is proven and a session opens.

    What a link lets set up waits here, so that an account has a password and a factor together, or neither.
    """

    __tablename__ = "staff_entries"
    __table_args__ = (CheckConstraint(f"stage IN ({STAGES})", name="stage"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    stage: Mapped[str]
    login: Mapped[str | None]
    password_hash: Mapped[str | None]
    totp_ciphertext: Mapped[bytes | None]
    challenge: Mapped[bytes | None]
    challenge_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A wrong password or factor, counted to limit tries; whom and from where are known as keyed hashes alone."""

    __tablename__ = "staff_sign_in_failures"
    __table_args__ = (
        Index("ix_staff_sign_in_failures_account", "account_hmac", "failed_at"),
        Index("ix_staff_sign_in_failures_network", "network_hmac", "failed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    account_hmac: Mapped[bytes]
    network_hmac: Mapped[bytes]
    failed_at: Mapped[datetime]


class PageSession(Base):
    """A browser that somebody of the staff signed in with."""

    __tablename__ = "staff_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    totp_ciphertext: Mapped[bytes | None]
    """The secret of an authenticator app that is to replace the present one, until it has shown a code."""
    challenge: Mapped[bytes | None]
    challenge_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    """To within a minute: when its pages were last asked for."""
    fresh_until: Mapped[datetime]
    """Until then dangerous acts need no new proof of the second factor."""
    ended_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One thing that was done by staff or by a command; a trigger refuses to change or to delete it."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_subject", "subject", "at"),
        # What is not sealed yet is looked for among the latest.
        Index("ix_audit_log_at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    who: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None]


class AuditSeal(Base):
    """An entry's place in the chain of the audit log: its hash covers the entry and the seal before it."""

    __tablename__ = "audit_log_seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_log.id"), unique=True)
    chain_hash: Mapped[bytes]
