"""What segments may ask of points: what is there, what was earned and spent, what will burn."""

from backend.shared.attributes import Attribute, SegmentFacts, Source, Touches
from backend.shared.wording import N_

POINTS = N_("Points")

_BALANCES = Source("balances", "ledger_balances AS balance", member="balance.member_id", single=True)
_LOTS = Source(
    "lots",
    "(SELECT member_id, points_remaining, expires_at FROM ledger_lots"
    " WHERE points_remaining + points_reserved > 0 AND state = 'available') AS lot",
    member="lot.member_id",
    at="lot.expires_at",
)


def _entries(name: str, kind: str, account: str) -> Source:
    rows = (
        "ledger_transactions AS transaction JOIN ledger_entries AS entry ON entry.transaction_id = transaction.id"
        f" AND entry.account = '{account}' AND transaction.kind = '{kind}'"
    )
    return Source(name, rows, member="transaction.member_id", at="transaction.effective_at")


FACTS = SegmentFacts(
    attributes=(
        Attribute("points", POINTS, N_("Points that can be spent"), "whole", _BALANCES, "balance.available"),
        Attribute("points_pending", POINTS, N_("Points on the way"), "whole", _BALANCES, "balance.pending"),
        Attribute(
            "points_earned",
            POINTS,
            N_("Points earned"),
            "whole",
            _entries("accruals", "accrual", "issued"),
            "(-sum(entry.points) FILTER (WHERE {window}))::bigint",
            windowed=True,
        ),
        Attribute(
            "points_spent",
            POINTS,
            N_("Points spent"),
            "whole",
            _entries("spends", "spend", "redeemed"),
            "(sum(entry.points) FILTER (WHERE {window}))::bigint",
            windowed=True,
        ),
        Attribute(
            "points_burning",
            POINTS,
            N_("Points that will burn"),
            "whole",
            _LOTS,
            "(sum(lot.points_remaining) FILTER (WHERE lot.expires_at IS NOT NULL AND {window}))::bigint",
            windowed=True,
            ahead=True,
        ),
    ),
    touches=(Touches("SELECT id, member_id FROM ledger_transactions WHERE id >= %(floor)s"),),
)
