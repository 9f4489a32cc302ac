"""Making ready what was claimed: where it goes and what it says, in the reader's language.

What cannot be made ready (no device, a secret past its time, a wording that its facts do not fill) is dropped or failed
alone: one bad row never holds the line up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.notifications import queries, sealing
from backend.shared.clock import system_now
from backend.shared.db import driver_connection
from backend.shared.wording import Names, Reader, render_body, render_title
from push.delivery import Address, AddressKind, Channel, Delivery

log = structlog.get_logger(__name__)

CONTACT_KINDS = {Channel.SMS: AddressKind.PHONE, Channel.EMAIL: AddressKind.EMAIL}

_CLAIMED = """
SELECT deliveries.id, deliveries.attempt_id, deliveries.member_id, deliveries.source_id, deliveries.broadcast_id,
       deliveries.device_id, deliveries.channel, deliveries.marketing, deliveries.repeats,
       messages.kind, messages.facts,
       addressed_messages.kind, addressed_messages.locale, addressed_messages.sealed, addressed_messages.expires_at
FROM deliveries
LEFT JOIN messages ON messages.id = deliveries.source_id
LEFT JOIN addressed_messages ON addressed_messages.id = deliveries.source_id
WHERE deliveries.id = ANY(%(ids)s::uuid[])
ORDER BY deliveries.id
"""


@dataclass(frozen=True)
class Undeliverable:
    """A claimed delivery that will not be sent: the state it ends in, and why."""

    delivery_id: UUID
    attempt_id: UUID
    state: str
    detail: str


class _CannotBeSentError(Exception):
    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state, self.detail = state, detail


@dataclass(frozen=True)
class _Row:
    id: UUID
    attempt_id: UUID
    member_id: UUID | None
    source_id: UUID
    broadcast_id: UUID | None
    device_id: UUID | None
    channel: Channel
    marketing: bool
    repeats: int
    kind: str | None
    facts: Mapping[str, Any] | None
    secret_kind: str | None
    secret_locale: str | None
    sealed: bytes | None
    expires_at: Any


@dataclass(frozen=True)
class _Known:
    """What was looked up for all rows together."""

    readers: Mapping[UUID, Reader]
    devices: Mapping[UUID, Any]
    contacts: Mapping[Channel, Mapping[UUID, str]]
    texts: Mapping[UUID, Mapping[str, Mapping[str, str]]]
    names: Names


def make_ready(session: Session, attempts: Mapping[UUID, UUID]) -> tuple[list[Delivery], list[Undeliverable]]:
    """The claimed rows that still belong to these attempts, as deliveries; and those that cannot be sent."""
    answer = driver_connection(session).execute(_CLAIMED, {"ids": list(attempts)})
    rows = [_Row(row[0], row[1], row[2], row[3], row[4], row[5], Channel(row[6]), *row[7:]) for row in answer]
    rows = [row for row in rows if attempts[row.id] == row.attempt_id]
    known = _look_up(session, rows)
    ready: list[Delivery] = []
    undeliverable: list[Undeliverable] = []
    for row in rows:
        try:
            ready.append(_delivery(row, known))
        except _CannotBeSentError as reason:
            undeliverable.append(Undeliverable(row.id, row.attempt_id, reason.state, reason.detail))
        except Exception:
            log.exception("delivery cannot be rendered", delivery_id=str(row.id), kind=row.kind or row.secret_kind)
            undeliverable.append(Undeliverable(row.id, row.attempt_id, "failed", "unrenderable"))
    return ready, undeliverable


def _look_up(session: Session, rows: Sequence[_Row]) -> _Known:
    member_ids = {row.member_id for row in rows if row.member_id is not None}
    device_ids = {row.device_id for row in rows if row.device_id is not None}
    by_phone = {row.member_id for row in rows if row.channel is Channel.SMS and row.member_id is not None}
    by_email = {row.member_id for row in rows if row.channel is Channel.EMAIL and row.member_id is not None}
    return _Known(
        readers=members.readers(session, member_ids) if member_ids else {},
        devices=members.device_addresses(session, device_ids) if device_ids else {},
        contacts={
            Channel.SMS: members.contact_addresses(session, by_phone, "phone") if by_phone else {},
            Channel.EMAIL: members.contact_addresses(session, by_email, "email") if by_email else {},
        },
        texts=queries.broadcast_texts(session, {row.broadcast_id for row in rows if row.broadcast_id is not None}),
        names=queries.names_in(session, [(row.kind, row.facts or {}) for row in rows if row.kind is not None]),
    )


def _delivery(row: _Row, known: _Known) -> Delivery:
    if row.member_id is None:
        address, kind, title, body = _secret(row)
    else:
        address = _address(row, row.member_id, known)
        kind, title, body = _text(row, known.readers.get(row.member_id), known)
    return Delivery(
        id=row.id,
        attempt_id=row.attempt_id,
        channel=row.channel,
        address=address,
        title=title,
        body=body,
        collapse_id=row.source_id.hex,
        # An accrual's repeat replaces what came before it; an offer told twice is worse than one not told.
        repeat_when_unknown=row.broadcast_id is None and not row.marketing,
        repeats=row.repeats,
        data={"kind": kind, "message_id": str(row.source_id)},
    )


def _secret(row: _Row) -> tuple[Address, str, str, str]:
    if row.sealed is None or row.secret_kind is None or row.expires_at <= system_now():
        raise _CannotBeSentError("dropped", "expired")
    try:
        document = sealing.unseal(row.sealed, row_id=row.source_id)
    except sealing.UnreadableSecretError as error:
        raise _CannotBeSentError("failed", "sealed_with_another_key") from error
    reader = Reader(row.secret_locale or "en")
    title = render_title(row.secret_kind, document["facts"], reader)
    body = render_body(row.secret_kind, document["facts"], reader)
    return Address(CONTACT_KINDS[row.channel], document["address"]), row.secret_kind, title, body


def _address(row: _Row, member_id: UUID, known: _Known) -> Address:
    if row.channel is not Channel.PUSH:
        contact = known.contacts[row.channel].get(member_id)
        if contact is None:
            raise _CannotBeSentError("dropped", "no_address")
        return Address(CONTACT_KINDS[row.channel], contact)
    device = known.devices.get(row.device_id) if row.device_id is not None else None
    if device is None or device.member_id != member_id or device.stale:
        raise _CannotBeSentError("dropped", "no_device")
    return Address(AddressKind(device.token_kind), device.token)


def _text(row: _Row, reader: Reader | None, known: _Known) -> tuple[str, str, str]:
    if reader is None or (row.broadcast_id is None and row.kind is None):
        # The member was erased, and the message with them.
        raise _CannotBeSentError("dropped", "erased")
    if row.broadcast_id is not None:
        text = known.texts[row.broadcast_id][reader.locale]
        return "campaign", text["title"], text["body"]
    kind, facts = row.kind or "", row.facts or {}
    return kind, render_title(kind, facts, reader, known.names), render_body(kind, facts, reader, known.names)
