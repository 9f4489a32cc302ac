"""Set-based SQL of receipts. Rows come in as one parameter a table (`as_rows`); each statement is prepared once."""

FIND = """
SELECT receipt.store_id, receipt.external_id, receipt.id, receipt.content_hash, receipt.answer
FROM receipts AS receipt
JOIN unnest(%(store_ids)s::uuid[], %(external_ids)s::text[]) AS wanted (store_id, external_id)
  ON receipt.store_id = wanted.store_id AND receipt.external_id = wanted.external_id
"""

# What members bought up to a moment: in all before a day, and purchase by purchase from then on.
HISTORIES = """
SELECT wanted.member_id,
       count(*) FILTER (WHERE receipt.occurred_at < wanted.singly_from),
       coalesce(sum(receipt.total_amount_minor - receipt.returned_amount_minor)
                FILTER (WHERE receipt.occurred_at < wanted.singly_from), 0)::bigint,
       array_agg(receipt.occurred_at ORDER BY receipt.occurred_at, receipt.id)
           FILTER (WHERE receipt.occurred_at >= wanted.singly_from),
       array_agg(receipt.total_amount_minor - receipt.returned_amount_minor
                 ORDER BY receipt.occurred_at, receipt.id)
           FILTER (WHERE receipt.occurred_at >= wanted.singly_from)
FROM unnest(%(member_ids)s::uuid[], %(singly_from)s::timestamptz[], %(until)s::timestamptz[])
     AS wanted (member_id, singly_from, until)
JOIN receipts AS receipt
  ON receipt.member_id = wanted.member_id AND receipt.occurred_at <= wanted.until AND receipt.currency = %(currency)s
GROUP BY wanted.member_id
"""

BOUGHT = """
SELECT wanted.member_id, count(*), coalesce(sum(total_amount_minor - returned_amount_minor), 0)::bigint
FROM unnest(%(member_ids)s::uuid[], %(since)s::timestamptz[]) AS wanted (member_id, since)
JOIN receipts ON receipts.member_id = wanted.member_id AND receipts.occurred_at >= wanted.since
WHERE currency = %(currency)s AND id <> ALL(%(but)s)
GROUP BY wanted.member_id
"""

# When, where and by whom a card was rung up around some moments; never for what was brought in from elsewhere. The last
# of them are enough: a card that is rung up by the hundred need not be counted to the end, again and again.
SEEN_CARDS = """
SELECT wanted.member_id, receipt.occurred_at, receipt.store_id, receipt.cashier
FROM unnest(%(member_ids)s::uuid[], %(since)s::timestamptz[], %(until)s::timestamptz[])
     AS wanted (member_id, since, until)
CROSS JOIN LATERAL (
    SELECT occurred_at, store_id, cashier FROM receipts
    WHERE member_id = wanted.member_id AND occurred_at > wanted.since AND occurred_at < wanted.until
      AND source <> 'import'
    ORDER BY occurred_at DESC LIMIT 50
) AS receipt
"""

INSERT = """
WITH receipts AS (
    INSERT INTO receipts (
        id, store_id, external_id, member_id, occurred_at, recorded_at, currency, total_amount_minor, source, cashier,
        payments, paid_with_points_minor, content_hash, answer
    )
    SELECT * FROM json_to_recordset(%(receipts)s) AS new (
        id uuid, store_id uuid, external_id text, member_id uuid, occurred_at timestamptz, recorded_at timestamptz,
        currency text, total_amount_minor bigint, source text, cashier text, payments jsonb,
        paid_with_points_minor bigint, content_hash bytea, answer jsonb
    )
)
INSERT INTO receipt_lines (receipt_id, position, member_id, sku, category, quantity, amount_minor)
SELECT * FROM json_to_recordset(%(lines)s) AS new (
    receipt_id uuid, position bigint, member_id uuid, sku text, category text, quantity numeric, amount_minor bigint
)
"""

INSERT_RETURNS = """
WITH returns AS (
    INSERT INTO receipt_returns (
        id, store_id, external_id, receipt_id, member_id, occurred_at, recorded_at, amount_minor, content_hash, answer
    )
    SELECT * FROM json_to_recordset(%(returns)s) AS new (
        id uuid, store_id uuid, external_id text, receipt_id uuid, member_id uuid, occurred_at timestamptz,
        recorded_at timestamptz, amount_minor bigint, content_hash bytea, answer jsonb
    )
), lines AS (
    INSERT INTO receipt_return_lines (return_id, receipt_id, position, quantity, amount_minor)
    SELECT * FROM json_to_recordset(%(lines)s) AS new (
        return_id uuid, receipt_id uuid, position bigint, quantity numeric, amount_minor bigint
    )
), sold_lines AS (
    UPDATE receipt_lines AS line
    SET returned_quantity = line.returned_quantity + new.quantity,
        returned_amount_minor = line.returned_amount_minor + new.amount_minor
    FROM (
        SELECT receipt_id, position, sum(quantity) AS quantity, sum(amount_minor)::bigint AS amount_minor
        FROM json_to_recordset(%(lines)s) AS piece (
            receipt_id uuid, position bigint, quantity numeric, amount_minor bigint
        )
        GROUP BY receipt_id, position
    ) AS new
    WHERE line.receipt_id = new.receipt_id AND line.position = new.position
)
UPDATE receipts AS receipt
SET returned_amount_minor = receipt.returned_amount_minor + new.amount_minor
FROM (
    SELECT receipt_id, sum(amount_minor)::bigint AS amount_minor
    FROM json_to_recordset(%(returns)s) AS piece (receipt_id uuid, amount_minor bigint)
    GROUP BY receipt_id
) AS new
WHERE receipt.id = new.receipt_id
"""

# The condition stands inside the write: of two who claim a receipt at once, one finds it unclaimed.
ATTACH = """
WITH receipt AS (
    UPDATE receipts SET member_id = %(member_id)s, claimed_at = %(at)s
    WHERE id = %(id)s AND member_id IS NULL
    RETURNING id
), lines AS (
    UPDATE receipt_lines AS line SET member_id = %(member_id)s FROM receipt WHERE line.receipt_id = receipt.id
), returns AS (
    UPDATE receipt_returns AS returned SET member_id = %(member_id)s
    FROM receipt WHERE returned.receipt_id = receipt.id
)
SELECT count(*) FROM receipt
"""
