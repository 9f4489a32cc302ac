"""What happens in a dispute, one event after the other; words are sealed with the member's own key."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.disputes.errors import UnknownDispute
from backend.disputes.models import Dispute, DisputeEvent
from backend.members import queries as members
from backend.members.errors import UnknownMember
from backend.members.personal_data import MemberKey
from backend.shared.ids import new_id


def locked(session: Session, dispute_id: UUID, *, of: UUID | None = None) -> Dispute:
    """The dispute as it is now, locked; `of` is the member who may ask for it.

    Raises:
        UnknownDispute: there is none, or it is another member's.
    """
    found = session.get(Dispute, dispute_id, with_for_update=True, populate_existing=True)
    if found is None or (of is not None and found.member_id != of):
        raise UnknownDispute
    return found


def add_event(
    session: Session,
    dispute: Dispute,
    kind: str,
    *,
    at: datetime,
    author: str,
    author_name: str | None = None,
    text: str | None = None,
    wording: str | None = None,
    facts: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> DisputeEvent:
    """Writes the next event of a dispute that is locked or new.

    Raises:
        UnknownMember: there are words to seal, and the member was erased.
    """
    newest = session.scalar(select(func.max(DisputeEvent.number)).where(DisputeEvent.dispute_id == dispute.id))
    event_id = new_id()
    event = DisputeEvent(
        id=event_id,
        dispute_id=dispute.id,
        number=(newest or 0) + 1,
        at=at,
        kind=kind,
        author=author,
        author_name=author_name,
        text_ciphertext=_sealed(session, dispute.member_id, event_id, text) if text is not None else None,
        wording=wording,
        facts=dict(facts or {}),
        idempotency_key=key,
    )
    session.add(event)
    session.flush()
    return event


def event_of_key(session: Session, dispute_id: UUID, key: str | None) -> DisputeEvent | None:
    """What a request with this key has written before."""
    if key is None:
        return None
    return session.scalar(
        select(DisputeEvent).where(DisputeEvent.dispute_id == dispute_id, DisputeEvent.idempotency_key == key)
    )


def texts(session: Session, member_id: UUID, events: Sequence[DisputeEvent]) -> dict[UUID, str]:
    """What people wrote in these events of one member's disputes; nothing of a member who was erased."""
    key = members.member_keys(session, [member_id]).get(member_id)
    if key is None:
        return {}
    return {
        event.id: key.open_text(event.text_ciphertext, place=_text_place(event.id))
        for event in events
        if event.text_ciphertext is not None
    }


def key_of(session: Session, member_id: UUID) -> MemberKey:
    """The key with which the member's words and photos are sealed.

    Raises:
        UnknownMember: the member was erased.
    """
    key = members.member_keys(session, [member_id]).get(member_id)
    if key is None:
        raise UnknownMember
    return key


def evidence_place(evidence_id: UUID) -> str:
    """Where a photograph is sealed for."""
    return f"dispute_evidence.content_ciphertext:{evidence_id}"


def _sealed(session: Session, member_id: UUID, event_id: UUID, text: str) -> bytes:
    return key_of(session, member_id).seal_text(text, place=_text_place(event_id))


def _text_place(event_id: UUID) -> str:
    return f"dispute_events.text_ciphertext:{event_id}"
