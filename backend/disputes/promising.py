"""Setting the promise: by when the shop answers, and on which days nobody works."""

from sqlalchemy.orm import Session

from backend.disputes import queries
from backend.disputes.deadlines import Promise
from backend.disputes.models import DisputeSettings
from backend.staff.service import audit

WORKING_DAYS_MAXIMUM = 60
DAYS_OFF_MAXIMUM = 200


def promise(session: Session, promised: Promise, *, who: str) -> None:
    """Keeps the promise for disputes that are opened from now on; those that are open keep their deadlines."""
    before = _document(queries.promise(session))
    kept = session.get(DisputeSettings, 1, with_for_update=True, populate_existing=True)
    if kept is None:
        kept = DisputeSettings(id=1)
        session.add(kept)
    kept.answer_within_working_days = promised.answer_within_working_days
    kept.remind_after_working_days = promised.remind_after_working_days
    kept.days_off = [day.isoformat() for day in sorted(promised.days_off)]
    session.flush()
    audit(session, who=who, action="set_dispute_promise", subject="disputes", before=before, after=_document(promised))


def _document(promised: Promise) -> dict[str, object]:
    return {
        "answer_within_working_days": promised.answer_within_working_days,
        "remind_after_working_days": promised.remind_after_working_days,
        "days_off": [day.isoformat() for day in sorted(promised.days_off)],
    }
