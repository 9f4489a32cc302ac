"""Reading who stands where."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes import ladder
from backend.programmes.programme import Programme, TextByLanguage
from backend.shared.attributes import SegmentFacts
from backend.shared.db import Promise, driver_connection
from backend.tiers.measuring import measure
from backend.tiers.segment_attributes import FACTS
from backend.tiers.statements import STANDINGS, TIERS_OF


@dataclass(frozen=True, slots=True)
class TierStanding:
    """Where a member stands, and what is missing to the next tier. Amounts are in the unit of the ladder's measure."""

    tier: str | None
    title: TextByLanguage | None
    since: datetime | None
    holds_until: datetime | None
    measured: int
    next_tier: str | None
    next_title: TextByLanguage | None
    missing: int
    benefits: tuple[TextByLanguage, ...] = ()


def tiers_of(session: Session, member_ids: Collection[UUID], *, programme: str) -> dict[UUID, str | None]:
    """Each member's tier in a programme, by the programme's name; None below the first one."""
    return ask_tiers_of(session, member_ids, programme=programme)()


def ask_tiers_of(session: Session, member_ids: Collection[UUID], *, programme: str) -> Promise[dict[UUID, str | None]]:
    """`tiers_of`, for `sent_together`."""
    facts = {"member_ids": list(member_ids), "programme": programme}
    asked = driver_connection(session).execute(TIERS_OF, facts, prepare=True)
    return lambda: dict.fromkeys(member_ids) | dict(asked.fetchall())


def standing(session: Session, member_id: UUID, *, programme: Programme, at: datetime) -> TierStanding | None:
    """Where a member stands in a programme at this moment; None where it has no tiers."""
    tiers = programme.tiers
    if tiers is None:
        return None
    facts = {"member_ids": [member_id], "programme": programme.programme}
    row = driver_connection(session).execute(STANDINGS, facts, prepare=True).fetchone()
    _member_id, tier, since, holds_until = row or (member_id, None, None, None)
    measured = measure(session, [member_id], programme, window=tiers.window, at=at)[member_id]
    level, place = tiers.level(tier), ladder.rank(tiers, tier)
    following = ladder.level_at(tiers, place + 1)
    return TierStanding(
        tier=level.tier if level else None,
        title=level.title if level else None,
        since=since if level else None,
        holds_until=holds_until if level else None,
        measured=measured,
        next_tier=following.tier if following else None,
        next_title=following.title if following else None,
        missing=max(0, following.threshold - measured) if following else 0,
        benefits=level.benefits if level else (),
    )


def discount_basis_points(session: Session, member_id: UUID, *, programme: Programme, at: datetime) -> int:
    """The discount that the member's spending has reached at this moment; 0 where the programme has none."""
    discount = programme.discount
    if discount is None:
        return 0
    spent = measure(session, [member_id], programme, window=discount.window, at=at, what="spend")
    return ladder.discount_of(discount, spent[member_id])


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
