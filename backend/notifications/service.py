"""Telling: facts to members, secrets to addresses, one text to many.

Everything here is written in the caller's transaction; what is written is brought out by the worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.members.events import MemberErased
from backend.notifications import sealing
from backend.notifications.errors import UnknownBroadcast, UnknownMessage
from backend.notifications.models import OPEN_STATES, AddressedMessage, Broadcast, Delivery, Message
from backend.shared.clock import business_now, system_now
from backend.shared.db import as_rows, driver_connection
from backend.shared.ids import new_id
from backend.shared.wording import registered_kinds

EXPIRED_BATCH_ROWS = 1000


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """A fact to be told. `facts` fill the wording of `kind`; `natural_key` names the telling: it happens once.

    `service` False makes it an offer: it needs the member's consent to marketing, keeps quiet at night and counts
    towards the two offers a week.
    """

    member_id: UUID
    kind: str
    facts: Mapping[str, Any]
    natural_key: str
    channels: Sequence[str] = ("push",)
    service: bool = True


# A message that was told before yields no row in `told`, and so no second delivery.
TELL = """
WITH told AS (
    INSERT INTO messages (id, member_id, kind, facts, natural_key, created_at)
    SELECT *, %(now)s::timestamptz FROM json_to_recordset(%(messages)s) AS new (
        id uuid, member_id uuid, kind text, facts jsonb, natural_key text
    )
    ON CONFLICT (natural_key) DO NOTHING
    RETURNING id
)
INSERT INTO deliveries (id, member_id, source_id, device_id, channel, marketing, state, due_at)
SELECT new.*, 'queued', %(now)s::timestamptz
FROM json_to_recordset(%(deliveries)s) AS new (
    id uuid, member_id uuid, source_id uuid, device_id uuid, channel text, marketing boolean
)
JOIN told ON told.id = new.source_id
"""


def tell(
    session: Session, messages: Sequence[NewMessage], *, device_ids: Mapping[UUID, Sequence[UUID]] | None = None
) -> None:
    """Puts messages into the members' inboxes and deliveries for their devices into the queue, in two statements.

    A message whose natural key was told before is left alone. A member without a device finds it in the inbox.
    `device_ids` are the devices of all these members, where the caller has read them already.

    Raises:
        ValueError: a kind has no wording.
    """
    if not messages:
        return
    _refuse_unworded(messages)
    pushed = {message.member_id for message in messages if "push" in message.channels}
    if device_ids is None:
        device_ids = members.push_device_ids(session, pushed) if pushed else {}
    message_ids = [new_id() for _ in messages]
    parameters = {
        "now": business_now(),
        "messages": as_rows(
            [
                {
                    "id": message_id,
                    "member_id": message.member_id,
                    "kind": message.kind,
                    "facts": dict(message.facts),
                    "natural_key": message.natural_key,
                }
                for message_id, message in zip(message_ids, messages, strict=True)
            ]
        ),
        "deliveries": as_rows(
            [
                {
                    "id": new_id(),
                    "member_id": message.member_id,
                    "source_id": message_id,
                    "device_id": device_id,
                    "channel": channel,
                    "marketing": not message.service,
                }
                for message_id, message in zip(message_ids, messages, strict=True)
                for channel in message.channels
                for device_id in (device_ids.get(message.member_id, ()) if channel == "push" else (None,))
            ]
        ),
    }
    driver_connection(session).execute(TELL, parameters, prepare=True)


def _refuse_unworded(messages: Sequence[NewMessage]) -> None:
    unworded = {message.kind for message in messages} - registered_kinds().keys()
    if unworded:
        raise ValueError(f"No wording is registered for {', '.join(sorted(unworded))}.")


def send_to_address(
    session: Session,
    *,
    channel: str,
    address: str,
    kind: str,
    facts: Mapping[str, Any],
    locale: str,
    expires_at: datetime,
) -> None:
    """Sends a secret to a phone (`sms`) or a mailbox (`email`), whether or not it belongs to a member.

    Address and facts are encrypted at rest, kept until the message has been taken and no longer than `expires_at`
    (system time), after which it is not sent any more.
    """
    message_id = new_id()
    sealed = sealing.seal({"address": address, "facts": dict(facts)}, row_id=message_id)
    session.add(AddressedMessage(id=message_id, kind=kind, locale=locale, sealed=sealed, expires_at=expires_at))
    session.add(
        Delivery(
            id=new_id(),
            source_id=message_id,
            channel=channel,
            marketing=False,
            state="queued",
            due_at=business_now(),
        )
    )
    session.flush()


def mark_read(session: Session, *, member_id: UUID, message_id: UUID) -> Message:
    """The member has read the message; the first time counts.

    Raises:
        UnknownMessage: it is not in this member's inbox.
    """
    message = session.scalar(select(Message).where(Message.id == message_id, Message.member_id == member_id))
    if message is None:
        raise UnknownMessage
    if message.read_at is None:
        message.read_at = business_now()
        session.flush()
    return message


def open_broadcast(
    session: Session,
    *,
    broadcast_id: UUID,
    marketing: bool,
    texts: Mapping[str, Mapping[str, str]],
    rate_per_second: int | None,
    expires_at: datetime,
) -> None:
    """Opens a running broadcast by push: `texts` maps each language to title and body. People are added afterwards."""
    session.add(
        Broadcast(
            id=broadcast_id,
            channel="push",
            marketing=marketing,
            texts={locale: dict(text) for locale, text in texts.items()},
            running=True,
            rate_per_second=rate_per_second,
            credited_at=system_now(),
            expires_at=expires_at,
        )
    )
    session.flush()


def broadcast_to(session: Session, *, broadcast_id: UUID, member_ids: Sequence[UUID]) -> int:
    """Adds these members' devices to the broadcast, each once however often it is asked; how many were new.

    Raises:
        UnknownBroadcast: nothing was opened under this id.
    """
    broadcast = _broadcast(session, broadcast_id)
    device_ids = members.push_device_ids(session, set(member_ids))
    rows = [
        {
            "id": new_id(),
            "member_id": member_id,
            "source_id": broadcast_message_id(broadcast_id, member_id),
            "device_id": device_id,
        }
        for member_id in member_ids
        for device_id in device_ids.get(member_id, ())
    ]
    cursor = driver_connection(session).execute(
        """
        INSERT INTO deliveries (id, member_id, source_id, broadcast_id, device_id, channel, marketing, state, due_at)
        SELECT new.id, new.member_id, new.source_id, %(broadcast_id)s, new.device_id, %(channel)s, %(marketing)s,
               'queued', %(now)s
        FROM json_to_recordset(%(deliveries)s) AS new (id uuid, member_id uuid, source_id uuid, device_id uuid)
        ON CONFLICT (source_id, channel, device_id) DO NOTHING
        """,
        {
            "broadcast_id": broadcast_id,
            "channel": broadcast.channel,
            "marketing": broadcast.marketing,
            "now": business_now(),
            "deliveries": as_rows(rows),
        },
    )
    return cursor.rowcount


def broadcast_message_id(broadcast_id: UUID, member_id: UUID) -> UUID:
    """The id of what a broadcast tells a member: the same at every asking, so that nobody is put in line twice."""
    return uuid5(broadcast_id, member_id.hex)


def halt_broadcast(session: Session, *, broadcast_id: UUID) -> None:
    """Nothing more of it is begun once this is committed; who is in line stays there.

    Raises:
        UnknownBroadcast: nothing was opened under this id.
    """
    _broadcast(session, broadcast_id).running = False
    session.flush()


def resume_broadcast(session: Session, *, broadcast_id: UUID, expires_at: datetime) -> None:
    """Goes on with whoever is in line, until `expires_at`; those who were dropped for its end are in line again.

    Raises:
        UnknownBroadcast: nothing was opened under this id.
    """
    broadcast = _broadcast(session, broadcast_id)
    broadcast.running, broadcast.expires_at = True, expires_at
    # What had gathered during the pause would leave as one burst.
    broadcast.credit, broadcast.credited_at = 0.0, system_now()
    session.execute(
        update(Delivery)
        .where(Delivery.broadcast_id == broadcast_id, Delivery.state == "dropped", Delivery.detail == "expired")
        .values(state="queued", detail="", due_at=business_now(), settled_at=None)
    )
    session.flush()


def set_broadcast_rate(session: Session, *, broadcast_id: UUID, rate_per_second: int | None) -> None:
    """Heeded at the next claim; None is as fast as the channel goes.

    Raises:
        UnknownBroadcast: nothing was opened under this id.
    """
    _broadcast(session, broadcast_id).rate_per_second = rate_per_second
    session.flush()


def set_broadcast_end(session: Session, *, broadcast_id: UUID, expires_at: datetime) -> None:
    """Whoever is not told by then is not told any more.

    Raises:
        UnknownBroadcast: nothing was opened under this id.
    """
    _broadcast(session, broadcast_id).expires_at = expires_at
    session.flush()


def _broadcast(session: Session, broadcast_id: UUID) -> Broadcast:
    broadcast = session.get(Broadcast, broadcast_id, with_for_update=True, populate_existing=True)
    if broadcast is None:
        raise UnknownBroadcast
    return broadcast


def forget_member(session: Session, event: MemberErased) -> None:
    """Deletes the inbox of somebody who was erased; what was in line finds neither its message nor a device."""
    session.execute(delete(Message).where(Message.member_id == event.member_id))


def drop_expired_secrets(session: Session, now: datetime) -> int:
    """Deletes secrets that are no longer good at `now` (system time), sent or not; at most one batch."""
    expired = list(
        session.scalars(
            select(AddressedMessage.id)
            .where(AddressedMessage.expires_at <= now)
            .order_by(AddressedMessage.expires_at)
            .limit(EXPIRED_BATCH_ROWS)
            .with_for_update(skip_locked=True)
        )
    )
    session.execute(
        update(Delivery)
        .where(Delivery.source_id.in_(expired), Delivery.state.in_(OPEN_STATES))
        .values(state="dropped", detail="expired", lease_until=None, settled_at=now)
    )
    session.execute(delete(AddressedMessage).where(AddressedMessage.id.in_(expired)))
    return len(expired)
