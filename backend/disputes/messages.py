"""Telling a member how their question stands. Nobody's words leave the thread: a push lies on a locked screen."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.disputes.models import Dispute
from backend.notifications.service import NewMessage
from backend.notifications.service import tell as put_into_the_outbox


def tell(session: Session, dispute: Dispute, kind: str, *, event_id: UUID, push: bool = True) -> None:
    """Tells the member of an event, once; without `push` it only lies in the inbox."""
    facts: dict[str, Any] = {
        "dispute_id": str(dispute.id),
        "opened_at": dispute.opened_at.isoformat(),
        # The last moment of the day, so that the day is told and not the midnight after it.
        "due_at": (dispute.due_at - timedelta(seconds=1)).isoformat(),
    }
    if dispute.points is not None:
        facts["points"] = dispute.points
    message = NewMessage(
        member_id=dispute.member_id,
        kind=kind,
        facts=facts,
        natural_key=f"dispute:{dispute.id}:{event_id}",
        channels=("push",) if push else (),
    )
    put_into_the_outbox(session, [message])
