"""What the ledger tells, in its own transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleasedAccrual:
    """A pending accrual that became available."""

    transaction_id: UUID
    member_id: UUID
    points: int
    receipt_id: UUID | None
    referral_id: UUID | None
    released_at: datetime


@dataclass(frozen=True, slots=True)
class AccrualsReleased:
    """A batch of pending accruals became available."""

    items: tuple[ReleasedAccrual, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccrualReversed:
    """Points of a referral's reward were taken back, because the purchase that caused it was returned."""

    transaction_id: UUID
    member_id: UUID
    referral_id: UUID
    points: int
    """Taken back now."""
    points_accrued: int
    """What the reward was."""
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeAdjustmentDecided:
    """A second person decided on the adjustment that a dispute's decision asks for, or nobody did in time."""

    adjustment_id: UUID
    dispute_id: UUID
    status: str
    """`posted`, `refused` or `expired`."""
    transaction_id: UUID | None
    decided_by_name: str | None
    note: str | None
    at: datetime
