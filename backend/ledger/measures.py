"""What Prometheus and `/readyz` are told of the ledger's proof."""

from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy.orm import Session

from backend.ledger.reconciliation import JOB
from backend.shared.db import driver_connection

_FIGURES = """
SELECT (SELECT count(*) FROM ledger_balances WHERE frozen_at IS NOT NULL),
       (SELECT count(*) FROM ledger_findings WHERE resolved_at IS NULL),
       (SELECT coalesce(max(number), 0) FROM ledger_seals),
       (SELECT extract(epoch FROM everybody_at) FROM ledger_progress WHERE job = %(job)s)
"""


def measures(session: Session) -> Iterable[Metric]:
    """Frozen books, open findings, the last seal, and when everybody's book had been looked at."""
    frozen, findings, seal, everybody_at = _figures(session)
    yield GaugeMetricFamily("molva_ledger_frozen_members", "Members whose points may not be spent", value=frozen)
    yield GaugeMetricFamily("molva_ledger_findings_open", "Invariants that do not hold in a book", value=findings)
    yield GaugeMetricFamily("molva_ledger_last_seal", "The number of the last seal", value=seal)
    if everybody_at is not None:
        yield GaugeMetricFamily(
            "molva_ledger_everybody_checked_timestamp",
            "When reconciliation had been through everybody",
            value=everybody_at,
        )


def alarms(session: Session) -> Mapping[str, str]:
    """Books that somebody has to look at."""
    frozen, findings, _seal, _everybody_at = _figures(session)
    if not frozen and not findings:
        return {}
    return {"ledger": f"{findings:.0f} findings, {frozen:.0f} members frozen; molva ledger audit names them"}


def _figures(session: Session) -> tuple[float, float, float, float | None]:
    row = driver_connection(session).execute(_FIGURES, {"job": JOB}).fetchone() or (0, 0, 0, None)
    frozen, findings, seal, everybody_at = row
    return frozen, findings, seal, None if everybody_at is None else float(everybody_at)
