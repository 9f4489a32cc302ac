"""What the worker does for the ledger by itself."""

from backend.ledger import burning_notices, reconciliation, sealing, service
from backend.shared.jobs import Job

LEDGER_JOBS = (
    Job(
        name="ledger_release",
        clock="business",
        next_due=service.next_release,
        run=service.release_due,
        maximum_lateness_seconds=300,
        goes_ahead=True,
    ),
    Job(
        name="ledger_expiry",
        clock="business",
        next_due=service.next_expiry,
        run=service.expire_due,
        maximum_lateness_seconds=900,
        goes_ahead=True,
    ),
    Job(
        name=burning_notices.JOB,
        clock="business",
        next_due=burning_notices.next_notice,
        run=burning_notices.tell_due,
        maximum_lateness_seconds=3600,
    ),
    Job(
        name=sealing.JOB,
        clock="system",
        next_due=sealing.next_sealing,
        run=sealing.seal_due,
        maximum_lateness_seconds=300,
    ),
    Job(
        name=reconciliation.JOB,
        clock="system",
        next_due=reconciliation.next_reconciliation,
        run=reconciliation.reconcile_due,
        maximum_lateness_seconds=3600,
    ),
)
