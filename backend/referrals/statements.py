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
INSERT INTO referral_codes (id, code, member_id, kind, starts_at)
VALUES (%(id)s, %(code)s, %(member_id)s, 'own', %(at)s)
ON CONFLICT DO NOTHING
"""

ROTATE_OWN_CODE = """
UPDATE referral_codes SET kind = 'rotated', ends_at = greatest(starts_at, %(leads_until)s), ended_reason = %(reason)s
 WHERE member_id = %(member_id)s AND kind = 'own' AND (ends_at IS NULL OR ends_at > %(at)s)
   AND (%(code)s::text IS NULL OR code = %(code)s)
RETURNING code, id
"""

END_CHOSEN_CODE = """
UPDATE referral_codes SET ends_at = greatest(starts_at, %(leads_until)s), ended_reason = %(reason)s
 WHERE member_id = %(member_id)s AND kind = 'vanity' AND (ends_at IS NULL OR ends_at > %(leads_until)s)
   AND code = %(code)s
RETURNING code, id
"""

# The old chosen code leads on for a while.
REPLACE_CHOSEN_CODE = """
UPDATE referral_codes SET ends_at = %(leads_until)s, ended_reason = 'replaced'
 WHERE member_id = %(member_id)s AND kind = 'vanity' AND ends_at IS NULL
"""

# A code that the member had before is theirs again.
TAKE_UP_CHOSEN_CODE = """
UPDATE referral_codes SET starts_at = %(at)s, ends_at = NULL, ended_reason = NULL
 WHERE code = %(code)s AND member_id = %(member_id)s AND kind = 'vanity'
"""

# Somebody may have chosen it, or one too like it, in this very moment.
ADD_CHOSEN_CODE = """
INSERT INTO referral_codes (id, code, member_id, kind, shape, starts_at)
VALUES (%(id)s, %(code)s, %(member_id)s, 'vanity', %(shape)s, %(at)s)
ON CONFLICT DO NOTHING
"""

# Not against the referrals that refer to the code.
LOCK_CODE = """
SELECT FROM referral_codes WHERE code = %(code)s FOR NO KEY UPDATE
"""

JOINS_BY_CODE_EVER = """
SELECT count(*) FROM referrals WHERE code = %(code)s
"""

# Whoever writes addresses of campaigns by the thousand fills no table: beyond some, the campaign is not told apart.
COUNT_VISIT = """
INSERT INTO referral_visits (code, channel, link_slug, utm_campaign, day, visits)
SELECT %(code)s, %(channel)s, %(link_slug)s,
       CASE WHEN %(utm_campaign)s = ANY(known) OR cardinality(known) < %(campaigns_maximum)s
            THEN %(utm_campaign)s ELSE '' END,
       %(day)s, 1
  FROM (SELECT ARRAY(SELECT DISTINCT utm_campaign FROM referral_visits
                      WHERE code = %(code)s AND day = %(day)s) AS known) AS today
ON CONFLICT (code, channel, link_slug, utm_campaign, day) DO UPDATE SET visits = referral_visits.visits + 1
"""

NOTE_VISITOR = """
INSERT INTO referral_visitors (day, visitor) VALUES (%(day)s, %(visitor)s) ON CONFLICT DO NOTHING
"""

FORGET_VISITORS = """
DELETE FROM referral_visitors
 WHERE (day, visitor) IN (SELECT day, visitor FROM referral_visitors WHERE day < %(today)s LIMIT %(limit)s)
"""

# Only somebody who invited nobody is bound, so that invitations never form a circle.
BIND = """
INSERT INTO referrals (id, advocate_id, friend_id, code, channel, link_slug, utm_source, utm_medium, utm_campaign,
                       status, status_at, reason_facts, joined_at)
SELECT %(id)s, %(advocate_id)s, %(friend_id)s, %(code)s, %(channel)s, %(link_slug)s, %(utm_source)s, %(utm_medium)s,
       %(utm_campaign)s, 'joined', %(at)s, '{}', %(joined_at)s
 WHERE NOT EXISTS (SELECT 1 FROM referrals WHERE advocate_id = %(friend_id)s)
ON CONFLICT (friend_id) DO NOTHING
"""

JOINS_BY_ADVOCATE = """
SELECT count(*), count(*) FILTER (WHERE code = %(code)s) FROM referrals
 WHERE advocate_id = %(advocate_id)s AND joined_at > %(since)s AND joined_at <= %(at)s
"""

GATHER = """
SELECT referral.id,
       (SELECT count(*) FROM referrals AS other
         WHERE other.advocate_id = referral.advocate_id
           AND other.status IN ('qualified', 'pending', 'rewarded')
           AND other.qualified_at > %(cap_since)s),
       (SELECT count(*) FROM referrals AS other
         WHERE other.advocate_id = referral.advocate_id
           AND other.joined_at > referral.joined_at - %(joins_window)s
           AND (other.joined_at, other.id) <= (referral.joined_at, referral.id))
  FROM referrals AS referral
 WHERE referral.id = ANY(%(ids)s) AND referral.status = 'joined'
"""

# Those above each one in the chain of invitations, so far up: two members with one of them in common are one circle.
# Bounded, so that a long chain costs no more than a short one.
ANCESTORS = """
WITH RECURSIVE upward (member_id, ancestor_id, distance) AS (
    SELECT member_id, member_id, 0 FROM unnest(%(member_ids)s) AS member_id
    UNION ALL
    SELECT upward.member_id, referral.advocate_id, upward.distance + 1
      FROM upward JOIN referrals AS referral ON referral.friend_id = upward.ancestor_id
     WHERE upward.distance < %(most)s
)
SELECT member_id, array_agg(ancestor_id) FROM upward GROUP BY member_id
"""

INVITATIONS_AMONG = """
SELECT advocate_id, friend_id FROM referrals WHERE friend_id = ANY(%s) ORDER BY id
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

LOCK_REFERRAL = """
SELECT id FROM referrals WHERE id = %(id)s FOR NO KEY UPDATE
"""

REFUSE_HELD = """
UPDATE referrals
   SET status = 'rejected', status_at = %(at)s, reason_kind = %(reason_kind)s, reason_facts = %(reason_facts)s,
       available_at = NULL
 WHERE id = %(id)s AND status = 'qualified'
"""

MARK_REWARDED = """
UPDATE referrals SET status = 'rewarded', status_at = released.at
  FROM unnest(%(ids)s::uuid[], %(moments)s::timestamptz[]) AS released (id, at)
 WHERE referrals.id = released.id AND status = 'pending'
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

END_CODES = """
UPDATE referral_codes SET ends_at = greatest(starts_at, %(at)s), ended_reason = 'erased'
 WHERE member_id = %(member_id)s AND (ends_at IS NULL OR ends_at > %(at)s)
"""

CHOSEN_CODES = """
SELECT code FROM referral_codes WHERE member_id = %(member_id)s AND kind = 'vanity'
"""

# A chosen code may be a name. Visits and referrals follow it to the new one.
FORGET_CHOSEN_CODE = """
UPDATE referral_codes SET code = %(new)s, shape = NULL WHERE code = %(code)s
"""

FORGET_LINKS = """
DELETE FROM referral_links WHERE member_id = %(member_id)s
"""
