"""Accounts, keys, tokens and links: made, ended, and each act written to the audit log.

Times are system time: the demo clock ends no key. `who` is whoever acts, as the audit log names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff import queries
from backend.staff.credentials import new_credential
from backend.staff.errors import (
    AccountDisabled,
    NameNeeded,
    OwnAccount,
    RotationUnderWay,
    StoreNeeded,
    UnknownStaffToken,
    UnknownTillKey,
)
from backend.staff.logins import free_login
from backend.staff.models import AuditEntry, Entry, PageSession, SignInLink, StaffMember, StaffToken, TillKey
from backend.staff.roles import TILL_ROLES, Role

NAME_LENGTH_MAXIMUM = 100
LINK_LIFE = timedelta(hours=24)
TOKEN_LIFE_DAYS = 90


@dataclass(frozen=True)
class Issued:
    """Something secret that is told once: `text` is what its holder keeps; only its hash stays here."""

    prefix: str
    text: str = field(repr=False)
    expires_at: datetime | None = None


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
    session: Session,
    *,
    name: str,
    role: Role,
    who: str,
    store_id: UUID | None = None,
    locale: str = "ru",
    login: str | None = None,
) -> StaffMember:
    """A new account, without a password: a link lets its person set one, and a login where none was given.

    Raises:
        NameNeeded: the name is empty or longer than 100 characters.
        StoreNeeded: cashiers and store managers belong to a store.
        LoginRefused: the login is not of the right form, or another account's.
    """
    member = StaffMember(
        name=_name(name),
        login=free_login(session, login) if login else None,
        role=role,
        store_id=store_id,
        locale=locale,
        created_at=system_now(),
    )
    _check_store(role, store_id)
    session.add(member)
    session.flush()
    after = {"name": member.name, "login": member.login, "role": role, "store_id": _id(store_id)}
    audit(session, who=who, action="create", subject=f"staff_member:{member.id}", after=after)
    return member


def link_card(session: Session, *, staff_id: UUID, member_id: UUID | None, who: str) -> None:
    """Says which card is this person's own as a guest, so that it earns nothing while they ring it up; None unlinks it.

    Raises:
        UnknownStaffMember: there is no such account.
    """
    person = queries.staff_member(session, staff_id)
    before, person.member_id = person.member_id, member_id
    session.flush()
    if before != member_id:
        audit(
            session,
            who=who,
            action="link_card" if member_id else "unlink_card",
            subject=f"staff_member:{staff_id}",
            before={"member_id": _id(before)},
            after={"member_id": _id(member_id)},
        )


def change_role(
    session: Session,
    *,
    staff_id: UUID,
    role: Role,
    who: str,
    store_id: UUID | None = None,
    reason: str | None = None,
) -> StaffMember:
    """Gives an account another role (and store). Its sessions end with their next request: the person signs in anew.

    Raises:
        UnknownStaffMember: there is no such account.
        AccountDisabled: it was ended.
        OwnAccount: the person acts on themselves.
        StoreNeeded: cashiers and store managers belong to a store.
    """
    member = _other_account(session, staff_id, who=who)
    store_id = store_id or (member.store_id if role in TILL_ROLES else None)
    _check_store(role, store_id)
    before = {"role": member.role, "store_id": _id(member.store_id)}
    after = {"role": role, "store_id": _id(store_id)}
    if before == after:
        return member
    member.role, member.store_id = role, store_id
    end_ways_in(session, staff_id=staff_id)
    audit(
        session,
        who=who,
        action="change_role",
        subject=f"staff_member:{staff_id}",
        before=before,
        after=after,
        reason=reason,
    )
    session.flush()
    return member


def disable_staff_member(session: Session, *, staff_id: UUID, who: str, reason: str | None = None) -> None:
    """Ends an account for good: its sessions are over from their next request on, its links sign nobody in.

    Raises:
        UnknownStaffMember: there is no such account.
        OwnAccount: the person acts on themselves.
    """
    if queries.staff_member(session, staff_id).disabled_at is not None:
        return
    member = _other_account(session, staff_id, who=who)
    member.disabled_at = system_now()
    end_ways_in(session, staff_id=staff_id)
    audit(session, who=who, action="disable", subject=f"staff_member:{staff_id}", reason=reason)
    session.flush()


def create_till_key(session: Session, *, store_id: UUID, label: str, who: str) -> Issued:
    """A key for one of the store's tills.

    Raises:
        NameNeeded: the label is empty or longer than 100 characters.
    """
    return _new_till_key(session, store_id=store_id, label=_name(label), who=who)


def rotate_till_key(session: Session, *, prefix: str, who: str) -> Issued:
    """A key that takes the place of another one; both live until the older one is revoked.

    Raises:
        UnknownTillKey: no key has this prefix.
        RotationUnderWay: the key is revoked, is being replaced already, or its own predecessor still lives.
    """
    key = _till_key(session, prefix)
    relatives = select(TillKey.id).where(
        TillKey.revoked_at.is_(None), (TillKey.replaces_id == key.id) | (TillKey.id == key.replaces_id)
    )
    if key.revoked_at is not None or session.scalar(relatives) is not None:
        raise RotationUnderWay(prefix=prefix)
    return _new_till_key(session, store_id=key.store_id, label=key.label, who=who, replaces=key)


def note_till_key_use(session: Session, *, prefix: str) -> None:
    """Writes down that the key was used, unless that was done within ten minutes, or is being done."""
    now = system_now()
    stale = (
        select(TillKey.id)
        .where(
            TillKey.prefix == prefix,
            TillKey.last_used_at.is_(None) | (TillKey.last_used_at < now - queries.USE_NOTED_EVERY),
        )
        # A till's requests come side by side: one notes it, the others go on.
        .with_for_update(skip_locked=True)
    )
    session.execute(update(TillKey).where(TillKey.id.in_(stale.scalar_subquery())).values(last_used_at=now))


def revoke_till_key(session: Session, *, prefix: str, who: str, reason: str | None = None) -> None:
    """Ends a key: the next request with it is refused.

    Raises:
        UnknownTillKey: no key has this prefix.
    """
    key = _till_key(session, prefix)
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
    """What a link of this person carries: it lets them set a password, once, within 24 hours. Earlier links end.

    Raises:
        UnknownStaffMember: there is no such account.
        AccountDisabled: it was ended.
    """
    if queries.staff_member(session, staff_id).disabled_at is not None:
        raise AccountDisabled
    credential = new_credential("link")
    now = system_now()
    earlier = update(SignInLink).where(SignInLink.staff_id == staff_id, SignInLink.used_at.is_(None))
    session.execute(earlier.values(used_at=now))
    link = SignInLink(
        prefix=credential.prefix,
        secret_hash=credential.secret_hash,
        staff_id=staff_id,
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    session.add(link)
    audit(session, who=who, action="issue_sign_in_link", subject=f"staff_member:{staff_id}")
    session.flush()
    return Issued(credential.prefix, credential.text, link.expires_at)


def end_ways_in(session: Session, *, staff_id: UUID, besides: UUID | None = None) -> None:
    """Ends the person's page sessions (but the one with the id `besides`), links, and whatever is on the way in."""
    now = system_now()
    sessions = update(PageSession).where(PageSession.staff_id == staff_id, PageSession.ended_at.is_(None))
    session.execute(
        sessions.where(PageSession.id != besides).values(ended_at=now) if besides else sessions.values(ended_at=now)
    )
    session.execute(update(Entry).where(Entry.staff_id == staff_id, Entry.ended_at.is_(None)).values(ended_at=now))
    session.execute(
        update(SignInLink).where(SignInLink.staff_id == staff_id, SignInLink.used_at.is_(None)).values(used_at=now)
    )


def _new_till_key(session: Session, *, store_id: UUID, label: str, who: str, replaces: TillKey | None = None) -> Issued:
    credential = new_credential("till")
    key = TillKey(
        prefix=credential.prefix,
        secret_hash=credential.secret_hash,
        store_id=store_id,
        label=label,
        replaces_id=replaces.id if replaces else None,
        created_at=system_now(),
    )
    session.add(key)
    after = {"store_id": str(store_id), "label": label} | ({"replaces": replaces.prefix} if replaces else {})
    action = "rotate" if replaces else "create"
    audit(session, who=who, action=action, subject=f"till_key:{key.prefix}", after=after)
    session.flush()
    return Issued(credential.prefix, credential.text)


def _till_key(session: Session, prefix: str) -> TillKey:
    key = session.scalar(select(TillKey).where(TillKey.prefix == prefix).with_for_update())
    if key is None:
        raise UnknownTillKey(prefix=prefix)
    return key


def _other_account(session: Session, staff_id: UUID, *, who: str) -> StaffMember:
    """An account that whoever acts may change: one that is not over, and not their own."""
    member = queries.staff_member(session, staff_id)
    if who == f"staff_member:{staff_id}":
        raise OwnAccount
    if member.disabled_at is not None:
        raise AccountDisabled
    return member


def _id(value: UUID | None) -> str | None:
    return str(value) if value else None


def _name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= NAME_LENGTH_MAXIMUM:
        raise NameNeeded
    return name


def _check_store(role: Role, store_id: UUID | None) -> None:
    if role in TILL_ROLES and store_id is None:
        raise StoreNeeded
