"""The demo shop as before its first day: every table emptied in one transaction, the phones' memory cleared."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import MetaData, text
from sqlalchemy.orm import Session

from backend.demo.arrivals import forget_arrivals
from backend.shared.clock import clock
from backend.shared.database_roles import owners_transaction
from backend.shared.db import Base, run_transaction

WITH_TRIGGERS = """
    SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger
    WHERE NOT tgisinternal AND tgrelid = ANY(CAST(:tables AS regclass[]))
"""


def empty() -> None:
    """Deletes everything that the demo has; the tables themselves stay."""
    as_owner = owners_transaction(current_app.config["MOLVA"])
    run_transaction(lambda session: _empty_tables(session, Base.metadata), boundary=as_owner)
    clock.business_offset = timedelta(0)
    forget_arrivals()


def _empty_tables(session: Session, metadata: MetaData) -> None:
    tables = sorted(metadata.tables)
    guarded = list(session.scalars(text(WITH_TRIGGERS), {"tables": tables}))
    # The books and the audit log refuse to be emptied; only here they are not asked.
    for table in guarded:
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    session.execute(text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY"))
    for table in guarded:
        session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
