"""What the rules caught, what of it was wrong, and what rules in shadow would have done; by rule, version and month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from backend.shared.db import driver_connection

_RULED = """
SELECT rule, version, date_trunc('month', at AT TIME ZONE %(zone)s)::date AS month, count(*),
       count(*) FILTER (WHERE mode = 'active' AND outcome = 'allow'),
       count(*) FILTER (WHERE mode = 'active' AND outcome = 'hold'),
       count(*) FILTER (WHERE mode = 'active' AND outcome = 'reject'),
       count(*) FILTER (WHERE mode = 'shadow' AND outcome = 'hold'),
       count(*) FILTER (WHERE mode = 'shadow' AND outcome = 'reject')
  FROM screening_rulings WHERE at >= %(since)s AND at < %(until)s
 GROUP BY GROUPING SETS ((rule, version), (rule, version, month))
"""
# A case counts where it was opened, whenever it was decided.
_DECIDED = """
SELECT rule, rule_version, date_trunc('month', opened_at AT TIME ZONE %(zone)s)::date AS month,
       count(*) FILTER (WHERE state = 'open'),
       count(*) FILTER (WHERE state = 'released' AND outcome = 'hold'),
       count(*) FILTER (WHERE state = 'refused'),
       count(*) FILTER (WHERE state = 'released' AND outcome = 'reject'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at) / 3600)
           FILTER (WHERE state <> 'open' AND outcome = 'hold')
  FROM screening_cases WHERE opened_at >= %(since)s AND opened_at < %(until)s
 GROUP BY GROUPING SETS ((rule, rule_version), (rule, rule_version, month))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What a rule said and what became of it.

    Of those held, people `released` some, which were held wrongly, and `refused` others; the rest `waits`, or was held
    by another rule as well, whose case it is. `overturned` are refusals that a dispute showed to be wrong.
    """

    judged: int = 0
    allowed: int = 0
    held: int = 0
    rejected: int = 0
    shadow_held: int = 0
    shadow_rejected: int = 0
    waits: int = 0
    released: int = 0
    refused: int = 0
    overturned: int = 0
    median_hours: float | None = None

    @property
    def caught(self) -> int:
        """How often it acted."""
        return self.held + self.rejected

    @property
    def wrong(self) -> int:
        """How often people found that it was wrong to act."""
        return self.released + self.overturned

    @property
    def in_shadow_would_have(self) -> int:
        """How often it would have acted, had it not only watched."""
        return self.shadow_held + self.shadow_rejected


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleReport:
    """One version of a rule over the whole time and month by month, first to last."""

    rule: str
    version: int
    whole: Tally
    months: Sequence[tuple[date, Tally]]


def together(tallies: Sequence[Tally]) -> Tally:
    """Several tallies as one, without a median."""
    counted = [field.name for field in fields(Tally) if field.name != "median_hours"]
    return Tally(**{name: sum(getattr(tally, name) for tally in tallies) for name in counted})


def report(session: Session, *, since: datetime, until: datetime, zone: str) -> list[RuleReport]:
    """What the rules said from `since` to before `until`, by months of a zone; by rule, the newest version first."""
    connection, facts = driver_connection(session), {"since": since, "until": until, "zone": zone}
    tallies: defaultdict[tuple[str, int], dict[date | None, Tally]] = defaultdict(dict)
    for rule, version, month, judged, allowed, held, rejected, shadow_held, shadow_rejected in connection.execute(
        _RULED, facts
    ):
        tallies[rule, version][month] = Tally(
            judged=judged,
            allowed=allowed,
            held=held,
            rejected=rejected,
            shadow_held=shadow_held,
            shadow_rejected=shadow_rejected,
        )
    for rule, version, month, waits, released, refused, overturned, hours in connection.execute(_DECIDED, facts):
        tallies[rule, version][month] = replace(
            tallies[rule, version].get(month, Tally()),
            waits=waits,
            released=released,
            refused=refused,
            overturned=overturned,
            median_hours=float(hours) if hours is not None else None,
        )
    return [
        RuleReport(
            rule=rule,
            version=version,
            whole=by_month.get(None, Tally()),
            months=sorted((month, tally) for month, tally in by_month.items() if month is not None),
        )
        for (rule, version), by_month in sorted(tallies.items(), key=lambda item: (item[0][0], -item[0][1]))
    ]
