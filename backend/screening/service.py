"""Keeping rulings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from backend.screening.rules import Ruling
from backend.shared.db import driver_connection
from backend.shared.ids import new_id

_INSERT = """
INSERT INTO screening_rulings
       (id, rule, version, mode, subject_kind, subject_id, member_id, outcome, reason_kind, reason_facts, inputs, at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[],
                     %s::text[], %s::jsonb[], %s::jsonb[], %s::timestamptz[])
"""


@dataclass(frozen=True, kw_only=True)
class NewRuling:
    """A ruling with what it was about: `subject_kind` is `referral` or `receipt`; `member_id` is whose it is."""

    ruling: Ruling
    subject_kind: str
    subject_id: UUID
    member_id: UUID
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
