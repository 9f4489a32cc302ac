"""Set-based SQL of the till. Rows come in as one parameter a table (`as_rows`); each statement is prepared once."""

# One row a request, in order: what has its number already, and whether its code was spent.
LOOK = """
SELECT wanted.position - 1, reservation.id, reservation.member_id, reservation.points, reservation.amount_minor,
       reservation.currency, reservation.status, reservation.answer,
       EXISTS (
           SELECT FROM reservations AS other
           WHERE other.device_id = wanted.device_id AND other.code_step = wanted.code_step
             AND other.status IN ('held', 'confirmed')
       )
FROM unnest(
    %(store_ids)s::uuid[], %(external_ids)s::text[], %(device_ids)s::bytea[], %(code_steps)s::bigint[]
) WITH ORDINALITY AS wanted (store_id, external_id, device_id, code_step, position)
LEFT JOIN reservations AS reservation
  ON reservation.store_id = wanted.store_id AND reservation.external_id = wanted.external_id
"""

# A number or a code that was taken a moment ago by somebody whose members are others is left out, and so found missing.
HOLD = """
WITH held AS (
    INSERT INTO reservations (
        id, store_id, external_id, member_id, device_id, code_step, status, points, amount_minor, currency, programme,
        programme_version, point_value_minor, maximum_share_basis_points, reserve_id, receipt_id, reserved_at,
        expires_at, answer
    )
    SELECT * FROM json_to_recordset(%(reservations)s) AS new (
        id uuid, store_id uuid, external_id text, member_id uuid, device_id bytea, code_step bigint, status text,
        points bigint, amount_minor bigint, currency text, programme text, programme_version bigint,
        point_value_minor bigint, maximum_share_basis_points bigint, reserve_id uuid, receipt_id uuid,
        reserved_at timestamptz, expires_at timestamptz, answer jsonb
    )
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT count(*) FROM held
"""

FIND = """
SELECT id, store_id, external_id, member_id, status, points, points_spent, amount_minor, currency, programme,
       programme_version, point_value_minor, maximum_share_basis_points, reserve_id, receipt_id, has_receipt, expires_at
FROM reservations
WHERE id = ANY(%(ids)s::uuid[])
"""

# The one place where a reservation is resolved: whoever finds it held, and its lease as it should be, has resolved it.
RESOLVE = """
UPDATE reservations AS reservation
SET status = new.status, points_spent = new.points_spent, has_receipt = new.has_receipt, resolved_at = %(now)s
FROM json_to_recordset(%(resolutions)s) AS new (id uuid, status text, points_spent bigint, has_receipt boolean)
WHERE reservation.id = new.id AND reservation.status = 'held'
  AND CASE
      WHEN new.status = 'timed_out' THEN reservation.expires_at <= %(now)s
      -- A receipt that is too small for a point needs a lease that lasts as any other: late is late, worker or not.
      WHEN new.status = 'confirmed' OR new.has_receipt THEN reservation.expires_at > %(now)s
      ELSE true
  END
RETURNING reservation.id
"""

ATTACH_RECEIPTS = """
UPDATE reservations SET has_receipt = true
WHERE id = ANY(%(ids)s::uuid[]) AND status = 'confirmed' AND NOT has_receipt
RETURNING id
"""

# Time stands still in a frozen book: one that is wrong may hold no batch of others up.
NEXT_TIMEOUT = """
SELECT expires_at FROM reservations AS reservation
WHERE status = 'held'
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = reservation.member_id AND frozen_at IS NOT NULL)
ORDER BY expires_at LIMIT 1
"""

DUE_TIMEOUTS = """
SELECT id FROM reservations AS reservation
WHERE status = 'held' AND expires_at <= %(now)s
  AND NOT EXISTS (SELECT FROM ledger_balances WHERE member_id = reservation.member_id AND frozen_at IS NOT NULL)
ORDER BY expires_at, id
LIMIT %(limit)s
"""

CLAIM_FAILURES = """
SELECT count(*), min(failed_at) FROM receipt_claim_failures
WHERE member_id = %(member_id)s AND failed_at > %(since)s
"""

# What is older than the window counts no more and is forgotten on the way.
NOTE_CLAIM_FAILURE = """
WITH forgotten AS (
    DELETE FROM receipt_claim_failures WHERE member_id = %(member_id)s AND failed_at <= %(since)s
)
INSERT INTO receipt_claim_failures (id, member_id, failed_at) VALUES (%(id)s, %(member_id)s, %(at)s)
"""
