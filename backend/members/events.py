"""What the members feature tells, in its own transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.members.account_changes import NotedChange


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberJoined:
    """Somebody became a member."""

    member_id: UUID
    joined_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class MembersJoined:
    """Many became members at once, from an import."""

    member_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberErased:
    """A member was erased: nothing personal is left. The id stays in the books."""

    member_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileFilled:
    """A member has told name and birthday, and can be reached by phone or e-mail. Whoever changes them later, and has
    all of them again, is told of again.
    """

    member_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class FurtherDeviceLinked:
    """A member who had a device already began to use another one; `change` is what was kept of it, unless all the
    others were brought along with the member.
    """

    member_id: UUID
    platform: str | None
    linked_at: datetime
    change: NotedChange | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneChanged:
    """A member moved from one phone number to another; the old one is in E.164."""

    member_id: UUID
    phone_before: str = field(repr=False)
    change: NotedChange


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberChanged:
    """Something about a member is not as it was, and no row with a new id says so: profile, consents, devices."""

    member_id: UUID
