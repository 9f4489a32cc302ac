"""Codes, visits and referrals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

SIDES = ("advocate", "friend", "second_advocate")
REWARD_STATES = ("given", "withheld", "refused", "not_given", "taken_back")
CODE_KINDS = ("own", "vanity", "rotated")
STATUSES = ("joined", "qualified", "pending", "rewarded", "rejected", "reversed")


class ReferralCode(Base):
    """A code that leads to a member: the own one, one of their choice (`vanity`), or a former own one (`rotated`).

    `shape` is what a chosen code looks like to a hasty eye. With `uses_maximum`, so many friends may join by it.
    """

    __tablename__ = "referral_codes"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="period"),
        CheckConstraint(f"kind IN {CODE_KINDS}", name="kind"),
        CheckConstraint("uses_maximum > 0", name="uses_maximum"),
        Index("ix_referral_codes_member", "member_id"),
        # Two first requests at once make one code.
        Index(
            "uq_referral_codes_living_own",
            "member_id",
            unique=True,
            postgresql_where=text("kind = 'own' AND ends_at IS NULL"),
        ),
        Index(
            "uq_referral_codes_living_vanity",
            "member_id",
            unique=True,
            postgresql_where=text("kind = 'vanity' AND ends_at IS NULL"),
        ),
        # Two chosen codes never look alike, nor like one that has ended: printed links do not change their owner.
        Index("uq_referral_codes_shape", "shape", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str]
    shape: Mapped[str | None]
    uses_maximum: Mapped[int | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class ReferralLink(Base):
    """A link that a member or the marketer named; its visits are counted apart. `slug` stands in the address."""

    __tablename__ = "referral_links"
    __table_args__ = (UniqueConstraint("member_id", "slug"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    slug: Mapped[str]
    label: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ReferralVisit(Base):
    """How many people opened a code's link, by channel, named link, campaign and day; never who."""

    __tablename__ = "referral_visits"
    __table_args__ = (CheckConstraint("visits > 0", name="visits"),)

    code: Mapped[str] = mapped_column(ForeignKey("referral_codes.code", onupdate="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    link_slug: Mapped[str] = mapped_column(server_default=text("''"), primary_key=True)
    utm_campaign: Mapped[str] = mapped_column(server_default=text("''"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    visits: Mapped[int]


class ReferralVisitor(Base):
    """That somebody who keeps no cookie was counted today: a keyed digest, of no use tomorrow, and then erased."""

    __tablename__ = "referral_visitors"

    day: Mapped[date] = mapped_column(primary_key=True)
    visitor: Mapped[bytes] = mapped_column(primary_key=True)


class Referral(Base):
    """Who brought whom, by which code, and what became of it."""

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("advocate_id <> friend_id", name="two_people"),
        CheckConstraint(
            "advocate_points_taken_back BETWEEN 0 AND coalesce(advocate_points, 0)"
            " AND friend_points_taken_back BETWEEN 0 AND coalesce(friend_points, 0)",
            name="taken_back",
        ),
        CheckConstraint(
            "status NOT IN ('qualified', 'rejected', 'reversed') OR reason_kind IS NOT NULL", name="reason"
        ),
        CheckConstraint(
            "status NOT IN ('qualified', 'pending', 'rewarded', 'reversed')"
            " OR (qualifying_receipt_id IS NOT NULL AND qualified_at IS NOT NULL"
            " AND advocate_points IS NOT NULL AND friend_points IS NOT NULL)",
            name="qualified",
        ),
        # What the till asks for every batch of receipts; holds only those who have not bought yet.
        Index("ix_referrals_open", "friend_id", postgresql_where=text("status = 'joined'")),
        # The advocate's list, newest first.
        Index("ix_referrals_advocate", "advocate_id", "id"),
        # The cap: what one advocate earned within a window.
        Index(
            "ix_referrals_cap",
            "advocate_id",
            "qualified_at",
            postgresql_where=text("status IN ('qualified', 'pending', 'rewarded')"),
        ),
        # The leaderboard and the reports: whose friends earned the reward in a month.
        Index(
            "ix_referrals_earned",
            "qualified_at",
            "advocate_id",
            postgresql_where=text("status IN ('pending', 'rewarded')"),
        ),
        # A leaked code: whom one advocate brought within a day.
        Index("ix_referrals_joined", "advocate_id", "joined_at"),
        # Who joined by a code.
        Index("ix_referrals_code", "code", "joined_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    advocate_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    # Unique: bound once, for ever.
    friend_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), unique=True)
    # A chosen code may be a name: it is renamed when its owner is erased.
    code: Mapped[str] = mapped_column(ForeignKey("referral_codes.code", onupdate="CASCADE"))
    channel: Mapped[str]
    link_slug: Mapped[str | None]
    utm_source: Mapped[str | None]
    utm_medium: Mapped[str | None]
    utm_campaign: Mapped[str | None]
    status: Mapped[str]
    status_at: Mapped[datetime]
    reason_kind: Mapped[str | None]
    reason_facts: Mapped[dict[str, Any]]
    joined_at: Mapped[datetime]
    qualifying_receipt_id: Mapped[UUID | None]
    qualified_at: Mapped[datetime | None]
    available_at: Mapped[datetime | None]
    advocate_points: Mapped[int | None]
    friend_points: Mapped[int | None]
    advocate_points_taken_back: Mapped[int] = mapped_column(server_default=text("0"))
    friend_points_taken_back: Mapped[int] = mapped_column(server_default=text("0"))


class GivenReward(Base):
    """What a referral brought to whom and why, in the order in which it came: the two rewards of the qualifying
    purchase, and all others of the programme's plan.

    `withheld` waits for a person's decision and was not given; `refused` was decided against; `not_given` is a coupon
    of which none was left. `taken_back` says that nothing of it is left.
    """

    __tablename__ = "referral_rewards"
    __table_args__ = (
        # Natural: a reward comes to a side of a referral once for each occurrence.
        UniqueConstraint("referral_id", "reward", "side", "occurrence"),
        CheckConstraint(f"state IN {REWARD_STATES}", name="state"),
        CheckConstraint(f"side IN {SIDES}", name="side"),
        CheckConstraint("points_taken_back BETWEEN 0 AND coalesce(points, 0)", name="taken_back"),
        CheckConstraint(
            "state <> 'given' OR (points IS NULL) = (transaction_id IS NULL)", name="points_are_in_the_ledger"
        ),
        # Caps and milestones: what one member got of a reward within a window; and a member's own rewards.
        Index("ix_referral_rewards_member", "member_id", "reward", "at"),
        # What the ledger releases or takes back.
        Index("ix_referral_rewards_transaction", "transaction_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"))
    reward: Mapped[str]
    side: Mapped[str]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    event: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'given'"))
    points: Mapped[int | None]
    """None for a coupon."""
    points_taken_back: Mapped[int] = mapped_column(server_default=text("0"))
    order_id: Mapped[UUID | None]
    """The coupon."""
    transaction_id: Mapped[UUID | None]
    receipt_id: Mapped[UUID | None]
    """The friend's purchase that brought it; None for joining."""
    occurrence: Mapped[int]
    at: Mapped[datetime]
    wording: Mapped[str]
    facts: Mapped[dict[str, Any]]
    """What explains it, and by which version and terms of the programme it is."""


class ReferralState(Base):
    """That a referral became so, when and why; written by the database itself whenever a status changes."""

    __tablename__ = "referral_states"

    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    reason_kind: Mapped[str | None]
    reason_facts: Mapped[dict[str, Any]]
