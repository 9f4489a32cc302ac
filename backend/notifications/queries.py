"""Reading the inbox, and how deliveries stand."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import case, exists, func, select, tuple_
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.notifications.models import (
    LEASED_STATES,
    WAITING_STATES,
    AddressedMessage,
    Broadcast,
    Delivery,
    DeliveryChannel,
    Message,
)
from backend.notifications.segment_attributes import FACTS
from backend.shared.attributes import SegmentFacts
from backend.shared.errors import Invalid
from backend.shared.i18n import _l
from backend.shared.wording import N_, Names, Reader, members_named, render_body, render_text, render_title

log = structlog.get_logger(__name__)

UNREADABLE_TITLE = N_("A message for you")
"""Stands for a title that cannot be rendered."""

COUNTED_STATES = ("queued", "held", "sending", "accepted", "failed", "unknown", "dropped")
# One person may have several devices and stands where the best of them stands.
_RANK = {"accepted": 0, "sending": 1, "claimed": 2, "queued": 2, "held": 3, "unknown": 4, "failed": 5, "dropped": 6}
_STATE_OF_RANK = {0: "accepted", 1: "sending", 2: "queued", 3: "held", 4: "unknown", 5: "failed", 6: "dropped"}


@dataclass(frozen=True)
class InboxRow:
    """A message as its member reads it."""

    id: UUID
    kind: str
    title: str
    body: str
    created_at: datetime
    read_at: datetime | None


def inbox(session: Session, *, member_id: UUID, after: UUID | None, limit: int) -> list[InboxRow]:
    """The member's messages in the member's language, newest first: `limit` and one more where there is one.

    Raises:
        Invalid: `after` is not in this inbox.
    """
    statement = select(Message).where(Message.member_id == member_id)
    if after is not None:
        last = session.get(Message, after)
        if last is None or last.member_id != member_id:
            raise Invalid(errors={"cursor": [_l("This cursor is not valid. Start from the first page.")]})
        statement = statement.where(tuple_(Message.created_at, Message.id) < (last.created_at, last.id))
    statement = statement.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit + 1)
    return inbox_rows(session, member_id=member_id, messages=list(session.scalars(statement)))


def inbox_rows(session: Session, *, member_id: UUID, messages: Sequence[Message]) -> list[InboxRow]:
    """These messages of one member in the member's language."""
    reader = members.readers(session, [member_id])[member_id]
    texts = broadcast_texts(session, {message.broadcast_id for message in messages if message.broadcast_id})
    names = names_in(session, [(message.kind, message.facts) for message in messages if not message.broadcast_id])
    return [_inbox_row(message, reader, texts, names) for message in messages]


def names_in(session: Session, told: Iterable[tuple[str, Mapping[str, Any]]]) -> Names:
    """The first names of the members whom these kinds with their facts name."""
    named: set[UUID] = set()
    for kind, facts in told:
        # One that cannot be rendered is told as such, alone, when it is its turn.
        with contextlib.suppress(KeyError, ValueError, TypeError, AttributeError):
            named |= members_named(kind, facts)
    labels = members.labels(session, named) if named else {}
    return {member_id: label.first_name for member_id, label in labels.items() if label.first_name}


def _inbox_row(
    message: Message, reader: Reader, texts: dict[UUID, dict[str, dict[str, str]]], names: Names
) -> InboxRow:
    if message.broadcast_id is not None:
        text = texts[message.broadcast_id][reader.locale]
        title, body = text["title"], text["body"]
    else:
        title = _rendered(render_title, message, reader, names) or render_text(UNREADABLE_TITLE, {}, reader)
        body = _rendered(render_body, message, reader, names)
    return InboxRow(message.id, message.kind, title, body, message.created_at, message.read_at)


def _rendered(
    render: Callable[[str, Mapping[str, Any], Reader, Names], str], message: Message, reader: Reader, names: Names
) -> str:
    """The text, or none where its facts do not fill it: one bad row never hides the inbox."""
    try:
        return render(message.kind, message.facts, reader, names)
    except Exception:
        log.exception("message cannot be rendered", message_id=str(message.id), kind=message.kind)
        return ""


def unread_count(session: Session, *, member_id: UUID) -> int:
    """How many messages the member has not read."""
    statement = select(func.count()).where(Message.member_id == member_id, Message.read_at.is_(None))
    return session.scalar(statement) or 0


def broadcast_texts(session: Session, broadcast_ids: set[UUID]) -> dict[UUID, dict[str, dict[str, str]]]:
    """What each broadcast says, by language: `{"title", "body"}`."""
    if not broadcast_ids:
        return {}
    rows = session.execute(select(Broadcast.id, Broadcast.texts).where(Broadcast.id.in_(broadcast_ids)))
    return {row.id: row.texts for row in rows}


def broadcast_counts(session: Session, broadcast_id: UUID) -> dict[str, int]:
    """How many people of a broadcast stand in each state; each person is counted once."""
    rank = case(_RANK, value=Delivery.state)
    people = (
        select(func.min(rank).label("rank"))
        .where(Delivery.broadcast_id == broadcast_id)
        .group_by(Delivery.member_id)
        .subquery()
    )
    counted = dict.fromkeys(COUNTED_STATES, 0)
    for best, count in session.execute(select(people.c.rank, func.count()).group_by(people.c.rank)):
        counted[_STATE_OF_RANK[best]] = count
    return counted


def broadcast_is_open(session: Session, broadcast_id: UUID) -> bool:
    """Whether anything of the broadcast is in line or on its way."""
    # Each half has a partial index of its own.
    waiting = select(1).where(Delivery.broadcast_id == broadcast_id, Delivery.state.in_(WAITING_STATES))
    in_hand = select(1).where(Delivery.broadcast_id == broadcast_id, Delivery.state.in_(LEASED_STATES))
    return bool(session.scalar(select(exists(waiting)))) or bool(session.scalar(select(exists(in_hand))))


def broadcast_remaining(session: Session, broadcast_id: UUID) -> int:
    """How many people of a halted or ended broadcast were not reached and may still be: in line, or too late."""
    too_late = (Delivery.state == "dropped") & (Delivery.detail == "expired")
    statement = select(func.count(Delivery.member_id.distinct())).where(
        Delivery.broadcast_id == broadcast_id, Delivery.state.in_((*WAITING_STATES, "claimed")) | too_late
    )
    return session.scalar(statement) or 0


def next_held_at(session: Session, broadcast_id: UUID) -> datetime | None:
    """When the first of those who are held (night, two offers this week) is due; None when nobody is."""
    statement = select(func.min(Delivery.due_at)).where(Delivery.broadcast_id == broadcast_id, Delivery.state == "held")
    return session.scalar(statement)


def channel_problem(session: Session, channel: str) -> str | None:
    """Why nothing can be sent in this channel until a person acts; None while it works."""
    statement = select(DeliveryChannel.problem).where(DeliveryChannel.channel == channel)
    return session.scalar(statement)


def open_deliveries(session: Session) -> dict[tuple[str, str], int]:
    """How many deliveries of each channel are in each of the open states."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    # One question for each partial index: the table as a whole is history, and long.
    for part in (
        Delivery.state.in_(WAITING_STATES) & Delivery.broadcast_id.is_(None),
        Delivery.state.in_(WAITING_STATES) & Delivery.broadcast_id.is_not(None),
        Delivery.state.in_(LEASED_STATES),
    ):
        statement = select(Delivery.channel, Delivery.state, func.count()).where(part)
        for channel, state, count in session.execute(statement.group_by(Delivery.channel, Delivery.state)):
            counted[channel, state] += count
    return dict(counted)


def next_secret_expiry(session: Session) -> datetime | None:
    """When the first of the secrets on their way stops being good."""
    return session.scalar(select(func.min(AddressedMessage.expires_at)))


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
