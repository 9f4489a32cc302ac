"""What the worker does for segments: members who were touched, and whole segments within the hour."""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.segments import recomputing, touching
from backend.shared.clock import system_now
from backend.shared.jobs import Job


def _touches_due(session: Session) -> datetime | None:
    return system_now() if touching.anything_new(session) else None


def _work_on_touches(session: Session, _now: datetime) -> int:
    return touching.work(session)


SEGMENT_TOUCHES = Job(name="segment_touches", clock="system", next_due=_touches_due, run=_work_on_touches)
SEGMENT_RECOMPUTE = Job(
    name="segment_recompute",
    clock="business",
    next_due=recomputing.next_due,
    run=recomputing.recompute_next,
    maximum_lateness_seconds=3_600,
)
