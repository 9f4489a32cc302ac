"""What is delivered: one message to one address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Channel(StrEnum):
    """The way a message takes; each has a sender of its own."""

    PUSH = "push"
    SMS = "sms"
    EMAIL = "email"


class AddressKind(StrEnum):
    """What an address is. Firebase tells a registration token from an installation id: so must its keeper."""

    TOKEN = "token"  # noqa: S105 - the name of a kind, not a secret
    FID = "fid"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes. `value` is a push token, an installation id, a phone in E.164 or an e-mail address."""

    kind: AddressKind
    value: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address, as one worker has claimed it.

    `attempt_id` is made by the queue at each claim and is the fencing token: everything written later names it, so
    a worker that lost its lease can change nothing. `collapse_id` is the same in every attempt: the phone replaces
    a message by its repeat (`tag`, `apns-collapse-id`, `data.nid`). It is opaque, at most 64 bytes, and carries no
    personal data. `repeat_when_unknown` says what to do when nobody can tell whether the provider took it: True for
    an accrual (a repeat replaces), False for a campaign (told twice is worse than not told). `repeats` counts
    earlier attempts that may have arrived.
    """

    id: UUID
    attempt_id: UUID
    channel: Channel
    address: Address
    title: str
    body: str
    collapse_id: str
    repeat_when_unknown: bool
    repeats: int = 0
    data: Mapping[str, str] = field(default_factory=dict)
