"""How the shop keeps its promise: disputes by month and by topic, how they end, how long they take, what people say."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from backend.shared.db import driver_connection


@dataclass(frozen=True, slots=True)
class Line:
    """What was opened in one month, or about one topic; hours are the median from opening to a person's decision."""

    name: str
    opened: int
    settled: int
    upheld: int
    refused: int
    withdrawn: int
    open: int
    overdue: int
    """Open beyond the deadline, or ended after it."""
    median_hours: float | None
    points: int
    rated: int
    rating: float | None

    @property
    def decided(self) -> int:
        """By a person."""
        return self.upheld + self.refused


@dataclass(frozen=True, slots=True)
class Report:
    """A span of months as a whole, month by month, and by topic."""

    total: Line
    months: list[Line]
    topics: list[Line]


_LINES = """
SELECT {name}, count(*),
       count(*) FILTER (WHERE state = 'settled'),
       count(*) FILTER (WHERE state = 'upheld'),
       count(*) FILTER (WHERE state = 'refused'),
       count(*) FILTER (WHERE state = 'withdrawn'),
       count(*) FILTER (WHERE ended_at IS NULL),
       count(*) FILTER (WHERE coalesce(ended_at, %(now)s) > due_at),
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY CASE WHEN state IN ('upheld', 'refused') THEN extract(epoch FROM ended_at - opened_at) END
       ) / 3600,
       coalesce(sum(points) FILTER (WHERE state = 'upheld'), 0)::bigint,
       count(rating), avg(rating)::float
FROM disputes
WHERE opened_at >= %(since)s AND opened_at < %(until)s
{grouping}
"""


def report(session: Session, *, since: datetime, until: datetime, now: datetime, zone: str) -> Report:
    """What was opened in `[since, until)`, as it stands now; months are the shop's."""
    month = "to_char(opened_at AT TIME ZONE %(zone)s, 'YYYY-MM')"
    values = {"since": since, "until": until, "now": now, "zone": zone}

    def lines(name: str, grouping: str) -> list[Line]:
        statement = _LINES.format(name=name, grouping=grouping)
        return [Line(*row) for row in driver_connection(session).execute(statement, values)]

    (total,) = lines("''", "")
    return Report(
        total=total,
        months=lines(month, "GROUP BY 1 ORDER BY 1"),
        topics=lines("topic", "GROUP BY 1 ORDER BY 2 DESC, 1"),
    )


def first_of_month(day: date, *, months_before: int = 0) -> date:
    """The first day of the month that lies so many months before this day's."""
    number = day.year * 12 + day.month - 1 - months_before
    return date(number // 12, number % 12 + 1, 1)
