"""The member's card: keys with which phones make codes, codes made by the server, and what a shown code means."""

import base64
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.members import card_code, queries
from backend.members.addresses import Address, home_region, parse_phone
from backend.members.browsers import know_device, look_at_browser
from backend.members.card_code import CardCode
from backend.members.card_number import read_card_number
from backend.members.device_links import link_device
from backend.members.errors import UnknownMember
from backend.members.models import CardKey, Member
from backend.members.personal_data import personal_data
from backend.members.sign_in_codes import contact_lookup
from backend.shared.clock import system_now
from backend.shared.db import Promise, driver_connection
from backend.shared.errors import Invalid
from backend.shops.queries import the_shop

# An offline till brings receipts that are up to three days old; a day more for the till to be switched on.
REVOKED_KEY_DAYS = 4
# More than a person has; whoever makes up installations loses the oldest.
LIVING_KEYS_MAXIMUM = 50


@dataclass(frozen=True, kw_only=True)
class IssuedCardKey:
    """What a phone needs to make codes without a network."""

    device_id: bytes
    secret: bytes = field(repr=False)
    server_time: datetime


@dataclass(frozen=True, kw_only=True)
class ShownCard:
    """A member's card as the server shows it: the printed number, and a code that is taken until `valid_until`."""

    number: str
    code: str
    valid_until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """Whose card was shown, and how.

    `fresh` is true for a code of the current or a neighbouring step alone: such a code may spend. A stale code, a card
    number and a phone may earn. `device_id` and `step` name a code; what is spent once is the pair of them.
    """

    member_id: UUID
    kind: Literal["code", "card", "phone"]
    fresh: bool = False
    device_id: bytes | None = None
    step: int | None = None


def issue_card_key(
    session: Session, *, member_id: UUID, install_id: str, family_id: UUID | None = None
) -> IssuedCardKey:
    """The key of the member's installation; the same one again if it has one, so that a lost answer costs nothing.
    `family_id` is the sign-in on it.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    device_id, secret = _key(session, member_id=member_id, install_id=install_id, fresh_id=_phone_key_id)
    link_device(session, member_id=member_id, install_id=install_id)
    if family_id is not None:
        know_device(session, family_id=family_id)
    return IssuedCardKey(device_id=device_id, secret=secret, server_time=system_now())


def show_card(session: Session, *, member_id: UUID, family_id: UUID | None = None) -> ShownCard:
    """The member's card with a code made by the server, another one at each call. `family_id` is the sign-in that sees
    it.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    key_id, secret = _key(session, member_id=member_id, install_id=None, fresh_id=_server_key_id)
    if family_id is not None:
        look_at_browser(session, member_id=member_id, family_id=family_id)
    number = session.scalar(select(Member.card_number).where(Member.id == member_id))
    step = card_code.step_at(system_now())
    return ShownCard(
        number=number or "",
        code=card_code.encode_by_server(key_id, secret, step=step),
        valid_until=card_code.step_ends_at(step + card_code.SKEW_STEPS),
    )


def revoke_card_key(session: Session, *, member_id: UUID, install_id: str) -> bool:
    """Revokes the key of an installation, whose codes may earn for some days yet; whether there was one."""
    return _revoke(session, CardKey.member_id == member_id, CardKey.install_id == install_id) > 0


def resolve_codes(session: Session, codes: Sequence[str]) -> list[Resolution | None]:
    """What each scanned or typed text means, in order: a card code, a card number or a phone; None where none is known.

    At most one statement for each of the three, whatever the number of codes.
    """
    return ask_resolved_codes(session, codes)()


def ask_resolved_codes(session: Session, codes: Sequence[str]) -> Promise[list[Resolution | None]]:
    """`resolve_codes`, for `sent_together`; phones are looked for when the answer is read."""
    cards = [card_code.decode(text) for text in codes]
    numbers = [None if card else read_card_number(text) for card, text in zip(cards, codes, strict=True)]
    rest = [
        text if card is None and number is None else None
        for card, number, text in zip(cards, numbers, codes, strict=True)
    ]
    resolved_cards = _ask_card_codes(session, [card for card in cards if card])
    members_of_numbers = _ask_members_of_numbers(session, [number for number in numbers if number])

    def answer() -> list[Resolution | None]:
        by_code, by_number = resolved_cards(), members_of_numbers()
        phones = _read_phones(session, rest)
        by_phone = _members_of_phones(session, [phone for phone in phones if phone])

        def resolution(card: CardCode | None, number: str | None, phone: Address | None) -> Resolution | None:
            if card is not None:
                return by_code.get(card)
            if number is not None:
                return Resolution(member_id=by_number[number], kind="card") if number in by_number else None
            member_id = by_phone.get(contact_lookup(phone)) if phone is not None else None
            return Resolution(member_id=member_id, kind="phone") if member_id is not None else None

        return [resolution(*parts) for parts in zip(cards, numbers, phones, strict=True)]

    return answer


KEYS_OF_CODES = """
SELECT card_key.device_id, card_key.member_id, card_key.secret_ciphertext, card_key.revoked_at IS NOT NULL,
       member.key_ciphertext
FROM card_keys AS card_key JOIN members AS member ON member.id = card_key.member_id
WHERE card_key.device_id = ANY(%s) AND member.key_ciphertext IS NOT NULL
"""


def _ask_card_codes(session: Session, codes: Sequence[CardCode]) -> Promise[Mapping[CardCode, Resolution]]:
    """Those of the codes that were made with a key of ours."""
    if not codes:
        return dict
    key_ids = list({code.key_id for code in codes})
    rows = driver_connection(session).execute(KEYS_OF_CODES, (key_ids,), prepare=True)
    return lambda: _signed(codes, {bytes(row[0]): row[1:] for row in rows})


def _signed(codes: Sequence[CardCode], keys: Mapping[bytes, Sequence[Any]]) -> dict[CardCode, Resolution]:
    now = system_now()
    resolved: dict[CardCode, Resolution] = {}
    for code in codes:
        if code.key_id not in keys:
            continue
        member_id, secret_ciphertext, revoked, key_ciphertext = keys[code.key_id]
        member_key = personal_data().member_key(member_id, key_ciphertext)
        secret = member_key.open(secret_ciphertext, place=secret_place(code.key_id))
        if code.signed_by(secret):
            fresh = code.is_fresh(now) and not revoked
            resolved[code] = Resolution(
                member_id=member_id, kind="code", fresh=fresh, device_id=code.device_id, step=code.step
            )
    return resolved


def _read_phones(session: Session, texts: Sequence[str | None]) -> list[Address | None]:
    if not any(texts):
        return [None] * len(texts)
    region = home_region(the_shop(session).zone)

    def read(text: str | None) -> Address | None:
        try:
            return parse_phone(text, region=region) if text else None
        except Invalid:
            return None

    return [read(text) for text in texts]


def _ask_members_of_numbers(session: Session, numbers: Sequence[str]) -> Promise[dict[str, UUID]]:
    if not numbers:
        return dict
    rows = driver_connection(session).execute(
        "SELECT card_number, id FROM members WHERE card_number = ANY(%s) AND erased_at IS NULL",
        (list(numbers),),
        prepare=True,
    )
    return lambda: dict(rows.fetchall())


def _members_of_phones(session: Session, phones: Sequence[Address]) -> dict[bytes, UUID]:
    if not phones:
        return {}
    rows = driver_connection(session).execute(
        "SELECT lookup_hmac, member_id FROM member_contacts WHERE lookup_hmac = ANY(%s)",
        ([contact_lookup(phone) for phone in phones],),
        prepare=True,
    )
    return {bytes(lookup): member_id for lookup, member_id in rows}


def _key(
    session: Session, *, member_id: UUID, install_id: str | None, fresh_id: Callable[[], bytes]
) -> tuple[bytes, bytes]:
    """Id and secret of the living key of the installation (None: of the server), made if there is none."""
    member_key = queries.member_keys(session, [member_id]).get(member_id)
    if member_key is None:
        raise UnknownMember
    while True:
        found = session.execute(
            select(CardKey.device_id, CardKey.secret_ciphertext).where(
                CardKey.member_id == member_id,
                CardKey.install_id.is_not_distinct_from(install_id),
                CardKey.revoked_at.is_(None),
            )
        ).first()
        if found is not None:
            key_id, secret_ciphertext = found
            return key_id, member_key.open(secret_ciphertext, place=secret_place(key_id))
        _make_room(session, member_id)
        key_id = fresh_id()
        secret = os.urandom(card_code.SECRET_BYTES)
        # Where the same key was asked for twice at once, or the id is taken, the next turn finds it or makes another.
        session.execute(
            insert(CardKey)
            .values(
                device_id=key_id,
                member_id=member_id,
                install_id=install_id,
                secret_ciphertext=member_key.seal(secret, place=secret_place(key_id)),
                created_at=system_now(),
            )
            .on_conflict_do_nothing()
        )


def _make_room(session: Session, member_id: UUID) -> None:
    living = session.scalars(
        select(CardKey.device_id)
        .where(CardKey.member_id == member_id, CardKey.revoked_at.is_(None), CardKey.install_id.is_not(None))
        .order_by(CardKey.created_at.desc())
        .offset(LIVING_KEYS_MAXIMUM - 1)
    ).all()
    if living:
        _revoke(session, CardKey.device_id.in_(living))


def _revoke(session: Session, *which: ColumnElement[bool]) -> int:
    now = system_now()
    revoked = session.execute(
        update(CardKey)
        .where(CardKey.revoked_at.is_(None), *which)
        .values(revoked_at=now, delete_after=now + timedelta(days=REVOKED_KEY_DAYS))
        .returning(CardKey.device_id)
    )
    return len(revoked.all())


def _phone_key_id() -> bytes:
    return os.urandom(card_code.DEVICE_ID_BYTES)


def _server_key_id() -> bytes:
    return os.urandom(card_code.SERVER_KEY_ID_BYTES).ljust(card_code.DEVICE_ID_BYTES, b"\0")


def secret_place(key_id: bytes) -> str:
    """Where a key's secret is sealed: it opens nowhere else."""
    return f"card_keys.secret_ciphertext:{base64.b16encode(key_id).decode()}"
