"""The phone's own clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, in UTC, as the phone believes it."""
    return datetime.now(UTC)  # noqa: TID251 - the app runs elsewhere: the server's clock is not here to be asked
