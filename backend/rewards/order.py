"""An order as others see it; plain data."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.rewards.models import OPEN_STATES, RewardOrder
from backend.rewards.models import ORDER_STATES as ORDER_STATES
from backend.rewards.sealing import unseal

AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A reward that was ordered. With a code it is a coupon; `valid_until` is the last day, in the shop's zone."""

    id: UUID
    member_id: UUID
    programme: str
    programme_version: int
    reward: str
    kind: str
    title: dict[str, str]
    price_points: int
    state: str
    code: str | None
    ordered_at: datetime
    issued_at: datetime | None
    valid_until: date | None
    ended_at: datetime | None
    spend_id: UUID | None
    """None where the shop gave it."""
    used_store_id: UUID | None
    used_receipt: str | None
    terms: dict[str, Any]

    @property
    def reward_id(self) -> str:
        """By what the reward is named among all programmes."""
        return reward_id(self.programme, self.reward)

    @property
    def is_open(self) -> bool:
        """Whether something can still become of it."""
        return self.state in OPEN_STATES

    @property
    def may_be_cancelled_by_member(self) -> bool:
        """Whoever has seen a partner's code may have used it there; and for what was given, nothing comes back."""
        return self.is_open and self.spend_id is not None and (self.code is None or self.terms["codes"] == "made")


def reward_id(programme: str, reward: str) -> str:
    """By what a reward is named among all programmes."""
    return f"{programme}:{reward}"


def order_of(row: RewardOrder, *, zone: str) -> Order:
    """The order that a row keeps, with its code."""
    code = None
    if row.code_hmac is not None and row.code_ciphertext is not None:
        code = unseal(row.code_ciphertext, code_hmac=row.code_hmac)
    return Order(
        id=row.id,
        member_id=row.member_id,
        programme=row.programme,
        programme_version=row.programme_version,
        reward=row.reward,
        kind=row.kind,
        title=row.title,
        price_points=row.price_points,
        state=row.state,
        code=code,
        ordered_at=row.ordered_at,
        issued_at=row.issued_at,
        valid_until=last_day(row.valid_until, zone=zone),
        ended_at=row.ended_at,
        spend_id=row.spend_id,
        used_store_id=row.used_store_id,
        used_receipt=row.used_receipt,
        terms=row.terms,
    )


def last_day(ends_at: datetime | None, *, zone: str) -> date | None:
    """The day before the midnight at which something ends."""
    return (ends_at - AN_INSTANT).astimezone(ZoneInfo(zone)).date() if ends_at else None


def midnight_after(day: date, *, zone: str) -> datetime:
    """The moment at which a day of the zone is over."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
