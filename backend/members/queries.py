"""Reading members for other features: names, languages, devices, addresses, consents. Set-based throughout."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.members import card_number
from backend.members.errors import UnknownMember
from backend.members.models import Member
from backend.members.personal_data import MemberKey, personal_data
from backend.members.segment_attributes import FACTS
from backend.shared.attributes import SegmentFacts
from backend.shared.clock import system_now
from backend.shared.db import Promise, driver_connection
from backend.shared.wording import Reader

TOKEN_STALE_DAYS = 270
"""A push token that was not refreshed for so long is dead."""
PHONE_DIGITS_MINIMUM = 3
"""A word with so many digits is no name."""


@dataclass(frozen=True, slots=True)
class MemberLabel:
    """How a member is shown to staff and to friends: `Alice K.`; by the card where no name is known."""

    label: str
    first_name: str | None
    card_masked: str


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """Where pushes reach a device; `stale` where its token is too old to be alive."""

    member_id: UUID
    token_kind: Literal["token", "fid"]
    token: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How many members consented to a purpose and can be reached, by channel."""

    push: int
    email: int
    sms: int


def living(session: Session, member_ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that belong to members who are not erased."""
    rows = driver_connection(session).execute(
        "SELECT id FROM members WHERE id = ANY(%s) AND erased_at IS NULL", (list(member_ids),), prepare=True
    )
    return {row[0] for row in rows}


def labels(session: Session, member_ids: Collection[UUID]) -> dict[UUID, MemberLabel]:
    """Each member's label; erased members are shown by their card."""
    rows = driver_connection(session).execute(
        "SELECT id, name_ciphertext, key_ciphertext, card_number FROM members WHERE id = ANY(%s)",
        (list(member_ids),),
        prepare=True,
    )
    return {
        member_id: _label(_open_name(member_id, name, key), card_number.masked(number))
        for member_id, name, key, number in rows
    }


def readers(session: Session, member_ids: Collection[UUID]) -> dict[UUID, Reader]:
    """Each member's language and time zone; an erased member has none."""
    rows = driver_connection(session).execute(
        "SELECT id, locale, zone FROM members WHERE id = ANY(%s) AND erased_at IS NULL",
        (list(member_ids),),
        prepare=True,
    )
    return {member_id: Reader(locale, zone) for member_id, locale, zone in rows}


PUSH_DEVICE_IDS = """
SELECT member_id, array_agg(id ORDER BY id) AS device_ids
FROM devices
WHERE member_id = ANY(%s) AND token_kind IS NOT NULL AND refreshed_at > %s
GROUP BY member_id
"""


def push_device_ids(session: Session, member_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The devices on which each member can be pushed to; members without one are left out."""
    return ask_push_device_ids(session, member_ids)()


def ask_push_device_ids(session: Session, member_ids: Collection[UUID]) -> Promise[dict[UUID, list[UUID]]]:
    """`push_device_ids`, for `sent_together`."""
    asked = driver_connection(session).execute(PUSH_DEVICE_IDS, (list(member_ids), _stale_before()), prepare=True)
    return lambda: dict(asked.fetchall())


def device_addresses(session: Session, device_ids: Collection[UUID]) -> dict[UUID, DeviceAddress]:
    """Where pushes reach these devices; a device that is gone or has no token is left out."""
    rows = driver_connection(session).execute(
        """
        SELECT device.id, device.member_id, device.token_kind, device.token_ciphertext, device.refreshed_at,
               member.key_ciphertext
        FROM devices AS device JOIN members AS member ON member.id = device.member_id
        WHERE device.id = ANY(%s) AND device.token_kind IS NOT NULL AND member.key_ciphertext IS NOT NULL
        """,
        (list(device_ids),),
        prepare=True,
    )
    keys, stale_before = personal_data(), _stale_before()
    return {
        device_id: DeviceAddress(
            member_id=member_id,
            token_kind=token_kind,
            token=keys.member_key(member_id, key).open_text(token, place=token_place(device_id)),
            stale=refreshed_at <= stale_before,
        )
        for device_id, member_id, token_kind, token, refreshed_at, key in rows
    }


def contact_addresses(
    session: Session, member_ids: Collection[UUID], kind: Literal["phone", "email"]
) -> dict[UUID, str]:
    """The phone (E.164) or the e-mail address of each member who has one."""
    rows = driver_connection(session).execute(
        """
        SELECT contact.id, contact.member_id, contact.ciphertext, member.key_ciphertext
        FROM member_contacts AS contact JOIN members AS member ON member.id = contact.member_id
        WHERE contact.member_id = ANY(%s) AND contact.kind = %s
        """,
        (list(member_ids), kind),
        prepare=True,
    )
    keys = personal_data()
    return {
        member_id: keys.member_key(member_id, key).open_text(ciphertext, place=contact_place(contact_id))
        for contact_id, member_id, ciphertext, key in rows
    }


def member_of_contact(session: Session, lookup_hmac: bytes) -> UUID | None:
    """Whose phone or e-mail address this is, by its keyed hash."""
    row = (
        driver_connection(session)
        .execute("SELECT member_id FROM member_contacts WHERE lookup_hmac = %s", (lookup_hmac,), prepare=True)
        .fetchone()
    )
    return row[0] if row else None


def consenting(session: Session, member_ids: Collection[UUID], purpose: str, channel: str) -> set[UUID]:
    """Those of the members whose newest word on this purpose and channel is yes."""
    rows = driver_connection(session).execute(
        """
        SELECT member_id FROM (
            SELECT DISTINCT ON (member_id) member_id, given FROM consents
            WHERE purpose = %s AND channel = %s AND member_id = ANY(%s)
            ORDER BY member_id, revision DESC
        ) AS newest WHERE given
        """,
        (purpose, channel, list(member_ids)),
        prepare=True,
    )
    return {row[0] for row in rows}


def consenting_page(session: Session, *, purpose: str, channel: str, after: UUID | None, limit: int) -> list[UUID]:
    """The next `limit` consenting members in order of their ids, after `after`; empty at the end."""
    rows = driver_connection(session).execute(
        """
        SELECT member_id FROM (
            SELECT DISTINCT ON (member_id) member_id, given FROM consents
            WHERE purpose = %(purpose)s AND channel = %(channel)s
              AND member_id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000')
            ORDER BY member_id, revision DESC
        ) AS newest WHERE given ORDER BY member_id LIMIT %(limit)s
        """,
        {"purpose": purpose, "channel": channel, "after": after, "limit": limit},
        prepare=True,
    )
    return [row[0] for row in rows]


def push_member_page(session: Session, *, after: UUID | None, limit: int) -> list[UUID]:
    """The next `limit` members who can be pushed to, in order of their ids, after `after`; empty at the end."""
    rows = driver_connection(session).execute(
        """
        SELECT DISTINCT member_id FROM devices
        WHERE token_kind IS NOT NULL AND refreshed_at > %(stale_before)s
          AND member_id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000')
        ORDER BY member_id LIMIT %(limit)s
        """,
        {"stale_before": _stale_before(), "after": after, "limit": limit},
        prepare=True,
    )
    return [row[0] for row in rows]


def count_push_members(session: Session) -> int:
    """How many members can be pushed to, whatever they consented to."""
    row = (
        driver_connection(session)
        .execute(
            "SELECT count(DISTINCT member_id) FROM devices WHERE token_kind IS NOT NULL AND refreshed_at > %s",
            (_stale_before(),),
        )
        .fetchone()
    )
    return row[0] if row else 0


_COUNT_REACHABLE = """
WITH newest AS (
    SELECT DISTINCT ON (channel, member_id) channel, member_id, given FROM consents
    WHERE purpose = %(purpose)s ORDER BY channel, member_id, revision DESC
)
SELECT
    count(*) FILTER (WHERE channel = 'push' AND EXISTS (
        SELECT FROM devices WHERE devices.member_id = newest.member_id
        AND token_kind IS NOT NULL AND refreshed_at > %(stale_before)s)),
    count(*) FILTER (WHERE channel = 'email' AND EXISTS (
        SELECT FROM member_contacts AS contact WHERE contact.member_id = newest.member_id AND contact.kind = 'email')),
    count(*) FILTER (WHERE channel = 'sms' AND EXISTS (
        SELECT FROM member_contacts AS contact WHERE contact.member_id = newest.member_id AND contact.kind = 'phone'))
FROM newest WHERE given
"""


def count_reachable(session: Session, *, purpose: str = "marketing") -> Reach:
    """How many members consented to this purpose and have a device or an address, by channel."""
    row = (
        driver_connection(session)
        .execute(_COUNT_REACHABLE, {"purpose": purpose, "stale_before": _stale_before()})
        .fetchone()
    )
    return Reach(*row) if row else Reach(0, 0, 0)


def contact_marks(session: Session, member_ids: Collection[UUID]) -> dict[UUID, set[bytes]]:
    """Marks of each member's phone and mailbox; spellings of one mailbox have one mark. For the fraud rules."""
    rows = driver_connection(session).execute(
        "SELECT member_id, array_agg(mark_hmac) FROM member_contacts WHERE member_id = ANY(%s) GROUP BY member_id",
        (list(member_ids),),
        prepare=True,
    )
    return {member_id: set(marks) for member_id, marks in rows}


def further_device_at(session: Session, member_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each member last began to use a device besides the first one (business time); the rest are left out.

    For a day after it nothing is spent from the account: a thief would begin with a device of his own.
    """
    rows = driver_connection(session).execute(
        """
        SELECT member_id, max(first_linked_at) FROM device_links
        WHERE member_id = ANY(%s) GROUP BY member_id HAVING count(*) > 1
        """,
        (list(member_ids),),
        prepare=True,
    )
    return dict(rows.fetchall())


def member_keys(session: Session, member_ids: Sequence[UUID]) -> dict[UUID, MemberKey]:
    """The opened data keys of these members; erased ones have none. For whoever keeps what a member brought: once the
    member is erased, nobody can read it.
    """
    rows = driver_connection(session).execute(
        "SELECT id, key_ciphertext FROM members WHERE id = ANY(%s) AND key_ciphertext IS NOT NULL",
        (list(member_ids),),
        prepare=True,
    )
    keys = personal_data()
    return {member_id: keys.member_key(member_id, key) for member_id, key in rows}


def living_member(session: Session, member_id: UUID) -> tuple[Member, MemberKey]:
    """The member as the database has them now, with the key that opens what is theirs.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    member = session.scalar(
        select(Member)
        .where(Member.id == member_id, Member.erased_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if member is None or member.key_ciphertext is None:
        raise UnknownMember
    return member, personal_data().member_key(member.id, member.key_ciphertext)


def token_place(device_id: UUID) -> str:
    """Where a device's push token is sealed for."""
    return f"devices.token_ciphertext:{device_id}"


def contact_place(contact_id: UUID) -> str:
    """Where a contact is sealed for."""
    return f"member_contacts.ciphertext:{contact_id}"


NAME_PLACE = "members.name_ciphertext"


def _open_name(member_id: UUID, name_ciphertext: bytes | None, key_ciphertext: bytes | None) -> str | None:
    if name_ciphertext is None or key_ciphertext is None:
        return None
    return personal_data().member_key(member_id, key_ciphertext).open_text(name_ciphertext, place=NAME_PLACE)


def _label(name: str | None, card_masked: str) -> MemberLabel:
    words = [word for word in name.split() if _is_name(word)] if name else []
    if not words:
        return MemberLabel(label=card_masked, first_name=None, card_masked=card_masked)
    initial = f" {words[-1][0]}." if len(words) > 1 else ""
    return MemberLabel(label=words[0] + initial, first_name=words[0], card_masked=card_masked)


def _is_name(word: str) -> bool:
    """Whether a word may be shown to others: some people write a phone or a mailbox where a name is asked for."""
    return word[0].isalpha() and "@" not in word and sum(map(str.isdigit, word)) < PHONE_DIGITS_MINIMUM


def _month_and_day(birthday: str | None) -> tuple[int, int] | None:
    return (int(birthday[:2]), int(birthday[3:])) if birthday else None


def _stale_before() -> datetime:
    return system_now() - timedelta(days=TOKEN_STALE_DAYS)


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a member a programme's conditions may look at."""

    joined_at: datetime
    language: str
    birthday: tuple[int, int] | None
    """Month and day."""


def profiles(session: Session, member_ids: Collection[UUID]) -> dict[UUID, Profile]:
    """Each living member's profile."""
    return ask_profiles(session, member_ids)()


def ask_profiles(session: Session, member_ids: Collection[UUID]) -> Promise[dict[UUID, Profile]]:
    """`profiles`, for `sent_together`."""
    asked = driver_connection(session).execute(
        "SELECT id, joined_at, locale, birthday FROM members WHERE id = ANY(%s) AND erased_at IS NULL",
        (list(member_ids),),
        prepare=True,
    )
    return lambda: {
        member_id: Profile(joined_at, locale, _month_and_day(birthday))
        for member_id, joined_at, locale, birthday in asked
    }


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
