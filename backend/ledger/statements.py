"""The ledger's set-based SQL. Rows come in as one parameter a table (`as_rows`); each statement is prepared once."""

OPEN_ACCOUNTS = """
INSERT INTO ledger_balances (member_id)
SELECT unnest(%(member_ids)s::uuid[])
ON CONFLICT DO NOTHING
"""

# Sorted, so that two batches that share members wait for each other instead of deadlocking.
LOCK_BALANCES = """
SELECT member_id, pending, available, reserved, debt, transactions_count, frozen_at IS NOT NULL AS frozen
FROM ledger_balances
WHERE member_id = ANY(%(member_ids)s::uuid[])
ORDER BY member_id
FOR NO KEY UPDATE
"""

OPEN_LOTS = """
SELECT member_id, transaction_id, state, points, points_remaining, points_reserved, available_at, expires_at,
       programme, held_case_id
FROM ledger_lots
WHERE member_id = ANY(%(member_ids)s::uuid[]) AND points_remaining + points_reserved > 0
"""

LOTS = """
SELECT member_id, transaction_id, state, points, points_remaining, points_reserved, available_at, expires_at,
       programme, held_case_id
FROM ledger_lots
WHERE transaction_id = ANY(%(lot_ids)s::uuid[])
"""

POST = """
WITH transactions AS (
    INSERT INTO ledger_transactions (
        id, member_id, number, kind, natural_key, effective_at, recorded_at, wording, facts,
        programme, programme_version, rule, receipt_id, referral_id, reverses_id
    )
    SELECT * FROM json_to_recordset(%(transactions)s) AS new (
        id uuid, member_id uuid, number bigint, kind text, natural_key text, effective_at timestamptz,
        recorded_at timestamptz, wording text, facts jsonb, programme text, programme_version bigint, rule text,
        receipt_id uuid, referral_id uuid, reverses_id uuid
    )
), entries AS (
    INSERT INTO ledger_entries (transaction_id, member_id, account, points, balance_after)
    SELECT * FROM json_to_recordset(%(entries)s) AS new (
        transaction_id uuid, member_id uuid, account text, points bigint, balance_after bigint
    )
), lots AS (
    INSERT INTO ledger_lots (
        transaction_id, member_id, state, points, points_remaining, points_reserved, available_at, expires_at,
        programme, held_case_id, credited_expires_at
    )
    SELECT new.*, new.expires_at FROM json_to_recordset(%(lots)s) AS new (
        transaction_id uuid, member_id uuid, state text, points bigint, points_remaining bigint,
        points_reserved bigint, available_at timestamptz, expires_at timestamptz, programme text, held_case_id uuid
    )
)
UPDATE ledger_balances AS balance
SET pending = new.pending, available = new.available, reserved = new.reserved, debt = new.debt,
    transactions_count = new.transactions_count
FROM json_to_recordset(%(balances)s) AS new (
    member_id uuid, pending bigint, available bigint, reserved bigint, debt bigint, transactions_count bigint
)
WHERE balance.member_id = new.member_id
"""

POST_LOT_CHANGES = """
WITH movements AS (
    INSERT INTO ledger_lot_movements (
        transaction_id, lot_id, member_id, points_remaining_change, points_reserved_change, expires_at_after
    )
    SELECT * FROM json_to_recordset(%(movements)s) AS new (
        transaction_id uuid, lot_id uuid, member_id uuid, points_remaining_change bigint,
        points_reserved_change bigint, expires_at_after timestamptz
    )
)
UPDATE ledger_lots AS lot
SET state = new.state, points_remaining = new.points_remaining, points_reserved = new.points_reserved,
    expires_at = new.expires_at
FROM json_to_recordset(%(lots)s) AS new (
    transaction_id uuid, state text, points_remaining bigint, points_reserved bigint, expires_at timestamptz
)
WHERE lot.transaction_id = new.transaction_id
"""

TRANSACTIONS_TO_REVERSE = """
SELECT accrual.id, accrual.member_id, accrual.receipt_id, accrual.referral_id, lot.points,
       coalesce((
           SELECT sum(-entry.points)
           FROM ledger_transactions AS reversal
           JOIN ledger_entries AS entry ON entry.transaction_id = reversal.id
           WHERE reversal.member_id = accrual.member_id AND reversal.reverses_id = accrual.id
             AND entry.account IN ('pending', 'available', 'reserved', 'debt')
       ), 0)::bigint,
       accrual.facts
FROM ledger_transactions AS accrual
JOIN ledger_lots AS lot ON lot.transaction_id = accrual.id
WHERE accrual.member_id = ANY(%(member_ids)s::uuid[]) AND accrual.receipt_id = ANY(%(receipt_ids)s::uuid[])
  AND accrual.kind = 'accrual'
ORDER BY accrual.member_id, accrual.number
"""

HELD_BY_RESERVATIONS = """
SELECT movement.transaction_id, movement.lot_id, movement.points_reserved_change
FROM ledger_lot_movements AS movement
WHERE movement.transaction_id = ANY(%(transaction_ids)s::uuid[])
"""

# A spend takes from what was set aside or from what was free, never from both.
SPENDS_TO_GIVE_BACK = """
SELECT spend.id, spend.member_id, spend.receipt_id, entry.points,
       coalesce((
           SELECT sum(-given.points)
           FROM ledger_transactions AS reversal
           JOIN ledger_entries AS given ON given.transaction_id = reversal.id AND given.account = 'redeemed'
           WHERE reversal.member_id = spend.member_id AND reversal.reverses_id = spend.id
       ), 0)::bigint,
       (
           SELECT json_agg(json_build_array(
               movement.lot_id, -(movement.points_remaining_change + movement.points_reserved_change)
           ) ORDER BY movement.lot_id DESC)
           FROM ledger_lot_movements AS movement WHERE movement.transaction_id = spend.id
       )
FROM ledger_transactions AS spend
JOIN ledger_entries AS entry ON entry.transaction_id = spend.id AND entry.account = 'redeemed'
WHERE spend.member_id = ANY(%(member_ids)s::uuid[]) AND spend.receipt_id = ANY(%(receipt_ids)s::uuid[])
  AND spend.kind = 'spend'
ORDER BY spend.member_id, spend.number
"""

FREEZE = """
UPDATE ledger_balances SET frozen_at = %(at)s, frozen_reason = %(reason)s
WHERE member_id = ANY(%(member_ids)s::uuid[]) AND frozen_at IS NULL
RETURNING member_id
"""

UNFREEZE = """
UPDATE ledger_balances SET frozen_at = NULL, frozen_reason = NULL
WHERE member_id = %(member_id)s AND frozen_at IS NOT NULL
RETURNING member_id
"""

HELD_FOR_CASE = "SELECT transaction_id FROM ledger_lots WHERE held_case_id = %(case_id)s ORDER BY transaction_id"
LET_GO = "UPDATE ledger_lots SET held_case_id = NULL WHERE held_case_id = %(case_id)s"

# Time stands still in a frozen book: one that is wrong may hold no batch of others up, and nothing in it burns.
NEXT_RELEASE = """
SELECT available_at FROM ledger_lots AS lot
WHERE state = 'pending' AND points_remaining > 0 AND held_case_id IS NULL
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = lot.member_id AND frozen_at IS NOT NULL)
ORDER BY available_at LIMIT 1
"""

DUE_RELEASES = """
SELECT lot.member_id, lot.transaction_id, accrual.receipt_id, accrual.referral_id, accrual.rule
FROM ledger_lots AS lot
JOIN ledger_transactions AS accrual ON accrual.id = lot.transaction_id
WHERE lot.state = 'pending' AND lot.points_remaining > 0 AND lot.held_case_id IS NULL AND lot.available_at <= %(now)s
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = lot.member_id AND frozen_at IS NOT NULL)
ORDER BY lot.available_at, lot.transaction_id
LIMIT %(limit)s
"""

NEXT_EXPIRY = """
SELECT expires_at FROM ledger_lots AS lot
WHERE state = 'available' AND points_remaining > 0
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = lot.member_id AND frozen_at IS NOT NULL)
ORDER BY expires_at LIMIT 1
"""

DUE_EXPIRIES = """
SELECT member_id, transaction_id
FROM ledger_lots AS lot
WHERE state = 'available' AND points_remaining > 0 AND expires_at <= %(now)s
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = lot.member_id AND frozen_at IS NOT NULL)
ORDER BY expires_at, transaction_id
LIMIT %(limit)s
"""

# What a return or an ended reservation puts back into a lot whose day has passed burns when it comes back.
CAME_BACK_AFTER_ITS_DAY = """
SELECT lot.transaction_id, (
    SELECT max(later.effective_at)
    FROM ledger_transactions AS later
    JOIN ledger_lot_movements AS movement ON movement.transaction_id = later.id AND movement.lot_id = lot.transaction_id
        AND movement.points_remaining_change > 0
    WHERE later.member_id = lot.member_id AND later.effective_at > lot.expires_at
)
FROM ledger_lots AS lot
WHERE lot.transaction_id = ANY(%(lot_ids)s::uuid[])
"""
