"""The set-based statements of what referrals bring, in the order in which a batch of receipts sends them."""

HOW_FAR = """
SELECT referral.id, referral.status,
       (SELECT count(*) FROM (
           SELECT FROM referrals AS other
            WHERE other.advocate_id = referral.advocate_id AND other.status IN ('pending', 'rewarded')
            LIMIT %(friends_maximum)s
       ) AS qualified)
  FROM referrals AS referral
 WHERE referral.id = ANY(%(ids)s)
"""

HAD = """
SELECT referral_id, reward, side, max(occurrence), count(*) FILTER (WHERE state <> 'taken_back')
  FROM referral_rewards
 WHERE referral_id = ANY(%(ids)s)
 GROUP BY referral_id, reward, side
"""

REACHED = """
SELECT DISTINCT member_id, reward
  FROM referral_rewards
 WHERE member_id = ANY(%(member_ids)s) AND reward = ANY(%(rewards)s) AND state IN ('given', 'not_given')
"""

# A receipt may come after later ones: whatever shares a window with it counts, before it and after it.
USED_OF_CAPS = """
SELECT asked.member_id, asked.reward, asked.at, count(*),
       coalesce(sum(given.points - given.points_taken_back), 0)::bigint
  FROM unnest(%(member_ids)s::uuid[], %(rewards)s::text[], %(since)s::timestamptz[], %(until)s::timestamptz[],
              %(at)s::timestamptz[])
       AS asked (member_id, reward, since, until, at)
  JOIN referral_rewards AS given
    ON given.member_id = asked.member_id AND given.reward = asked.reward
   AND given.at > asked.since AND given.at < asked.until AND given.state IN ('given', 'withheld')
 GROUP BY asked.member_id, asked.reward, asked.at
"""

ADD_REWARDS = """
INSERT INTO referral_rewards (
    id, referral_id, reward, side, member_id, event, state, points, order_id, transaction_id, receipt_id, occurrence,
    at, wording, facts
)
SELECT * FROM json_to_recordset(%(rewards)s) AS new (
    id uuid, referral_id uuid, reward text, side text, member_id uuid, event text, state text, points bigint,
    order_id uuid, transaction_id uuid, receipt_id uuid, occurrence bigint, at timestamptz, wording text, facts jsonb
)
"""

CHANGE_REWARDS = """
UPDATE referral_rewards AS given
   SET state = new.state, points = new.points, order_id = new.order_id, transaction_id = new.transaction_id,
       points_taken_back = 0, facts = new.facts
  FROM json_to_recordset(%(rewards)s) AS new (
    id uuid, state text, points bigint, order_id uuid, transaction_id uuid, facts jsonb
)
 WHERE given.id = new.id
"""

TAKE_BACK_REWARD = """
UPDATE referral_rewards
   SET points_taken_back = points_taken_back + %(points)s,
       state = CASE WHEN points_taken_back + %(points)s = points THEN 'taken_back' ELSE state END
 WHERE transaction_id = %(transaction_id)s
RETURNING reward, side
"""

# A purchase that came back whole qualifies nobody any more.
REVERSE_BY_RECEIPT = """
UPDATE referrals SET status = 'reversed', status_at = %(at)s, reason_kind = %(reason_kind)s
 WHERE friend_id = %(friend_id)s AND qualifying_receipt_id = %(receipt_id)s AND status IN ('pending', 'rewarded')
"""

TAKE_COUPONS_BACK = """
UPDATE referral_rewards SET state = 'taken_back'
 WHERE receipt_id = %(receipt_id)s AND order_id IS NOT NULL AND state = 'given'
RETURNING order_id
"""

COUPONS_OF_JOINING = """
SELECT order_id FROM referral_rewards
 WHERE referral_id = ANY(%(ids)s) AND event = 'join' AND order_id IS NOT NULL AND state = 'given'
"""

BY_TRANSACTIONS = """
SELECT transaction_id, reward FROM referral_rewards WHERE transaction_id = ANY(%(ids)s)
"""

# Shares of many purchases are one line; of the others each has a line of its own.
BROUGHT_BY_FRIENDS = """
SELECT referral_id, wording, status, (array_agg(facts ORDER BY at DESC))[1],
       sum(points - points_taken_back)::bigint, max(at)
  FROM (
    SELECT *, CASE WHEN state = 'given' AND (facts ->> 'available_at')::timestamptz > %(at)s THEN 'pending'
                   ELSE state END AS status
      FROM referral_rewards
     WHERE referral_id = ANY(%(ids)s) AND member_id = %(member_id)s AND side = 'advocate'
  ) AS brought
 GROUP BY referral_id, reward, wording, status, CASE WHEN event = 'every_purchase' THEN NULL ELSE id END
 ORDER BY max(at), reward
"""

# What was withheld, and what joining brought before it was taken back.
REWARDS_TO_PAY = """
SELECT id, referral_id, reward, side, member_id, event, state, points, order_id, transaction_id, receipt_id, occurrence,
       at, wording, facts
  FROM referral_rewards
 WHERE referral_id = %(id)s AND state IN ('withheld', 'refused')
 ORDER BY at, id
"""

REWARDS_TO_REFUSE = """
SELECT transaction_id, member_id, points - points_taken_back, facts, at
  FROM referral_rewards
 WHERE referral_id = %(id)s AND event = 'join' AND state = 'given' AND transaction_id IS NOT NULL
"""

# Of what joining brought, points that stand in a book that was not open are still given.
REFUSE_WITHHELD = """
UPDATE referral_rewards SET state = 'refused'
 WHERE referral_id = ANY(%(ids)s)
   AND (state = 'withheld'
        OR event = 'join' AND (state = 'taken_back' OR state = 'given' AND transaction_id IS NULL))
"""

# What a decision does not give was not due after all, and leaves no row, as at the till.
FORGET_UNDUE = """
DELETE FROM referral_rewards
 WHERE referral_id = %(id)s AND state IN ('withheld', 'refused') AND transaction_id IS NULL AND order_id IS NULL
"""

# Whoever decides twice at once decides once.
LOCK_DECIDED = """
SELECT id FROM referrals WHERE id = %(id)s AND status IN ('qualified', 'rejected') FOR NO KEY UPDATE
"""

QUALIFIED_FRIENDS = """
SELECT count(*) FROM referrals WHERE advocate_id = %(advocate_id)s AND status IN ('pending', 'rewarded')
"""

MARK_PAID = """
UPDATE referrals
   SET status = %(status)s, status_at = %(at)s, reason_facts = '{}', available_at = %(available_at)s,
       reason_kind = CASE WHEN %(status)s = 'reversed' THEN 'referral_reversed' END,
       qualified_at = coalesce(qualified_at, %(at)s),
       advocate_points = %(advocate_points)s, friend_points = %(friend_points)s
 WHERE id = %(id)s
"""
