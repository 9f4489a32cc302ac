"""What is kept no longer than it is needed: spent codes, wrong guesses, ended sign-ins, revoked card keys,
how somebody joined."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.shared.db import driver_connection
from backend.shared.jobs import Job

BATCH_ROWS = 5_000
# Limits look back a day; ended sign-ins stay a month, so that a copied refresh token is still recognised as one.
CODES_KEPT = timedelta(days=2)
FAILURES_KEPT = timedelta(days=2)
FAMILIES_KEPT = timedelta(days=30)
# How somebody joined is of use until their invitation is decided, and a dispute about it is over.
JOINING_MARKS_KEPT = timedelta(days=180)

_NEXT_DUE = """
SELECT least(
    (SELECT min(created_at) FROM sign_in_codes) + %(codes_kept)s,
    (SELECT min(failed_at) FROM sign_in_failures) + %(failures_kept)s,
    (SELECT min(expires_at) FROM token_families) + %(families_kept)s,
    (SELECT min(delete_after) FROM card_keys),
    (SELECT min(at) FROM joining_marks) + %(joining_marks_kept)s
)
"""
# Table, its key, and what says that a row is due.
_FORGOTTEN = (
    ("sign_in_codes", "id", "created_at <= %(now)s - %(codes_kept)s"),
    ("sign_in_failures", "id", "failed_at <= %(now)s - %(failures_kept)s"),
    ("token_families", "id", "expires_at <= %(now)s - %(families_kept)s"),
    ("card_keys", "device_id", "delete_after <= %(now)s"),
    ("joining_marks", "member_id", "at <= %(now)s - %(joining_marks_kept)s"),
)


def _facts() -> dict[str, object]:
    return {
        "codes_kept": CODES_KEPT,
        "failures_kept": FAILURES_KEPT,
        "families_kept": FAMILIES_KEPT,
        "joining_marks_kept": JOINING_MARKS_KEPT,
        "limit": BATCH_ROWS,
    }


def _next_due(session: Session) -> datetime | None:
    row = driver_connection(session).execute(_NEXT_DUE, _facts()).fetchone()
    return row[0] if row else None


def _forget(session: Session, now: datetime) -> int:
    connection, facts = driver_connection(session), _facts() | {"now": now}
    forgotten = 0
    for table, key, due in _FORGOTTEN:
        batch = f"SELECT {key} FROM {table} WHERE {due} LIMIT %(limit)s"  # noqa: S608 - our own words alone
        forgotten += connection.execute(f"DELETE FROM {table} WHERE {key} IN ({batch})", facts).rowcount  # noqa: S608
    return forgotten


FORGET_EXPIRED = Job(name="members.forget_expired", clock="system", next_due=_next_due, run=_forget)
