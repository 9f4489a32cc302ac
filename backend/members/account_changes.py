"""What a thief of an account would do first: use it on a further device, or move it to another phone number.

Each is kept with its moment in real time. What follows from it (for some time nothing is spent) is the programme's to
say; here is only what happened, and who of the staff has vouched for it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.members.models import AccountChange
from backend.shared.clock import system_now
from backend.shared.db import Promise, driver_connection
from backend.shared.ids import new_id

Kind = Literal["device", "browser", "phone"]


@dataclass(frozen=True, slots=True)
class NotedChange:
    """The newest change of an account that nobody has vouched for; `at` is system time."""

    id: UUID
    kind: Kind
    at: datetime


def note_change(session: Session, *, member_id: UUID, kind: Kind) -> NotedChange:
    """Keeps that the account was changed just now."""
    change = AccountChange(id=new_id(), member_id=member_id, kind=kind, at=system_now())
    session.add(change)
    session.flush()
    return NotedChange(id=change.id, kind=kind, at=change.at)


_NEWEST = """
SELECT DISTINCT ON (member_id) member_id, id, kind, at FROM account_changes
WHERE member_id = ANY(%(member_ids)s::uuid[]) AND at > %(since)s AND allowed_at IS NULL
ORDER BY member_id, at DESC, id DESC
"""


def ask_changes(session: Session, member_ids: Collection[UUID], *, since: datetime) -> Promise[dict[UUID, NotedChange]]:
    """The newest change of each of these accounts since a moment, for `sent_together`; most have none."""
    parameters = {"member_ids": list(member_ids), "since": since}
    rows = driver_connection(session).execute(_NEWEST, parameters, prepare=True)
    return lambda: {member_id: NotedChange(*change) for member_id, *change in rows}


def changes(session: Session, member_ids: Collection[UUID], *, since: datetime) -> dict[UUID, NotedChange]:
    """The newest change of each of these accounts since a moment."""
    return ask_changes(session, member_ids, since=since)()


def allow_changes(session: Session, *, member_id: UUID, by: str, reason: str) -> list[UUID]:
    """Somebody vouches that it was the member: what was changed so far has no consequence; the changes that had one."""
    open_changes = session.scalars(
        select(AccountChange.id)
        .where(AccountChange.member_id == member_id, AccountChange.allowed_at.is_(None))
        .with_for_update()
    ).all()
    session.execute(
        update(AccountChange)
        .where(AccountChange.id.in_(open_changes))
        .values(allowed_at=system_now(), allowed_by=by, allow_reason=reason)
    )
    return list(open_changes)
