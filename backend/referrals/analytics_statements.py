"""The statements of the reports on referrals.

They read members, receipts and stores too, set by set: a report of a year is a few scans, whoever asks for it.
`{key}`, `{place}` and `{narrowed}` are put together by `analytics` from the constants below, never from what was typed.
"""

# Where the inviting side buys: a link is opened by nobody whom the shop knows, but it is always somebody's link.
PLACE = """
  LEFT JOIN LATERAL (
      SELECT store_id FROM receipts AS receipt
       WHERE receipt.member_id = {member} ORDER BY receipt.occurred_at DESC LIMIT 1
  ) AS last_receipt ON true
  LEFT JOIN stores AS store ON store.id = last_receipt.store_id"""
PLACE_KEY = "coalesce(store.region, store.code, '')"
BY_CHANNEL = " AND {table}.channel = %(channel)s"
BY_PLACE = f" AND {PLACE_KEY} = %(place)s"

VISITS = """
SELECT {key}, sum(visit.visits)::bigint
  FROM referral_visits AS visit
  JOIN referral_codes AS code ON code.code = visit.code{place}
 WHERE visit.day >= %(first_day)s AND visit.day <= %(last_day)s{narrowed}
 GROUP BY 1
"""

# A friend counts where it joined, with all that became of it since: a cohort, whatever the day of its purchase. What it
# brought is what is left of it: returns take points back, and what waits for a person was not given.
JOINED = """
WITH chosen AS (
    SELECT referral.id, referral.status, {key} AS key
      FROM referrals AS referral{place}
     WHERE referral.joined_at >= %(since)s AND referral.joined_at < %(until)s{narrowed}
), given AS (
    SELECT referral_id,
           sum(points - points_taken_back) FILTER (WHERE side <> 'friend') AS to_advocates,
           sum(points - points_taken_back) FILTER (WHERE side = 'friend') AS to_friends,
           count(order_id) AS coupons
      FROM referral_rewards
     WHERE state = 'given' AND referral_id IN (SELECT id FROM chosen)
     GROUP BY referral_id
)
SELECT key, count(*),
       count(*) FILTER (WHERE status IN ('qualified', 'pending', 'rewarded', 'reversed')),
       count(*) FILTER (WHERE status = 'rewarded'),
       count(*) FILTER (WHERE status IN ('pending', 'rewarded')),
       coalesce(sum(to_advocates), 0)::bigint, coalesce(sum(to_friends), 0)::bigint, coalesce(sum(coupons), 0)::bigint
  FROM chosen LEFT JOIN given ON given.referral_id = chosen.id
 GROUP BY key
"""

VISITS_BY_MONTH = """
SELECT width_bucket(visit.day::timestamp, %(first_days)s::timestamp[]), sum(visit.visits)::bigint
  FROM referral_visits AS visit
 WHERE visit.day >= %(first_day)s AND visit.day <= %(last_day)s
 GROUP BY 1
"""
JOINS_BY_MONTH = """
SELECT width_bucket(joined_at, %(begins)s::timestamptz[]), count(*),
       count(*) FILTER (WHERE channel IN ('typed', 'till')), count(DISTINCT advocate_id)
  FROM referrals
 WHERE joined_at >= %(since)s AND joined_at < %(until)s
 GROUP BY 1
"""
ACTIVE_BY_MONTH = """
SELECT month, count(*)
  FROM (SELECT DISTINCT width_bucket(occurred_at, %(begins)s::timestamptz[]) AS month, member_id
          FROM receipts
         WHERE member_id IS NOT NULL AND occurred_at >= %(since)s AND occurred_at < %(until)s) AS active
 GROUP BY 1
"""

# Hundreds of thousands of members are sorted by what they spend; with the usual share that goes by way of the disk.
MORE_MEMORY = "SET LOCAL work_mem = '96MB'"

# What each member who joined in these months has bought, less returns; then by month and by whether somebody brought
# them. Only months in which both kinds joined are compared, and the others are weighted as if they had joined when the
# brought ones did: who joined long ago has had longer to buy.
COMPARED = """
WITH cohort AS (
    SELECT member.id, width_bucket(member.joined_at, %(begins)s::timestamptz[]) AS month,
           referral.id IS NOT NULL AS brought
      FROM members AS member
      LEFT JOIN referrals AS referral ON referral.friend_id = member.id
     WHERE member.joined_at >= %(since)s AND member.joined_at < %(until)s
), bought AS (
    SELECT receipt.member_id, sum(receipt.total_amount_minor - receipt.returned_amount_minor) AS spend
      FROM receipts AS receipt
     WHERE receipt.currency = %(currency)s AND receipt.member_id IN (SELECT id FROM cohort)
     GROUP BY 1
), spent AS (
    SELECT cohort.month, cohort.brought, coalesce(bought.spend, 0)::bigint AS spend
      FROM cohort LEFT JOIN bought ON bought.member_id = cohort.id
), sizes AS (
    SELECT month, count(*) FILTER (WHERE brought) AS brought, count(*) FILTER (WHERE NOT brought) AS others
      FROM spent GROUP BY month
), weighted AS (
    SELECT spent.month, spent.brought, spent.spend,
           CASE WHEN spent.brought THEN 1.0::float8 ELSE sizes.brought::float8 / sizes.others END AS weight
      FROM spent JOIN sizes USING (month)
     WHERE sizes.brought > 0 AND sizes.others > 0
), ranked AS (
    SELECT brought, spend,
           sum(weight) OVER (PARTITION BY brought ORDER BY spend) AS below,
           sum(weight) OVER (PARTITION BY brought) AS whole
      FROM weighted
)
SELECT weighted.brought, weighted.month, count(*), count(*) FILTER (WHERE spend > 0),
       avg(spend)::float8, percentile_disc(0.5) WITHIN GROUP (ORDER BY spend)::bigint,
       sum(weight), sum(weight * spend), sum(weight * weight), sum(weight * weight * spend),
       sum(weight * weight * spend * spend),
       CASE WHEN grouping(weighted.month) = 1 THEN (
           SELECT min(ranked.spend) FROM ranked
            WHERE ranked.brought = weighted.brought AND ranked.below * 2 >= ranked.whole - 1e-9)
       END
  FROM weighted
 GROUP BY GROUPING SETS ((weighted.brought, weighted.month), (weighted.brought))
 ORDER BY weighted.brought DESC, weighted.month NULLS LAST
"""

ADVOCATES = """
WITH first AS (
    SELECT referral.advocate_id, count(*) AS joined,
           count(*) FILTER (WHERE referral.status IN ('pending', 'rewarded')) AS earned,
           count(*) FILTER (WHERE referral.status = 'rewarded') AS rewarded,
           count(*) FILTER (WHERE referral.status IN ('qualified', 'rejected', 'reversed')) AS without_reward,
           array_agg(referral.id) AS ids
      FROM referrals AS referral{place}
     WHERE referral.joined_at >= %(since)s AND referral.joined_at < %(until)s{narrowed}
     GROUP BY referral.advocate_id
     ORDER BY earned DESC, joined DESC, referral.advocate_id
     LIMIT %(limit)s
)
SELECT advocate_id, joined, earned, rewarded, without_reward,
       (SELECT coalesce(sum(points - points_taken_back), 0)::bigint FROM referral_rewards
         WHERE referral_id = ANY(first.ids) AND side = 'advocate' AND state = 'given')
  FROM first
 ORDER BY earned DESC, joined DESC, advocate_id
"""

STATES = """
SELECT referral.status, referral.reason_kind, count(*), min(referral.reason_facts::text)::jsonb
  FROM referrals AS referral{place}
 WHERE referral.joined_at >= %(since)s AND referral.joined_at < %(until)s{narrowed}
 GROUP BY 1, 2
"""

_FRIENDS = """
SELECT referral.id, referral.advocate_id, referral.friend_id, referral.channel, referral.status, referral.status_at,
       referral.joined_at, referral.reason_kind, referral.reason_facts, referral.qualified_at,
       given.to_advocates, given.to_friends, given.coupons,
       referral.utm_source, referral.utm_medium, referral.utm_campaign
  FROM referrals AS referral{place}
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(points - points_taken_back) FILTER (WHERE side <> 'friend'), 0)::bigint AS to_advocates,
           coalesce(sum(points - points_taken_back) FILTER (WHERE side = 'friend'), 0)::bigint AS to_friends,
           count(order_id) AS coupons
      FROM referral_rewards WHERE referral_id = referral.id AND state = 'given'
 ) AS given
 WHERE referral.joined_at >= %(since)s AND referral.joined_at < %(until)s{narrowed}
   AND (%(status)s::text IS NULL OR referral.status = %(status)s)"""
FRIENDS_MOVED_LAST = f"""{_FRIENDS}
   AND (%(before)s::uuid IS NULL OR (referral.status_at, referral.id) < (
        SELECT other.status_at, other.id FROM referrals AS other WHERE other.id = %(before)s))
 ORDER BY referral.status_at DESC, referral.id DESC
 LIMIT %(limit)s
"""  # noqa: S608 - of constants
# In the order of their ids, which does not change while an export runs.
FRIENDS_IN_ORDER = f"""{_FRIENDS}
   AND (%(after)s::uuid IS NULL OR referral.id > %(after)s)
 ORDER BY referral.id
 LIMIT %(limit)s
"""  # noqa: S608 - of constants
