"""What the worker does for budgets: it says when one is nearly spent, and when it is spent."""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.budgets.statements import TO_TELL, TOLD
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.jobs import Job
from backend.staff.service import audit


def _next_due(session: Session) -> datetime | None:
    now = business_now()
    return now if driver_connection(session).execute(TO_TELL, {"now": now}).fetchone() else None


def _tell(session: Session, now: datetime) -> int:
    connection = driver_connection(session)
    rows = connection.execute(TO_TELL, {"now": now}).fetchall()
    for period_id, programme, budget, period_from, total, left, is_new in rows:
        connection.execute(TOLD, {"id": period_id, "now": now, "is_spent": left == 0})
        facts = {"period_from": period_from.isoformat(), "points_total": total, "points_left": left}
        subject = f"budget:{programme}:{budget}"
        if is_new:
            audit(session, who="worker", action="budget_nearly_spent", subject=subject, after=facts)
        if left == 0:
            audit(session, who="worker", action="budget_spent", subject=subject, after=facts)
    return len(rows)


BUDGET_NOTICES = Job(name="budgets.notices", clock="business", next_due=_next_due, run=_tell)
