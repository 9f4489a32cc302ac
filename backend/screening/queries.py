"""Reading rulings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.screening.models import ScreeningRuling


def rulings_of(session: Session, *, subject_kind: str, subject_ids: Sequence[UUID]) -> list[ScreeningRuling]:
    """What every rule said of these subjects, in the order in which it was said."""
    return list(
        session.scalars(
            select(ScreeningRuling)
            .where(ScreeningRuling.subject_kind == subject_kind, ScreeningRuling.subject_id.in_(subject_ids))
            .order_by(ScreeningRuling.at, ScreeningRuling.id)
        )
    )


def rulings_since(session: Session, *, member_id: UUID, rule: str, since: datetime) -> list[datetime]:
    """When this rule spoke of this member since a moment, oldest first."""
    return list(
        session.scalars(
            select(ScreeningRuling.at)
            .where(ScreeningRuling.member_id == member_id, ScreeningRuling.rule == rule, ScreeningRuling.at > since)
            .order_by(ScreeningRuling.at)
        )
    )
