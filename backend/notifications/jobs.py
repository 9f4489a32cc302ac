"""What the worker does for notifications besides sending."""

from backend.notifications.queries import next_secret_expiry
from backend.notifications.service import drop_expired_secrets
from backend.shared.jobs import Job

forget_expired_secrets = Job(
    name="expired_secrets", clock="system", next_due=next_secret_expiry, run=drop_expired_secrets
)
