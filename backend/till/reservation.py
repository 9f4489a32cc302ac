"""A reservation as a till asks for it, as it is told of it, and as it stands; plain data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.programmes.programme import points_payable
from backend.till.receipt_request import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class ReservationRequest:
    """So many points for a sale of this amount; `code` is what the guest's phone shows."""

    store: Store
    external_id: str
    code: str
    points: int
    amount_minor: int
    currency: str | None = None
    """None means the shop's own."""
    till_key: str | None = None
    """See `ReceiptRequest`."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A reservation with the till's answer; `repeated` says that it was there before."""

    reservation_id: UUID
    answer: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfirmationRequest:
    """The sale went through. `points` below what is set aside spend so many and let the rest go; `amount_minor` is what
    the sale came to, where it is not what it was when the points were set aside.
    """

    store: Store
    reservation_id: UUID
    points: int | None = None
    amount_minor: int | None = None
    till_key: str | None = None
    """See `ReceiptRequest`."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reservation that is over, with the till's answer; `repeated` says that it was over before."""

    reservation_id: UUID
    answer: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as it stands; the columns in the order of `statements.FIND`."""

    id: UUID
    store_id: UUID
    external_id: str
    member_id: UUID
    status: str
    points: int
    points_spent: int
    amount_minor: int
    currency: str
    programme: str
    programme_version: int
    point_value_minor: int
    maximum_share_basis_points: int
    reserve_id: UUID
    receipt_id: UUID
    has_receipt: bool
    expires_at: datetime

    def points_for(self, amount_minor: int) -> int:
        """How many of the points that are set aside may pay for a receipt of this amount."""
        payable = points_payable(
            amount_minor,
            maximum_share_basis_points=self.maximum_share_basis_points,
            point_value_minor=self.point_value_minor,
        )
        return min(self.points, payable)
