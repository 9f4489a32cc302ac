"""Reading staff: who holds a credential, who works here, what was done. What every request asks is one indexed read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.shared.db import Promise, driver_connection, read_at_once
from backend.staff.credentials import Credential
from backend.staff.errors import UnknownStaffMember
from backend.staff.models import AuditEntry, SignInLink, StaffMember, StaffToken, TillKey
from backend.staff.roles import TILL_ROLES

# How exactly a key's last use is known; each noting is one write.
USE_NOTED_EVERY = timedelta(minutes=10)

SEEN_NOTED_EVERY = timedelta(minutes=1)

# The driver's own prepared statement: this runs before every request of every till.
TILL_BY_KEY = """
    SELECT till_keys.secret_hash, till_keys.last_used_at, stores.id, stores.code, stores.name, stores.zone
    FROM till_keys JOIN stores ON stores.id = till_keys.store_id
    WHERE till_keys.prefix = %s AND till_keys.revoked_at IS NULL
"""
LIVING_TILL_KEYS = "SELECT prefix FROM till_keys WHERE prefix = ANY(%s) AND revoked_at IS NULL"
STAFF_BY_BEARER = """
    SELECT secret_hash, label, role FROM staff_tokens
    WHERE prefix = %s AND revoked_at IS NULL AND expires_at > %s
"""
STAFF_BY_SESSION = """
    SELECT staff_sessions.secret_hash, staff_sessions.fresh_until, staff_sessions.last_seen_at,
           staff_members.id, staff_members.name, staff_members.role,
           stores.id, stores.code, stores.name, stores.zone
    FROM staff_sessions
    JOIN staff_members ON staff_members.id = staff_sessions.staff_id
    LEFT JOIN stores ON stores.id = staff_members.store_id
    WHERE staff_sessions.prefix = %s AND staff_sessions.ended_at IS NULL AND staff_sessions.expires_at > %s
      AND staff_members.disabled_at IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class Till:
    """The till that is asking: its store, and the cashier where one is signed in. `store_name` maps `ru` and `en`."""

    store_id: UUID
    store_code: str
    store_name: Mapping[str, str]
    zone: str
    cashier_name: str | None
    cashier_staff_id: UUID | None
    who: str
    """How the audit log names the till."""
    key_prefix: str | None = None
    """The key that it came with; None for a signed-in cashier."""
    use_to_note: bool = False
    """Whether it is time to write down again that the till's key was used."""


@dataclass(frozen=True, kw_only=True)
class StaffIdentity:
    """Who of the staff is asking; `id` is None for a program with a token."""

    id: UUID | None
    name: str
    role: str
    store_id: UUID | None
    who: str
    """How the audit log names this person or program."""
    till: Till | None = None
    """The till that a cashier's or a store manager's session stands for."""
    fresh_until: datetime | None = None
    """Until then a person's second factor counts as proven; None for a program."""
    use_to_note: bool = False
    """Whether it is time to write down again that the person's page session was used."""


def till_by_key(credential: Credential) -> Till | None:
    """The till that this key belongs to; None for an unknown or revoked one."""
    row = next(iter(read_at_once(TILL_BY_KEY, [credential.prefix])), None)
    if row is None or not credential.matches(row[0]):
        return None
    _hash, last_used_at, store_id, store_code, store_name, zone = row
    return Till(
        store_id=store_id,
        store_code=store_code,
        store_name=store_name,
        zone=zone,
        cashier_name=None,
        cashier_staff_id=None,
        who=f"till_key:{credential.prefix}",
        key_prefix=credential.prefix,
        use_to_note=last_used_at is None or last_used_at < system_now() - USE_NOTED_EVERY,
    )


def ask_revoked_till_keys(session: Session, prefixes: Collection[str]) -> Promise[set[str]]:
    """Those of these keys that no till may use any more; for `sent_together`."""
    if not prefixes:
        return set
    rows = driver_connection(session).execute(LIVING_TILL_KEYS, [list(prefixes)], prepare=True)
    return lambda: set(prefixes) - {row[0] for row in rows}


def staff_by_token(session: Session, credential: Credential, *, at: datetime) -> StaffIdentity | None:
    """The program that this token belongs to; None for an unknown, revoked or outlived one."""
    row = driver_connection(session).execute(STAFF_BY_BEARER, [credential.prefix, at], prepare=True).fetchone()
    if row is None or not credential.matches(row[0]):
        return None
    _hash, label, role = row
    return StaffIdentity(id=None, name=label, role=role, store_id=None, who=f"staff_token:{credential.prefix}")


def staff_by_session(
    session: Session, credential: Credential, *, at: datetime, idle: timedelta
) -> StaffIdentity | None:
    """Who signed in with this page session; None when it is over, was not used for `idle`, or the person was disabled.

    A till may wait for its next guest, or for the network, as long as the session lasts.
    """
    row = driver_connection(session).execute(STAFF_BY_SESSION, [credential.prefix, at], prepare=True).fetchone()
    if row is None or not credential.matches(row[0]):
        return None
    _hash, fresh_until, last_seen_at, staff_id, name, role, store_id, store_code, store_name, zone = row
    may_wait = role in TILL_ROLES
    if not may_wait and last_seen_at <= at - idle:
        return None
    who = f"staff_member:{staff_id}"
    till = None
    if store_id is not None:
        till = Till(
            store_id=store_id,
            store_code=store_code,
            store_name=store_name,
            zone=zone,
            cashier_name=name,
            cashier_staff_id=staff_id,
            who=who,
        )
    return StaffIdentity(
        id=staff_id,
        name=name,
        role=role,
        store_id=store_id,
        who=who,
        till=till,
        fresh_until=fresh_until,
        use_to_note=not may_wait and last_seen_at < at - SEEN_NOTED_EVERY,
    )


STAFF_CARDS = """
    SELECT member_id, id, name FROM staff_members
    WHERE member_id = ANY(%s) AND disabled_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class StaffCard:
    """Somebody of the staff who has a card of their own as a guest."""

    staff_id: UUID
    name: str

    def is_cashier(self, *, cashier_staff_id: UUID | None, cashier: str | None) -> bool:
        """Whether it is they who ring a receipt up: by their account, or, at a till of other software, by name."""
        if cashier_staff_id is not None:
            return cashier_staff_id == self.staff_id
        return cashier is not None and cashier.strip().casefold() == self.name.strip().casefold()


def ask_staff_cards(session: Session, member_ids: Collection[UUID]) -> Promise[dict[UUID, list[StaffCard]]]:
    """Which of these members' cards belong to staff, for `sent_together`."""
    rows = driver_connection(session).execute(STAFF_CARDS, [list(member_ids)], prepare=True)

    def answer() -> dict[UUID, list[StaffCard]]:
        found: dict[UUID, list[StaffCard]] = {}
        for member_id, staff_id, name in rows:
            found.setdefault(member_id, []).append(StaffCard(staff_id, name))
        return found

    return answer


def person_of_link(session: Session, credential: Credential, *, at: datetime) -> StaffMember | None:
    """Whom this sign-in link would sign in; None when it would sign in nobody."""
    link = session.scalar(select(SignInLink).where(SignInLink.prefix == credential.prefix))
    if link is None or not credential.matches(link.secret_hash) or link.used_at is not None or link.expires_at <= at:
        return None
    person = session.get_one(StaffMember, link.staff_id)
    return person if person.disabled_at is None else None


def staff_member(session: Session, staff_id: UUID) -> StaffMember:
    """The account with this id.

    Raises:
        UnknownStaffMember: there is none.
    """
    found = session.get(StaffMember, staff_id)
    if found is None:
        raise UnknownStaffMember(staff=str(staff_id))
    return found


def staff_member_named(session: Session, name: str) -> StaffMember | None:
    """The oldest account with this name that is not disabled, or None."""
    return session.scalar(
        select(StaffMember)
        .where(StaffMember.name == name, StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.id)
        .limit(1)
    )


def staff_member_by_login(session: Session, login: str) -> StaffMember | None:
    """The account with this login (in small letters), disabled ones too; None when there is none."""
    return session.scalar(select(StaffMember).where(StaffMember.login == login))


def staff_members(session: Session) -> list[StaffMember]:
    """Everybody, disabled ones too, oldest first."""
    return list(session.scalars(select(StaffMember).order_by(StaffMember.id)))


def till_keys(session: Session) -> list[TillKey]:
    """All till keys, revoked ones too, oldest first."""
    return list(session.scalars(select(TillKey).order_by(TillKey.id)))


def staff_tokens(session: Session) -> list[StaffToken]:
    """All staff tokens, revoked ones too, oldest first."""
    return list(session.scalars(select(StaffToken).order_by(StaffToken.id)))


def audit_entries(session: Session, subject: str) -> list[dict[str, Any]]:
    """What was done to `subject` (such as `staff_member:<id>`), oldest first."""
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.at, AuditEntry.id)
    )
    return [
        {
            "at": entry.at,
            "who": entry.who,
            "action": entry.action,
            "before": entry.before,
            "after": entry.after,
            "reason": entry.reason,
        }
        for entry in entries
    ]
