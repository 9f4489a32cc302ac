"""The tables of the inbox, the outbox and the queue.

`member_id` and `source_id` carry no foreign keys: the rows are written under the accrual's lock on the member, members
are erased and never deleted, and a check per row would cost the hot path more than the insert.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

STATES = ("queued", "held", "claimed", "sending", "accepted", "failed", "unknown", "dropped")
WAITING_STATES = ("queued", "held")
LEASED_STATES = ("claimed", "sending")
OPEN_STATES = WAITING_STATES + LEASED_STATES
CHANNELS = ("push", "sms", "email")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Broadcast(Base):
    """The delivery side of a campaign: one text for many people, a rate, and the switch that stops it.

    `texts` maps a language to `{"title", "body"}`. `credit` counts the deliveries that the rate allows right now.
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        CheckConstraint(_one_of("channel", CHANNELS), name="channel_declared"),
        CheckConstraint("rate_per_second IS NULL OR rate_per_second > 0", name="rate_positive"),
        # The queue asks at every claim which broadcasts are under way.
        Index("ix_broadcasts_running", "channel", postgresql_where=text("running")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    marketing: Mapped[bool]
    texts: Mapped[dict[str, Any]]
    running: Mapped[bool]
    rate_per_second: Mapped[int | None]
    credit: Mapped[float] = mapped_column(Float(), server_default=text("0"))
    credited_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Message(Base):
    """One fact told to one member: a row of the inbox and the source of deliveries."""

    __tablename__ = "messages"
    __table_args__ = (
        # A member's inbox, newest first.
        Index("ix_messages_inbox", "member_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    natural_key: Mapped[str] = mapped_column(unique=True)
    broadcast_id: Mapped[UUID | None] = mapped_column(ForeignKey("broadcasts.id"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class AddressedMessage(Base):
    """A secret on its way to an address: one-time codes and the like. `sealed` holds address and facts, encrypted."""

    __tablename__ = "addressed_messages"
    __table_args__ = (Index("ix_addressed_messages_expires_at", "expires_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    locale: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary())
    expires_at: Mapped[datetime]


class Delivery(Base):
    """A message on its way to one device or address.

    `source_id` is the id of the `Message` or of the `AddressedMessage`. `attempt_id` is the fencing token of the worker
    that holds it until `lease_until` (system time); `due_at` is business time. `detail` says why it is where it is.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state_declared"),
        CheckConstraint(_one_of("channel", CHANNELS), name="channel_declared"),
        CheckConstraint(
            "(state IN ('claimed', 'sending')) = (lease_until IS NOT NULL)", name="leased_while_in_a_workers_hands"
        ),
        # Nobody is told twice by one device, however often the telling is repeated.
        UniqueConstraint(
            "source_id",
            "channel",
            "device_id",
            name="uq_deliveries_source_id",
            postgresql_nulls_not_distinct=True,
        ),
        # What is due: triggered messages in one line, each broadcast in its own, so that none waits for another.
        Index(
            "ix_deliveries_due",
            "channel",
            "due_at",
            postgresql_where=text("state IN ('queued', 'held') AND broadcast_id IS NULL"),
        ),
        Index(
            "ix_deliveries_broadcast_due",
            "broadcast_id",
            "due_at",
            postgresql_where=text("state IN ('queued', 'held') AND broadcast_id IS NOT NULL"),
        ),
        # What dead workers left, and whether a broadcast still has something in flight.
        Index(
            "ix_deliveries_leased", "channel", "lease_until", postgresql_where=text("state IN ('claimed', 'sending')")
        ),
        # The marketer's table of states.
        Index("ix_deliveries_broadcast", "broadcast_id", postgresql_where=text("broadcast_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None]
    source_id: Mapped[UUID]
    broadcast_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    channel: Mapped[str]
    marketing: Mapped[bool]
    state: Mapped[str]
    due_at: Mapped[datetime]
    attempt_id: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    repeats: Mapped[int] = mapped_column(server_default=text("0"))
    detail: Mapped[str] = mapped_column(server_default=text("''"))
    provider_message_id: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class MarketingSlot(Base):
    """How often a member may hear an offer: as many numbered slots as offers a week; each is free again after it.

    Taken by an upsert on the key, so that two campaigns sending at one moment cannot both take the last one.
    """

    __tablename__ = "marketing_slots"

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[UUID]
    taken_at: Mapped[datetime]


class DeliveryChannel(Base):
    """A channel as a whole: its pause, its alarm, and the deliveries that its rate allows right now."""

    __tablename__ = "delivery_channels"
    __table_args__ = (CheckConstraint(_one_of("channel", CHANNELS), name="channel_declared"),)

    channel: Mapped[str] = mapped_column(primary_key=True)
    paused_until: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_since: Mapped[datetime | None]
    credit: Mapped[float] = mapped_column(Float(), server_default=text("0"))
    credited_at: Mapped[datetime]
