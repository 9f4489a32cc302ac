"""What a spend took from which lots, for whoever gives all of it back."""

from uuid import UUID

from sqlalchemy.orm import Session

from backend.shared.db import driver_connection

# The oldest lot first: a debt that is paid on the way is paid by it.
_LOTS_THAT_PAID = """
SELECT lot_id, -(points_remaining_change + points_reserved_change)
FROM ledger_lot_movements
WHERE transaction_id = %(spend_id)s AND points_remaining_change + points_reserved_change < 0
ORDER BY lot_id
"""


def lots_that_paid(session: Session, spend_id: UUID) -> dict[UUID, int]:
    """The lots that a spend took points from, and how many from each."""
    rows = driver_connection(session).execute(_LOTS_THAT_PAID, {"spend_id": spend_id}, prepare=True)
    return dict(rows.fetchall())
