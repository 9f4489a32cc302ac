"""What the worker does for budgets: it says when one is nearly spent, and when it is spent."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.budgets.statements import TO_TELL, TOLD
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.jobs import Job
from backend.staff.service import audit

# When it came about is written nowhere, for taking writes slices alone. It has been due for a while, whoever asks.
FOR_A_WHILE = timedelta(minutes=1)


def _next_due(session: Session) -> datetime | None:
    now = business_now()
    return now - FOR_A_WHILE if driver_connection(session).execute(TO_TELL, {"now": now}).fetchone() else None


def _tell(session: Session, _due_at: datetime) -> int:
    connection, now = driver_connection(session), business_now()
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
