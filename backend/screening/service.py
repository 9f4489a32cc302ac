"""Keeping rulings, opening a case for what was held, and closing it by a person's decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.screening.errors import CaseDecidedAlready, UnknownCase
from backend.screening.events import CaseClosed, CaseOutcome
from backend.screening.models import ScreeningCase
from backend.screening.rules import Ruling
from backend.shared.db import driver_connection
from backend.shared.events import publish
from backend.shared.ids import new_id
from backend.shared.working_days import working_days_after
from backend.shops.queries import ask_zone
from backend.staff.service import audit

DUE_WORKING_DAYS = 3
"""How long whoever was held waits at most for a person to look."""
STATE_OF: dict[CaseOutcome, str] = {"release": "released", "refuse": "refused"}

_INSERT = """
INSERT INTO screening_rulings
       (id, rule, version, mode, subject_kind, subject_id, member_id, outcome, reason_kind, reason_facts, inputs, at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[],
                     %s::text[], %s::jsonb[], %s::jsonb[], %s::timestamptz[])
"""

# Whoever is held by several rules, or once more, has one case.
_OPEN_CASES = """
INSERT INTO screening_cases
       (id, subject_kind, subject_id, member_id, rule, rule_version, outcome, reason_kind, reason_facts,
        inputs, opened_at, due_at, state)
SELECT *, 'open' FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::text[],
                     %s::text[], %s::jsonb[], %s::jsonb[], %s::timestamptz[], %s::timestamptz[])
ON CONFLICT (subject_kind, subject_id) WHERE state = 'open' DO NOTHING
"""
_OPEN_NOW = """
SELECT screening_cases.subject_id, screening_cases.id
  FROM screening_cases JOIN unnest(%s::text[], %s::uuid[]) AS asked (kind, id)
    ON asked.kind = screening_cases.subject_kind AND asked.id = screening_cases.subject_id
 WHERE screening_cases.state = 'open'
"""


@dataclass(frozen=True, kw_only=True)
class NewRuling:
    """A ruling with what it was about: `subject_kind` is `referral`, `receipt`, `member` or `staff`.

    `member_id` is whose points it is about; None where the subject is one of the staff.
    """

    ruling: Ruling
    subject_kind: str
    subject_id: UUID
    member_id: UUID | None
    at: datetime


def record_rulings(session: Session, rulings: Sequence[NewRuling]) -> None:
    """Keeps the rulings, one statement for all of them."""
    if not rulings:
        return
    session.flush()
    driver_connection(session).execute(
        _INSERT,
        (
            [new_id() for _ in rulings],
            [new.ruling.rule for new in rulings],
            [new.ruling.version for new in rulings],
            [new.ruling.mode for new in rulings],
            [new.subject_kind for new in rulings],
            [new.subject_id for new in rulings],
            [new.member_id for new in rulings],
            [new.ruling.outcome for new in rulings],
            [new.ruling.reason_kind for new in rulings],
            [Jsonb(dict(new.ruling.reason_facts)) for new in rulings],
            [Jsonb(dict(new.ruling.inputs)) for new in rulings],
            [new.at for new in rulings],
        ),
    )


def open_cases(session: Session, held: Sequence[NewRuling]) -> dict[UUID, UUID]:
    """Opens a case for each subject that has no open one, in two statements; the open case's id by subject.

    A case is due in three working days of the shop.
    """
    if not held:
        return {}
    session.flush()
    zone = ask_zone(session)()
    connection = driver_connection(session)
    connection.execute(
        _OPEN_CASES,
        (
            [new_id() for _ in held],
            [one.subject_kind for one in held],
            [one.subject_id for one in held],
            [one.member_id for one in held],
            [one.ruling.rule for one in held],
            [one.ruling.version for one in held],
            [one.ruling.outcome for one in held],
            [one.ruling.reason_kind for one in held],
            [Jsonb(dict(one.ruling.reason_facts)) for one in held],
            [Jsonb(dict(one.ruling.inputs)) for one in held],
            [one.at for one in held],
            [working_days_after(one.at, days=DUE_WORKING_DAYS, zone=zone) for one in held],
        ),
    )
    asked = ([one.subject_kind for one in held], [one.subject_id for one in held])
    return dict(connection.execute(_OPEN_NOW, asked).fetchall())


def open_case(
    session: Session, *, ruling: Ruling, subject_kind: str, subject_id: UUID, member_id: UUID | None, at: datetime
) -> UUID:
    """Opens a case for one subject, or finds the open one; its id. `ruling` is what holds it."""
    held = NewRuling(ruling=ruling, subject_kind=subject_kind, subject_id=subject_id, member_id=member_id, at=at)
    return open_cases(session, [held])[subject_id]


def close_case(
    session: Session,
    *,
    case_id: UUID,
    outcome: CaseOutcome,
    reason: str,
    decided_by: str,
    decided_by_name: str,
    at: datetime,
) -> ScreeningCase:
    """Decides on an open case, once, and tells `CaseClosed`, upon which the subject's owner lets it go on or ends it.

    `decided_by` is whoever acts as the audit log names them. Where the outcome is `refuse`, the participant reads
    `reason`.

    Raises:
        UnknownCase: there is none of this id.
        CaseDecidedAlready: somebody else was first.
    """
    case = session.scalar(
        # The lock lets one of two simultaneous decisions find it open.
        select(ScreeningCase)
        .where(ScreeningCase.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise UnknownCase
    if case.state != "open":
        raise CaseDecidedAlready(decided_by_name=case.decided_by_name, outcome=case.state)
    case.state, case.decided_at, case.reason = STATE_OF[outcome], at, reason
    case.decided_by, case.decided_by_name = decided_by, decided_by_name
    session.flush()
    publish(
        session,
        CaseClosed(
            case_id=case.id,
            subject_kind=case.subject_kind,
            subject_id=case.subject_id,
            member_id=case.member_id,
            outcome=outcome,
            reason=reason,
            decided_by=decided_by,
            at=at,
        ),
    )
    after = {"case_id": str(case.id), "rule": case.rule, "outcome": case.state}
    audit(
        session,
        who=decided_by,
        action=f"{outcome}_case",
        subject=f"{case.subject_kind}:{case.subject_id}",
        after=after,
        reason=reason,
    )
    return case
