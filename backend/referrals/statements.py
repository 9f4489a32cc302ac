"""The set-based statements of referrals, in the order of a referral's life."""

REWARDED_COUNTS = """
SELECT advocate_id, count(*) FROM referrals
WHERE advocate_id = ANY(%s) AND status = 'rewarded'
GROUP BY advocate_id
"""

OPEN_FOR_FRIENDS = """
SELECT referral.id, referral.advocate_id, referral.friend_id, referral.joined_at, above.advocate_id, referral.status
  FROM referrals AS referral
  LEFT JOIN referrals AS above ON above.friend_id = referral.advocate_id
 WHERE referral.friend_id = ANY(%s) AND referral.status = 'joined'
"""

# Those whose later purchases may bring something; of a friend who is held, it is withheld until it is decided.
FOLLOWED_FRIENDS = """
SELECT referral.id, referral.advocate_id, referral.friend_id, referral.joined_at, above.advocate_id, referral.status
  FROM referrals AS referral
  LEFT JOIN referrals AS above ON above.friend_id = referral.advocate_id
 WHERE referral.friend_id = ANY(%s) AND referral.status IN ('qualified', 'pending', 'rewarded')
"""

# ON CONFLICT keeps the first code when two first requests come at once, and skips a random code that is taken.
ADD_OWN_CODE = """
INSERT INTO referral_codes (id, code, member_id, starts_at)
VALUES (%(id)s, %(code)s, %(member_id)s, %(at)s)
ON CONFLICT DO NOTHING
"""

COUNT_VISIT = """
INSERT INTO referral_visits (code, channel, day, visits)
VALUES (%(code)s, %(channel)s, %(day)s, 1)
ON CONFLICT (code, channel, day) DO UPDATE SET visits = referral_visits.visits + 1
"""

# Only somebody who invited nobody is bound, so that invitations never form a circle.
BIND = """
INSERT INTO referrals (id, advocate_id, friend_id, code, channel, status, status_at, reason_facts, joined_at)
SELECT %(id)s, %(advocate_id)s, %(friend_id)s, %(code)s, %(channel)s, 'joined', %(at)s, '{}', %(at)s
 WHERE NOT EXISTS (SELECT 1 FROM referrals WHERE advocate_id = %(friend_id)s)
ON CONFLICT (friend_id) DO NOTHING
"""

JOINS_BY_CODE = """
SELECT count(*) FROM referrals WHERE code = %(code)s AND joined_at > %(since)s AND joined_at <= %(at)s
"""

GATHER = """
SELECT referral.id,
       (SELECT count(*) FROM referrals AS other
         WHERE other.advocate_id = referral.advocate_id
           AND other.status IN ('qualified', 'pending', 'rewarded')
           AND other.qualified_at > %(cap_since)s),
       (SELECT count(*) FROM referrals AS other
         WHERE other.code = referral.code
           AND other.joined_at > referral.joined_at - %(joins_window)s
           AND (other.joined_at, other.id) <= (referral.joined_at, referral.id))
  FROM referrals AS referral
 WHERE referral.id = ANY(%(ids)s) AND referral.status = 'joined'
"""

# The first member of each one's chain of invitations: two members with one root belong to one circle.
ROOTS = """
WITH RECURSIVE upward (member_id, ancestor_id, distance) AS (
    SELECT member_id, member_id, 0 FROM unnest(%(member_ids)s) AS member_id
    UNION ALL
    SELECT upward.member_id, referral.advocate_id, upward.distance + 1
      FROM upward JOIN referrals AS referral ON referral.friend_id = upward.ancestor_id
)
SELECT DISTINCT ON (member_id) member_id, ancestor_id FROM upward ORDER BY member_id, distance DESC
"""

RECORD_DECISIONS = """
UPDATE referrals AS referral
   SET status = decided.status, status_at = %(at)s, reason_kind = decided.reason_kind,
       reason_facts = decided.reason_facts, qualifying_receipt_id = decided.receipt_id,
       qualified_at = decided.qualified_at, available_at = decided.available_at,
       advocate_points = decided.advocate_points, friend_points = decided.friend_points
  FROM unnest(%(ids)s::uuid[], %(statuses)s::text[], %(reason_kinds)s::text[], %(reason_facts)s::jsonb[],
              %(receipt_ids)s::uuid[], %(qualified_at)s::timestamptz[], %(available_at)s::timestamptz[],
              %(advocate_points)s::bigint[], %(friend_points)s::bigint[])
       AS decided (id, status, reason_kind, reason_facts, receipt_id, qualified_at, available_at,
                   advocate_points, friend_points)
 WHERE referral.id = decided.id AND referral.status = 'joined'
RETURNING referral.id
"""

MARK_REWARDED = """
UPDATE referrals SET status = 'rewarded', status_at = %(at)s
 WHERE id = ANY(%(ids)s) AND status = 'pending'
"""

TAKE_BACK = """
UPDATE referrals
   SET advocate_points_taken_back = advocate_points_taken_back
           + CASE WHEN advocate_id = %(member_id)s THEN %(points)s ELSE 0 END,
       friend_points_taken_back = friend_points_taken_back
           + CASE WHEN friend_id = %(member_id)s THEN %(points)s ELSE 0 END
 WHERE id = %(id)s AND status IN ('pending', 'rewarded')
"""

# Only when nothing is left on either side; a part of the purchase takes a part of the points and changes no state.
MARK_REVERSED = """
UPDATE referrals SET status = 'reversed', status_at = %(at)s, reason_kind = %(reason_kind)s
 WHERE id = %(id)s AND status IN ('pending', 'rewarded')
   AND advocate_points_taken_back = advocate_points AND friend_points_taken_back = friend_points
"""

END_CODE = """
UPDATE referral_codes SET ends_at = greatest(starts_at, %(at)s) WHERE member_id = %(member_id)s AND ends_at IS NULL
"""
