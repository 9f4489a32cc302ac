"""SQL of rewards that has a condition inside the write."""

# The row of all days stands before that of a day: whoever orders or cancels takes them in the same order.
COUNT = """
INSERT INTO reward_counts AS count (programme, reward, day, ordered)
SELECT %(programme)s, %(reward)s, day, 1 FROM unnest(ARRAY['', %(day)s]) AS day ORDER BY day
ON CONFLICT (programme, reward, day) DO UPDATE SET ordered = count.ordered + 1
RETURNING day, ordered
"""

UNCOUNT = """
WITH place AS (
    SELECT programme, reward, day FROM reward_counts
    WHERE programme = %(programme)s AND reward = %(reward)s AND day IN ('', %(day)s)
    ORDER BY day
    FOR NO KEY UPDATE
)
UPDATE reward_counts AS count SET ordered = count.ordered - 1
FROM place
WHERE count.programme = place.programme AND count.reward = place.reward AND count.day = place.day
"""

# One that somebody else takes at this moment is passed over, so that orders do not wait for each other.
TAKE_CODE = """
UPDATE reward_codes SET order_id = %(order_id)s
WHERE id = (
    SELECT id FROM reward_codes
    WHERE programme = %(programme)s AND reward = %(reward)s AND order_id IS NULL
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING code_hmac, code_ciphertext
"""

LOAD_CODES = """
INSERT INTO reward_codes (id, programme, reward, code_hmac, code_ciphertext)
SELECT * FROM json_to_recordset(%(codes)s) AS new (
    id uuid, programme text, reward text, code_hmac bytea, code_ciphertext bytea
)
ON CONFLICT (code_hmac) DO NOTHING
RETURNING id
"""

# The one place where a coupon is used: whoever finds it issued and valid has used it.
USE = """
UPDATE reward_orders
SET state = 'used', ended_at = %(now)s, used_store_id = %(store_id)s, used_receipt = %(receipt)s
WHERE id = %(id)s AND state = 'issued' AND (valid_until IS NULL OR valid_until > %(now)s)
RETURNING id
"""

# The other way round, for a receipt that was undone: whoever finds its coupons used has given them back, once.
GIVE_BACK = """
UPDATE reward_orders
SET state = 'issued', ended_at = NULL, used_store_id = NULL, used_receipt = NULL
WHERE used_store_id = %(store_id)s AND used_receipt = %(receipt)s AND state = 'used'
RETURNING id
"""

CANCEL = """
UPDATE reward_orders SET state = 'cancelled', ended_at = %(now)s
WHERE id = %(id)s AND (state = 'ordered' OR state = 'issued' AND (valid_until IS NULL OR valid_until > %(now)s))
RETURNING id
"""

ISSUE = """
UPDATE reward_orders
SET state = 'issued', issued_at = %(now)s, valid_until = %(valid_until)s, code_hmac = %(code_hmac)s,
    code_ciphertext = %(code_ciphertext)s
WHERE id = %(id)s AND state = 'ordered'
RETURNING id
"""

NEXT_EXPIRY = """
SELECT min(valid_until) FROM reward_orders WHERE state = 'issued'
"""

EXPIRE_DUE = """
UPDATE reward_orders SET state = 'expired', ended_at = valid_until
WHERE id IN (
    SELECT id FROM reward_orders
    WHERE state = 'issued' AND valid_until <= %(now)s
    ORDER BY valid_until, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
"""

# A member who was erased has nobody to hand anything to; the points stay where they were spent.
END_ORDERS_OF_ERASED = """
UPDATE reward_orders SET state = 'cancelled', ended_at = %(now)s
WHERE member_id = %(member_id)s AND state IN ('ordered', 'issued')
"""
