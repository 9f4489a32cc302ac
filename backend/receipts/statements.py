"""Set-based SQL of receipts. Arrays come in, `unnest` makes rows of them; each statement is prepared once."""

FIND = """
SELECT receipt.store_id, receipt.external_id, receipt.id, receipt.content_hash, receipt.answer
FROM receipts AS receipt
JOIN unnest(%(store_ids)s::uuid[], %(external_ids)s::text[]) AS wanted (store_id, external_id)
  ON receipt.store_id = wanted.store_id AND receipt.external_id = wanted.external_id
"""

# A number that was taken a moment ago by somebody whose members are others is left out, and so found missing.
INSERT = """
WITH receipts AS (
    INSERT INTO receipts (
        id, store_id, external_id, member_id, occurred_at, recorded_at, currency, total_amount_minor, source, cashier,
        payments, content_hash, answer
    )
    SELECT id, store_id, external_id, member_id, occurred_at, recorded_at, currency, total_amount_minor, source,
           cashier, payments::jsonb, content_hash, answer::jsonb
    FROM unnest(
        %(id)s::uuid[], %(store)s::uuid[], %(external)s::text[], %(member)s::uuid[], %(occurred)s::timestamptz[],
        %(recorded)s::timestamptz[], %(currency)s::text[], %(total)s::bigint[], %(source)s::text[],
        %(cashier)s::text[], %(payments)s::text[], %(hash)s::bytea[], %(answer)s::text[]
    ) AS new (id, store_id, external_id, member_id, occurred_at, recorded_at, currency, total_amount_minor, source,
              cashier, payments, content_hash, answer)
    ON CONFLICT (store_id, external_id) DO NOTHING
    RETURNING id
), lines AS (
    INSERT INTO receipt_lines (receipt_id, position, member_id, sku, category, quantity, amount_minor)
    SELECT new.*
    FROM unnest(
        %(l_receipt)s::uuid[], %(l_position)s::bigint[], %(l_member)s::uuid[], %(l_sku)s::text[],
        %(l_category)s::text[], %(l_quantity)s::numeric[], %(l_amount)s::bigint[]
    ) AS new (receipt_id, position, member_id, sku, category, quantity, amount_minor)
    JOIN receipts ON receipts.id = new.receipt_id
)
SELECT count(*) FROM receipts
"""

INSERT_RETURNS = """
WITH returns AS (
    INSERT INTO receipt_returns (
        id, store_id, external_id, receipt_id, member_id, occurred_at, recorded_at, amount_minor, content_hash, answer
    )
    SELECT id, store_id, external_id, receipt_id, member_id, occurred_at, recorded_at, amount_minor, content_hash,
           answer::jsonb
    FROM unnest(
        %(id)s::uuid[], %(store)s::uuid[], %(external)s::text[], %(receipt)s::uuid[], %(member)s::uuid[],
        %(occurred)s::timestamptz[], %(recorded)s::timestamptz[], %(amount)s::bigint[], %(hash)s::bytea[],
        %(answer)s::text[]
    ) AS new (id, store_id, external_id, receipt_id, member_id, occurred_at, recorded_at, amount_minor, content_hash,
              answer)
), lines AS (
    INSERT INTO receipt_return_lines (return_id, receipt_id, position, quantity, amount_minor)
    SELECT * FROM unnest(
        %(l_return)s::uuid[], %(l_receipt)s::uuid[], %(l_position)s::bigint[], %(l_quantity)s::numeric[],
        %(l_amount)s::bigint[]
    )
), sold_lines AS (
    UPDATE receipt_lines AS line
    SET returned_quantity = line.returned_quantity + new.quantity,
        returned_amount_minor = line.returned_amount_minor + new.amount_minor
    FROM (
        SELECT receipt_id, position, sum(quantity) AS quantity, sum(amount_minor)::bigint AS amount_minor
        FROM unnest(
            %(l_receipt)s::uuid[], %(l_position)s::bigint[], %(l_quantity)s::numeric[], %(l_amount)s::bigint[]
        ) AS piece (receipt_id, position, quantity, amount_minor)
        GROUP BY receipt_id, position
    ) AS new
    WHERE line.receipt_id = new.receipt_id AND line.position = new.position
)
UPDATE receipts AS receipt
SET returned_amount_minor = receipt.returned_amount_minor + new.amount_minor
FROM (
    SELECT receipt_id, sum(amount_minor)::bigint AS amount_minor
    FROM unnest(%(receipt)s::uuid[], %(amount)s::bigint[]) AS piece (receipt_id, amount_minor)
    GROUP BY receipt_id
) AS new
WHERE receipt.id = new.receipt_id
"""
