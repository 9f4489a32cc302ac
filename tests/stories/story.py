"""What a story is: plain data. Who there is, what happens when, and which of it is honest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Truth = Literal["honest", "fraud"]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who becomes a member by a phone number, or by a mailbox alone; as the register of members has them.

    One person of flesh and blood may be several of these: that is what self-referral is.
    """

    key: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class Device:
    """An installation of the app on some phone. `agent` is what that phone calls itself in requests."""

    install_id: str
    agent: str


@dataclass(frozen=True, kw_only=True)
class Joins:
    """A person becomes a member in the app, at a network address; `truth` is of the referral, where invited."""

    at: datetime
    person: Person
    device: Device
    address: str
    invited_by: Person | None = None
    truth: Truth = "honest"


@dataclass(frozen=True, kw_only=True)
class Enrols:
    """A cashier makes a member of somebody without the app, and may scan the code of whoever recommends the shop."""

    at: datetime
    person: Person
    store: str
    invited_by: Person | None = None
    truth: Truth = "honest"


@dataclass(frozen=True, kw_only=True)
class Opens:
    """A member opens the app on an installation, be it for the first time there or not."""

    at: datetime
    person: Person
    device: Device
    address: str


@dataclass(frozen=True, kw_only=True)
class Buys:
    """A receipt with this person's card on it; `bank_card` is None for cash.

    Where somebody is named who invited the buyer, it is a first purchase at which the cashier scanned that person's
    code, and `truth` is of the referral; else it is of the receipt.
    """

    at: datetime
    person: Person
    number: str
    amount_minor: int
    store: str
    cashier: str
    bank_card: str | None = None
    invited_by: Person | None = None
    truth: Truth = "honest"


@dataclass(frozen=True, kw_only=True)
class Returns:
    """So much of an earlier receipt comes back."""

    at: datetime
    number: str
    amount_minor: int
    store: str


@dataclass(frozen=True, kw_only=True)
class Spends:
    """Somebody with a phone that is signed in shows this member's code and pays with points; `truth` says whether it
    was the member.
    """

    at: datetime
    person: Person
    number: str
    points: int
    store: str
    truth: Truth = "honest"


@dataclass(frozen=True, kw_only=True)
class Hires:
    """A member begins to work as a cashier, and tells the shop which card is their own."""

    at: datetime
    person: Person
    name: str
    store: str


Event = Hires | Joins | Enrols | Opens | Buys | Returns | Spends


@dataclass(frozen=True, kw_only=True)
class Story:
    """One story: `kind` names what it is about, `events` come in the order of time."""

    name: str
    kind: str
    events: Sequence[Event] = field(default_factory=tuple)
