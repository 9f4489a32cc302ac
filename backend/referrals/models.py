"""Codes, visits and referrals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base

SIDES = ("advocate", "friend", "second_advocate")
REWARD_STATES = ("given", "withheld", "refused", "not_given", "taken_back")
STATUSES = ("joined", "qualified", "pending", "rewarded", "rejected", "reversed")


class ReferralCode(Base):
    """A member's own code; made once, at first need."""

    __tablename__ = "referral_codes"
    __table_args__ = (CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="period"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    # Unique: two first requests at once make one code.
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class ReferralVisit(Base):
    """How many people opened a code's link, by channel and day; never who."""

    __tablename__ = "referral_visits"
    __table_args__ = (CheckConstraint("visits > 0", name="visits"),)

    code: Mapped[str] = mapped_column(ForeignKey("referral_codes.code"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    visits: Mapped[int]


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
        # A leaked code: who joined by it within a day.
        Index("ix_referrals_code", "code", "joined_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    advocate_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    # Unique: bound once, for ever.
    friend_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), unique=True)
    code: Mapped[str] = mapped_column(ForeignKey("referral_codes.code"))
    channel: Mapped[str]
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
