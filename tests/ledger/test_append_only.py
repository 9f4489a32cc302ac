"""What is written in the books stays: the database itself refuses to change it, to delete it, or to empty a table."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories.ledger import member_with_book
from tests.ledger.test_sealing import earn, seal_round

WRITTEN_ONCE = {
    "ledger_transactions": "rule = 'other'",
    "ledger_entries": "points = points + 1",
    "ledger_lot_movements": "points_remaining_change = 0",
    "ledger_seals": "transactions_count = 0",
    "ledger_sealed_transactions": "number = number",
}
# These go on with every transaction, and are never taken away.
STANDING = ("ledger_balances", "ledger_lots")


@pytest.fixture(autouse=True)
def book(session: Session) -> None:
    """Somebody has earned, and it is sealed."""
    earn(session, member_with_book(session))
    seal_round(session)
    # What waits for the commit would keep a table from being emptied by itself.
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.mark.parametrize("table", WRITTEN_ONCE)
def test_what_was_written_is_not_changed(session: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(f"UPDATE {table} SET {WRITTEN_ONCE[table]}"))


@pytest.mark.parametrize("table", [*WRITTEN_ONCE, *STANDING])
@pytest.mark.parametrize("deletion", ["DELETE FROM {} WHERE false", "TRUNCATE {} CASCADE"])
def test_nothing_is_deleted(session: Session, table: str, deletion: str) -> None:
    with pytest.raises(DBAPIError, match="append-only|stays"), session.begin_nested():
        session.execute(text(deletion.format(table)))
