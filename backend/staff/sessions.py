"""Page sessions: a browser of somebody who was recognised, from its signing in to its signing out.

Times are system time: the demo clock ends no session.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff import queries
from backend.staff.credentials import new_credential, read_credential
from backend.staff.models import PageSession
from backend.staff.roles import Role
from backend.staff.service import audit

SESSION_LIFE = timedelta(days=7)


@dataclass(frozen=True)
class SignedIn:
    """A browser that has just signed in."""

    session_text: str = field(repr=False)
    staff_id: UUID
    role: Role
    locale: str


def open_page_session(session: Session, *, staff_id: UUID, fresh_for: timedelta | None = None) -> SignedIn:
    """Signs a browser in as this person, who was recognised by the caller; it lasts seven days at most,
    and outside the till until nobody has used it for the shop's idle time.

    For `fresh_for`, dangerous acts need no new proof of the second factor; without it, as long as the session lasts:
    the doors of the demo know no second factor.

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
            last_seen_at=now,
            fresh_until=now + (fresh_for or SESSION_LIFE),
        )
    )
    audit(session, who=f"staff_member:{staff_id}", action="sign_in", subject=f"staff_member:{staff_id}")
    session.flush()
    return SignedIn(credential.text, staff_id, Role(member.role), member.locale)


def note_session_use(session: Session, *, prefix: str) -> None:
    """Writes down that the page session was used, unless another request of it is doing so."""
    used = select(PageSession.id).where(PageSession.prefix == prefix).with_for_update(skip_locked=True)
    session.execute(
        update(PageSession).where(PageSession.id.in_(used.scalar_subquery())).values(last_seen_at=system_now())
    )


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
