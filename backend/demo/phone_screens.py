"""The demo phones as they lie on the table: whose each is, and what its lock screen shows.

A phone is a person's number together with the apps that the person signed in to. Addresses of nobody known (a number
that has not joined yet) are phones of their own; devices of which only the push token is known are counted together.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import phonenumbers
from sqlalchemy.orm import Session

from backend.demo.cast import ALICE, BORIS
from backend.members import queries as members
from backend.members.addresses import REGION_DEFAULT, parse_email, parse_phone
from backend.members.sign_in_codes import contact_lookup
from backend.shared.errors import Invalid

PHONES_SHOWN = 6
NOTICES_SHOWN = 5
PINNED = (ALICE.phone, BORIS.phone)
ONE_TIME_CODE = re.compile(r"\b\d{6,8}\b")


@dataclass(frozen=True)
class Notice:
    """One message on a lock screen. `code` is the one-time code that it brings, if it brings one."""

    id: str
    channel: str
    title: str
    body: str
    arrived_at: datetime
    code: str | None


@dataclass
class PhoneScreen:
    """One phone: `label` is its owner's, None while the owner is unknown; `number` is written for people."""

    key: str
    label: str | None
    number: str | None
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """What the page shows: phones, and how many more devices were told what."""

    phones: Sequence[PhoneScreen]
    other_devices: int
    other_last: Notice | None


@dataclass
class _Owners:
    """Whose the addresses are, as far as members know it."""

    by_address: dict[str, UUID]
    labels: Mapping[UUID, members.MemberLabel]
    numbers: Mapping[UUID, str]


def lay_out(session: Session, messages: Sequence[Mapping[str, Any]]) -> Table:
    """The phones to which these messages (newest first) came; the demo's own two come first, then the newest."""
    owners = _owners(session, messages)
    phones = {number: _phone(number, owners) for number in PINNED}
    known = {phone.key: phone for phone in phones.values()}
    others: dict[str, Notice] = {}
    for message in messages:
        address = message["to"]
        if message["channel"] == "push" and address not in owners.by_address:
            others.setdefault(address, _notice(message))
            continue
        phone = _phone(address, owners)
        phone = known.setdefault(phone.key, phone)
        if len(phone.notices) < NOTICES_SHOWN:
            phone.notices.append(_notice(message))
    return Table(
        phones=list(known.values())[:PHONES_SHOWN],
        other_devices=len(others),
        other_last=next(iter(others.values()), None),
    )


def _phone(address: str, owners: _Owners) -> PhoneScreen:
    member_id = owners.by_address.get(address)
    if member_id is None:
        return PhoneScreen(key=address, label=None, number=written(address))
    number = owners.numbers.get(member_id)
    return PhoneScreen(
        key=str(member_id),
        label=owners.labels[member_id].label,
        number=written(number) if number else None,
    )


def _owners(session: Session, messages: Sequence[Mapping[str, Any]]) -> _Owners:
    contacts = dict.fromkeys([*PINNED, *(message["to"] for message in messages if message["channel"] != "push")])
    by_address = {contact: member_id for contact in contacts if (member_id := _member_of(session, contact))}
    member_ids = set(by_address.values())
    device_ids = [device for devices in members.push_device_ids(session, member_ids).values() for device in devices]
    for device in members.device_addresses(session, device_ids).values():
        by_address[device.token] = device.member_id
    return _Owners(
        by_address=by_address,
        labels=members.labels(session, member_ids),
        numbers=members.contact_addresses(session, member_ids, "phone"),
    )


def _member_of(session: Session, contact: str) -> UUID | None:
    try:
        address = parse_email(contact) if "@" in contact else parse_phone(contact, region=REGION_DEFAULT)
    except Invalid:
        return None
    return members.member_of_contact(session, contact_lookup(address))


def _notice(message: Mapping[str, Any]) -> Notice:
    body = message["body"]
    code = ONE_TIME_CODE.search(body) if message["channel"] != "push" else None
    identity = f"{message['to']}\n{message['sent_at']}\n{body}".encode()
    return Notice(
        id=hashlib.blake2b(identity, digest_size=8).hexdigest(),
        channel=message["channel"],
        title=message["title"],
        body=body,
        arrived_at=datetime.fromisoformat(message["sent_at"]),
        code=code.group() if code else None,
    )


def written(address: str) -> str:
    """A number as people write it; an e-mail address as it is."""
    if "@" in address:
        return address
    try:
        number = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return address
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", "\u00a0")
