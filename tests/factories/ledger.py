"""Members with books, for tests of the ledger alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.ledger.audit import Finding, check_books, member_page
from backend.ledger.book import Cause
from backend.shared.clock import system_now
from backend.shared.db import driver_connection
from backend.shared.ids import new_id
from tests.factories.members import member as make_member


def member_with_book(session: Session) -> UUID:
    """A member whose book is open and empty."""
    member_id = make_member(session).id
    service.open_accounts(session, [member_id])
    return member_id


def cause(natural_key: str, *, at: datetime, **facts: object) -> Cause:
    """A cause of a transaction with little to say."""
    return Cause(
        natural_key=natural_key,
        effective_at=at,
        recorded_at=system_now(),
        wording="ledger.release",
        facts=dict(facts),
        rule="base",
        receipt_id=new_id(),
    )


def corrupt(session: Session, statement: str, **values: object) -> None:
    """Changes rows as a broken disk or a careless hand would: past every check."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(statement), values)
    session.execute(text("SET LOCAL session_replication_role = origin"))


def findings(session: Session) -> list[Finding]:
    """What the auditor and the database's own checks find in all books, in a session that will be rolled back."""
    driver_connection(session).execute("SET CONSTRAINTS ALL IMMEDIATE")
    return check_books(session, member_page(session, after=UUID(int=0), limit=10_000))
