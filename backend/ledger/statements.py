"""The ledger's set-based SQL. Arrays come in, `unnest` makes rows of them; each statement is prepared once."""

OPEN_ACCOUNTS = """
INSERT INTO ledger_balances (member_id)
SELECT unnest(%(member_ids)s::uuid[])
ON CONFLICT DO NOTHING
"""

# Sorted, so that two batches that share members wait for each other instead of deadlocking.
LOCK_BALANCES = """
SELECT member_id, pending, available, reserved, debt, transactions_count
FROM ledger_balances
WHERE member_id = ANY(%(member_ids)s::uuid[])
ORDER BY member_id
FOR NO KEY UPDATE
"""

OPEN_LOTS = """
SELECT member_id, transaction_id, state, points, points_remaining, points_reserved, available_at, expires_at
FROM ledger_lots
WHERE member_id = ANY(%(member_ids)s::uuid[]) AND points_remaining + points_reserved > 0
"""

LOTS = """
SELECT member_id, transaction_id, state, points, points_remaining, points_reserved, available_at, expires_at
FROM ledger_lots
WHERE transaction_id = ANY(%(lot_ids)s::uuid[])
"""

POST = """
WITH transactions AS (
    INSERT INTO ledger_transactions (
        id, member_id, number, kind, natural_key, effective_at, recorded_at, wording, facts,
        programme, programme_version, rule, receipt_id, referral_id, reverses_id
    )
    SELECT id, member_id, number, kind, natural_key, effective_at, recorded_at, wording, facts::jsonb,
           programme, programme_version, rule, receipt_id, referral_id, reverses_id
    FROM unnest(
        %(t_id)s::uuid[], %(t_member)s::uuid[], %(t_number)s::bigint[], %(t_kind)s::text[], %(t_key)s::text[],
        %(t_effective)s::timestamptz[], %(t_recorded)s::timestamptz[], %(t_wording)s::text[], %(t_facts)s::text[],
        %(t_programme)s::text[], %(t_version)s::bigint[], %(t_rule)s::text[], %(t_receipt)s::uuid[],
        %(t_referral)s::uuid[], %(t_reverses)s::uuid[]
    ) AS new (id, member_id, number, kind, natural_key, effective_at, recorded_at, wording, facts,
              programme, programme_version, rule, receipt_id, referral_id, reverses_id)
), entries AS (
    INSERT INTO ledger_entries (transaction_id, member_id, account, points, balance_after)
    SELECT * FROM unnest(
        %(e_transaction)s::uuid[], %(e_member)s::uuid[], %(e_account)s::text[], %(e_points)s::bigint[],
        %(e_after)s::bigint[]
    )
), lots AS (
    INSERT INTO ledger_lots (
        transaction_id, member_id, state, points, points_remaining, points_reserved, available_at, expires_at
    )
    SELECT transaction_id, member_id, state, points, points_remaining, 0, available_at, expires_at
    FROM unnest(
        %(l_transaction)s::uuid[], %(l_member)s::uuid[], %(l_state)s::text[], %(l_points)s::bigint[],
        %(l_remaining)s::bigint[], %(l_available)s::timestamptz[], %(l_expires)s::timestamptz[]
    ) AS new (transaction_id, member_id, state, points, points_remaining, available_at, expires_at)
)
UPDATE ledger_balances AS balance
SET pending = new.pending, available = new.available, reserved = new.reserved, debt = new.debt,
    transactions_count = new.transactions_count
FROM unnest(
    %(b_member)s::uuid[], %(b_pending)s::bigint[], %(b_available)s::bigint[], %(b_reserved)s::bigint[],
    %(b_debt)s::bigint[], %(b_count)s::bigint[]
) AS new (member_id, pending, available, reserved, debt, transactions_count)
WHERE balance.member_id = new.member_id
"""

POST_LOT_CHANGES = """
WITH movements AS (
    INSERT INTO ledger_lot_movements (
        transaction_id, lot_id, member_id, points_remaining_change, points_reserved_change
    )
    SELECT * FROM unnest(
        %(m_transaction)s::uuid[], %(m_lot)s::uuid[], %(m_member)s::uuid[], %(m_remaining)s::bigint[],
        %(m_reserved)s::bigint[]
    )
)
UPDATE ledger_lots AS lot
SET state = new.state, points_remaining = new.points_remaining, points_reserved = new.points_reserved
FROM unnest(
    %(c_lot)s::uuid[], %(c_state)s::text[], %(c_remaining)s::bigint[], %(c_reserved)s::bigint[]
) AS new (transaction_id, state, points_remaining, points_reserved)
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
       ), 0)::bigint
FROM ledger_transactions AS accrual
JOIN ledger_lots AS lot ON lot.transaction_id = accrual.id
WHERE accrual.member_id = ANY(%(member_ids)s::uuid[]) AND accrual.receipt_id = ANY(%(receipt_ids)s::uuid[])
  AND accrual.kind = 'accrual'
ORDER BY accrual.member_id, accrual.number
"""

NEXT_RELEASE = """
SELECT min(available_at) FROM ledger_lots WHERE state = 'pending' AND points_remaining > 0
"""

DUE_RELEASES = """
SELECT lot.member_id, lot.transaction_id, accrual.receipt_id, accrual.referral_id, accrual.rule
FROM ledger_lots AS lot
JOIN ledger_transactions AS accrual ON accrual.id = lot.transaction_id
WHERE lot.state = 'pending' AND lot.points_remaining > 0 AND lot.available_at <= %(now)s
ORDER BY lot.available_at, lot.transaction_id
LIMIT %(limit)s
"""

NEXT_EXPIRY = """
SELECT min(expires_at) FROM ledger_lots WHERE state = 'available' AND points_remaining > 0
"""

DUE_EXPIRIES = """
SELECT member_id, transaction_id
FROM ledger_lots
WHERE state = 'available' AND points_remaining > 0 AND expires_at <= %(now)s
ORDER BY expires_at, transaction_id
LIMIT %(limit)s
"""
