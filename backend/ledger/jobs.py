"""What the worker does for the ledger by itself."""

from backend.ledger import service
from backend.shared.jobs import Job

LEDGER_JOBS = (
    Job(name="ledger_release", clock="business", next_due=service.next_release, run=service.release_due),
    Job(name="ledger_expiry", clock="business", next_due=service.next_expiry, run=service.expire_due),
)
