"""Reading rulings and cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from backend.screening.errors import UnknownCase
from backend.screening.models import CASE_STATES as CASE_STATES
from backend.screening.models import SUBJECT_KINDS as SUBJECT_KINDS
from backend.screening.models import ScreeningCase, ScreeningRuling

# What other features know of the table.
Case: TypeAlias = ScreeningCase


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


def case(session: Session, case_id: UUID) -> ScreeningCase:
    """A case as it stands.

    Raises:
        UnknownCase: there is none of this id.
    """
    found = session.get(ScreeningCase, case_id, populate_existing=True)
    if found is None:
        raise UnknownCase
    return found


def open_cases(
    session: Session,
    *,
    subject_kind: str | None = None,
    rule: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[ScreeningCase]:
    """Cases that wait, those opened first before the rest, after the case `after`; at most `limit` and one more."""
    statement = select(ScreeningCase).where(ScreeningCase.state == "open")
    if subject_kind is not None:
        statement = statement.where(ScreeningCase.subject_kind == subject_kind)
    if rule is not None:
        statement = statement.where(ScreeningCase.rule == rule)
    if after is not None:
        place = select(ScreeningCase.opened_at, ScreeningCase.id).where(ScreeningCase.id == after).subquery()
        statement = statement.where(
            tuple_(ScreeningCase.opened_at, ScreeningCase.id) > select(place.c.opened_at, place.c.id).scalar_subquery()
        )
    return list(session.scalars(statement.order_by(ScreeningCase.opened_at, ScreeningCase.id).limit(limit + 1)))


def open_count(session: Session) -> int:
    """How many cases wait for a person."""
    return session.scalar(select(func.count()).select_from(ScreeningCase).where(ScreeningCase.state == "open")) or 0


def decided_lately(session: Session, *, limit: int) -> list[ScreeningCase]:
    """The cases decided last, the newest first."""
    return list(
        session.scalars(
            select(ScreeningCase)
            .where(ScreeningCase.state != "open")
            .order_by(ScreeningCase.decided_at.desc(), ScreeningCase.id.desc())
            .limit(limit)
        )
    )


def cases_of(session: Session, *, subject_kind: str, subject_ids: Sequence[UUID]) -> dict[UUID, ScreeningCase]:
    """The newest case of each subject that has one, open or decided."""
    rows = session.scalars(
        select(ScreeningCase)
        .where(ScreeningCase.subject_kind == subject_kind, ScreeningCase.subject_id.in_(subject_ids))
        .order_by(ScreeningCase.id)
    )
    return {row.subject_id: row for row in rows}
