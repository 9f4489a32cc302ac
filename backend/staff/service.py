"""Accounts, keys, tokens, sign-in links and page sessions: made, ended, and each act written to the audit log.

Times are system time: the demo clock ends no session. `who` is whoever acts, as the audit log names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff import queries
from backend.staff.credentials import new_credential, read_credential
from backend.staff.errors import (
    NameNeeded,
    SignInLinkRefused,
    StoreNeeded,
    UnknownStaffToken,
    UnknownTillKey,
)
from backend.staff.models import AuditEntry, PageSession, SignInLink, StaffMember, StaffToken, TillKey
from backend.staff.roles import TILL_ROLES, Role

NAME_LENGTH_MAXIMUM = 100
LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=7)
TOKEN_LIFE_DAYS = 90


@dataclass(frozen=True)
class Issued:
    """Something secret that is told once: `text` is what its holder keeps; only its hash stays here."""

    prefix: str
    text: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class SignedIn:
    """A browser that has just signed in."""

    session_text: str = field(repr=False)
    staff_id: UUID
    role: Role
    locale: str


def audit(
    session: Session,
    *,
    who: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Writes one entry of the audit log, in the transaction of the act itself; no personal data of members."""
    session.add(
        AuditEntry(
            at=system_now(),
            who=who,
            action=action,
            subject=subject,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            reason=reason,
        )
    )


def create_staff_member(
    session: Session, *, name: str, role: Role, who: str, store_id: UUID | None = None, locale: str = "ru"
) -> StaffMember:
    """A new account.

    Raises:
        NameNeeded: the name is empty or longer than 100 characters.
        StoreNeeded: cashiers and store managers belong to a store.
    """
    member = StaffMember(
        name=_name(name), role=role, store_id=store_id, locale=locale, created_at=system_now(), disabled_at=None
    )
    _check_store(role, store_id)
    session.add(member)
    session.flush()
    after = {"name": member.name, "role": role, "store_id": str(store_id) if store_id else None}
    audit(session, who=who, action="create", subject=f"staff_member:{member.id}", after=after)
    return member


def change_role(session: Session, *, staff_id: UUID, role: Role, who: str, store_id: UUID | None = None) -> StaffMember:
    """Gives an account another role (and store); it counts from the person's next request on.

    Raises:
        UnknownStaffMember: there is no such account.
        StoreNeeded: cashiers and store managers belong to a store.
    """
    member = queries.staff_member(session, staff_id)
    store_id = store_id or member.store_id
    _check_store(role, store_id)
    before = {"role": member.role, "store_id": str(member.store_id) if member.store_id else None}
    member.role, member.store_id = role, store_id
    after = {"role": role, "store_id": str(store_id) if store_id else None}
    audit(session, who=who, action="change_role", subject=f"staff_member:{staff_id}", before=before, after=after)
    session.flush()
    return member


def disable_staff_member(session: Session, *, staff_id: UUID, who: str, reason: str | None = None) -> None:
    """Ends an account for good: its sessions are over from their next request on, its links sign nobody in.

    Raises:
        UnknownStaffMember: there is no such account.
    """
    member = queries.staff_member(session, staff_id)
    if member.disabled_at is not None:
        return
    member.disabled_at = system_now()
    audit(session, who=who, action="disable", subject=f"staff_member:{staff_id}", reason=reason)
    session.flush()


def create_till_key(session: Session, *, store_id: UUID, label: str, who: str) -> Issued:
    """Another key for the store's tills; earlier ones stay valid until they are revoked.

    Raises:
        NameNeeded: the label is empty or longer than 100 characters.
    """
    credential = new_credential("till")
    key = TillKey(
        prefix=credential.prefix,
        secret_hash=credential.secret_hash,
        store_id=store_id,
        label=_name(label),
        created_at=system_now(),
        revoked_at=None,
    )
    session.add(key)
    after = {"store_id": str(store_id), "label": key.label}
    audit(session, who=who, action="create", subject=f"till_key:{key.prefix}", after=after)
    session.flush()
    return Issued(credential.prefix, credential.text)


def revoke_till_key(session: Session, *, prefix: str, who: str, reason: str | None = None) -> None:
    """Ends a key: the next request with it is refused.

    Raises:
        UnknownTillKey: no key has this prefix.
    """
    key = session.scalar(select(TillKey).where(TillKey.prefix == prefix))
    if key is None:
        raise UnknownTillKey(prefix=prefix)
    if key.revoked_at is None:
        key.revoked_at = system_now()
        audit(session, who=who, action="revoke", subject=f"till_key:{prefix}", reason=reason)
        session.flush()


def create_staff_token(
    session: Session, *, role: Role, label: str, who: str, life_days: int = TOKEN_LIFE_DAYS
) -> Issued:
    """A token for a program, with one role, for `life_days`.

    Raises:
        NameNeeded: the label is empty or longer than 100 characters.
    """
    credential = new_credential("staff")
    now = system_now()
    token = StaffToken(
        prefix=credential.prefix,
        secret_hash=credential.secret_hash,
        role=role,
        label=_name(label),
        created_at=now,
        expires_at=now + timedelta(days=life_days),
        revoked_at=None,
    )
    session.add(token)
    after = {"role": role, "label": token.label, "expires_at": token.expires_at.isoformat()}
    audit(session, who=who, action="create", subject=f"staff_token:{token.prefix}", after=after)
    session.flush()
    return Issued(credential.prefix, credential.text, token.expires_at)


def revoke_staff_token(session: Session, *, prefix: str, who: str, reason: str | None = None) -> None:
    """Ends a token: the next request with it is refused.

    Raises:
        UnknownStaffToken: no token has this prefix.
    """
    token = session.scalar(select(StaffToken).where(StaffToken.prefix == prefix))
    if token is None:
        raise UnknownStaffToken(prefix=prefix)
    if token.revoked_at is None:
        token.revoked_at = system_now()
        audit(session, who=who, action="revoke", subject=f"staff_token:{prefix}", reason=reason)
        session.flush()


def issue_sign_in_link(session: Session, *, staff_id: UUID, who: str) -> Issued:
    """What a sign-in link of this person carries: good once, for 24 hours.

    Raises:
        UnknownStaffMember: there is no such account.
    """
    queries.staff_member(session, staff_id)
    credential = new_credential("link")
    now = system_now()
    link = SignInLink(
        prefix=credential.prefix,
        secret_hash=credential.secret_hash,
        staff_id=staff_id,
        created_at=now,
        expires_at=now + LINK_LIFE,
        used_at=None,
    )
    session.add(link)
    audit(session, who=who, action="issue_sign_in_link", subject=f"staff_member:{staff_id}")
    session.flush()
    return Issued(credential.prefix, credential.text, link.expires_at)


def sign_in_by_link(session: Session, *, link_text: str) -> SignedIn:
    """Uses up a sign-in link.

    Raises:
        SignInLinkRefused: it is unknown, used, too old, or its person is disabled.
    """
    credential = read_credential(link_text, "link")
    if credential is None:
        raise SignInLinkRefused
    # The lock lets one of two simultaneous clicks win.
    link = session.scalar(select(SignInLink).where(SignInLink.prefix == credential.prefix).with_for_update())
    member = queries.person_of_link(session, credential, at=system_now())
    if link is None or member is None:
        raise SignInLinkRefused
    link.used_at = system_now()
    return open_page_session(session, staff_id=member.id)


def open_page_session(session: Session, *, staff_id: UUID) -> SignedIn:
    """Signs a browser in as this person, who was recognised by the caller; it lasts seven days at most.

    Raises:
        UnknownStaffMember: there is no such account.
    """
    member = queries.staff_member(session, staff_id)
    credential = new_credential("session")
    now = system_now()
    session.add(
        PageSession(
            prefix=credential.prefix,
            secret_hash=credential.secret_hash,
            staff_id=staff_id,
            created_at=now,
            expires_at=now + SESSION_LIFE,
            ended_at=None,
        )
    )
    audit(session, who=f"staff_member:{staff_id}", action="sign_in", subject=f"staff_member:{staff_id}")
    session.flush()
    return SignedIn(credential.text, staff_id, Role(member.role), member.locale)


def sign_out(session: Session, *, session_text: str) -> None:
    """Ends a page session; one that is over already, or never was, stays so."""
    credential = read_credential(session_text, "session")
    if credential is None:
        return
    found = session.scalar(select(PageSession).where(PageSession.prefix == credential.prefix))
    if found is None or found.ended_at is not None or not credential.matches(found.secret_hash):
        return
    found.ended_at = system_now()
    audit(session, who=f"staff_member:{found.staff_id}", action="sign_out", subject=f"staff_member:{found.staff_id}")
    session.flush()


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= NAME_LENGTH_MAXIMUM:
        raise NameNeeded
    return name


def _check_store(role: Role, store_id: UUID | None) -> None:
    if role in TILL_ROLES and store_id is None:
        raise StoreNeeded
