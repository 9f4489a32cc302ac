"""Set-based SQL of tiers. What is measured is asked for any number of members and spans at once."""

_ASKED = """
FROM json_to_recordset(%(asked)s) AS asked (number bigint, member_id uuid, since timestamptz, until timestamptz)
"""
_IN_SPAN = "<= asked.until AND (asked.since IS NULL OR {at} >= asked.since)"
_OF_RECEIPTS = f"""
    FROM receipts AS receipt
    WHERE receipt.member_id = asked.member_id AND receipt.currency = %(currency)s
      AND receipt.occurred_at {_IN_SPAN.format(at="receipt.occurred_at")}
"""
# As of the span's end, however late it is asked; few receipts have returns at all.
_KEPT = """
receipt.total_amount_minor - CASE WHEN receipt.returned_amount_minor = 0 THEN 0 ELSE (
    SELECT coalesce(sum(returned.amount_minor), 0) FROM receipt_returns AS returned
    WHERE returned.receipt_id = receipt.id AND returned.occurred_at <= asked.until
) END
"""

SPEND = f"""
SELECT asked.number, measured.minor {_ASKED} CROSS JOIN LATERAL (
    SELECT coalesce(sum({_KEPT}), 0)::bigint AS minor {_OF_RECEIPTS}
) AS measured ORDER BY asked.number
"""

# A day counts on which something was bought and not all of it has come back.
VISITS = f"""
SELECT asked.number, measured.days {_ASKED} CROSS JOIN LATERAL (
    SELECT count(DISTINCT (receipt.occurred_at AT TIME ZONE %(zone)s)::date) AS days {_OF_RECEIPTS}
      AND (receipt.total_amount_minor = 0 OR {_KEPT} > 0)
) AS measured ORDER BY asked.number
"""

# What a return took back is missing where it was earned, not when it came back.
POINTS = f"""
SELECT asked.number, measured.points {_ASKED} CROSS JOIN LATERAL (
    SELECT coalesce(sum(-given.points - coalesce(back.points, 0)), 0)::bigint AS points
    FROM ledger_transactions AS accrual
    JOIN ledger_entries AS given ON given.transaction_id = accrual.id AND given.account = 'issued'
    LEFT JOIN (
        SELECT taken.reverses_id, sum(entry.points) AS points
        FROM ledger_transactions AS taken
        JOIN ledger_entries AS entry ON entry.transaction_id = taken.id AND entry.account = 'reversed'
        WHERE taken.member_id = asked.member_id AND taken.kind = 'return' AND taken.effective_at <= asked.until
        GROUP BY taken.reverses_id
    ) AS back ON back.reverses_id = accrual.id
    WHERE accrual.member_id = asked.member_id AND accrual.kind = 'accrual' AND accrual.programme = %(programme)s
      AND accrual.effective_at {_IN_SPAN.format(at="accrual.effective_at")}
) AS measured ORDER BY asked.number
"""  # noqa: S608 - our own words alone

REFERRALS = f"""
SELECT asked.number, measured.friends {_ASKED} CROSS JOIN LATERAL (
    SELECT count(*) AS friends FROM referrals AS referral
    WHERE referral.advocate_id = asked.member_id AND referral.status = 'rewarded'
      AND referral.status_at {_IN_SPAN.format(at="referral.status_at")}
) AS measured ORDER BY asked.number
"""  # noqa: S608 - our own words alone

TIERS_OF = (
    "SELECT member_id, tier FROM member_tiers WHERE member_id = ANY(%(member_ids)s) AND programme = %(programme)s"
)

STANDINGS = """
SELECT member_id, tier, since, holds_until FROM member_tiers
WHERE member_id = ANY(%(member_ids)s) AND programme = %(programme)s
"""

MOVE = """
WITH changes AS (
    INSERT INTO tier_changes (
        id, member_id, programme, programme_version, tier_before, tier_after, at, cause, facts
    )
    SELECT * FROM json_to_recordset(%(changes)s) AS new (
        id uuid, member_id uuid, programme text, programme_version bigint, tier_before text, tier_after text,
        at timestamptz, cause text, facts jsonb
    )
)
INSERT INTO member_tiers (member_id, programme, tier, since, holds_until, measured, measured_at)
SELECT * FROM json_to_recordset(%(tiers)s) AS new (
    member_id uuid, programme text, tier text, since timestamptz, holds_until timestamptz, measured bigint,
    measured_at timestamptz
)
ON CONFLICT (member_id, programme) DO UPDATE
SET tier = excluded.tier, since = excluded.since, holds_until = excluded.holds_until, measured = excluded.measured,
    measured_at = excluded.measured_at
"""

NEXT_REVIEW = "SELECT min(holds_until) FROM member_tiers WHERE holds_until IS NOT NULL"

DUE_REVIEWS = """
SELECT member_id, programme FROM member_tiers
WHERE holds_until <= %(now)s ORDER BY holds_until, member_id LIMIT %(limit)s
"""

FORGET = "DELETE FROM member_tiers WHERE member_id = %(member_id)s"
