"""What a guest's standing in the programme means at the till: the tier to greet by, and the discount to take off."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme
from backend.shared.i18n import current_locale
from backend.tiers import queries as tiers


@dataclass(frozen=True, kw_only=True, slots=True)
class GuestStanding:
    """A guest's tier by name and in the caller's language, and the discount that the guest has grown."""

    tier: str | None = None
    tier_title: str | None = None
    discount_basis_points: int = 0


def standing_of(session: Session, member_id: UUID, programme: Programme | None, *, at: datetime) -> GuestStanding:
    """Where a guest stands in the shop's programme at this moment; nothing is read where it knows no standing."""
    if programme is None:
        return GuestStanding()
    tier = None
    if programme.tiers is not None:
        tier = tiers.tiers_of(session, [member_id], programme=programme.programme).get(member_id)
    level = programme.tiers.level(tier) if programme.tiers else None
    discount = 0
    if programme.discount is not None:
        discount = tiers.discount_basis_points(session, member_id, programme=programme, at=at)
    title = (level.title.get(current_locale()) or level.title["en"]) if level else None
    return GuestStanding(tier=level.tier if level else None, tier_title=title, discount_basis_points=discount)
