"""What referrals tell, in their own transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.programmes.programme import Programme


@dataclass(slots=True)
class CouponDue:
    """A coupon of the catalogue that a reward gives for nothing. Whoever hands coupons out says which it became; where
    there is none left, nothing.
    """

    member_id: UUID
    programme: Programme
    coupon: str
    natural_key: str
    at: datetime
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CouponsWithdrawn:
    """Coupons that were given for nothing are taken back, as far as nobody has used them."""

    order_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CouponsDue:
    """Coupons are to be given; the members' books are locked."""

    items: tuple[CouponDue, ...]
