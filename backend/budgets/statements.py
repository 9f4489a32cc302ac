"""Set-based SQL of budgets. Rows come in as one parameter (`as_rows`); each statement is prepared once."""

# The shop's, without a whole object of the shop: it is asked for with every batch.
ZONE = "SELECT zone FROM shops"

# What a member may take from is locked in sorted order, as everywhere: `order by`, then `for update`. Home slices are
# found by the number of slices that the statement sees; where it waited for a spreading, the generations differ.
LOCK_SLICES = """
SELECT period.id, period.programme, period.budget, period.period, period.period_from, period.programme_version,
       period.points_total, period.slices, period.generation, slice.slice, slice.points_left, slice.generation
FROM json_to_recordset(%(periods)s) AS wanted (programme text, budget text, period text, period_from date)
JOIN budget_periods AS period USING (programme, budget, period, period_from)
JOIN budget_slices AS slice ON slice.period_id = period.id
WHERE slice.slice IN (SELECT home %% period.slices FROM unnest(%(homes)s::bigint[]) AS home)
ORDER BY slice.period_id, slice.slice
FOR NO KEY UPDATE OF slice
"""

# Of many who open a period at once one does, and the others wait for it: sorted, so that nobody waits in a ring.
OPEN_PERIODS = """
WITH opened AS (
    INSERT INTO budget_periods (
        id, programme, budget, period, period_from, period_until, programme_version, points_total, slices
    )
    SELECT id, programme, budget, period, period_from, period_until, programme_version, points_total, slices
    FROM json_to_recordset(%(periods)s) AS new (
        id uuid, programme text, budget text, period text, period_from date, period_until timestamptz,
        programme_version bigint, points_total bigint, slices bigint
    )
    ORDER BY programme, budget, period, period_from
    ON CONFLICT DO NOTHING
    RETURNING id, slices, points_total
)
INSERT INTO budget_slices (period_id, slice, points_left, generation)
SELECT id, number, points_total / slices + (number < points_total %% slices)::int, 0
FROM opened CROSS JOIN LATERAL generate_series(0, slices - 1) AS number
"""

MEMBER_USES = """
SELECT uses.programme, uses.budget, uses.period, uses.period_from, uses.member_id, uses.points
FROM json_to_recordset(%(periods)s) AS wanted (programme text, budget text, period text, period_from date)
JOIN budget_member_uses AS uses USING (programme, budget, period, period_from)
WHERE uses.member_id = ANY(%(member_ids)s)
"""

WRITE = """
WITH members AS (
    INSERT INTO budget_member_uses AS uses (programme, budget, period, period_from, member_id, points)
    SELECT * FROM json_to_recordset(%(uses)s) AS new (
        programme text, budget text, period text, period_from date, member_id uuid, points bigint
    )
    ON CONFLICT (programme, budget, period, period_from, member_id) DO UPDATE
    SET points = uses.points + excluded.points
)
UPDATE budget_slices AS slice SET points_left = slice.points_left - taken.points
FROM json_to_recordset(%(slices)s) AS taken (period_id uuid, slice bigint, points bigint)
WHERE slice.period_id = taken.period_id AND slice.slice = taken.slice
"""

LOCK_PERIOD = """
SELECT points_total, points_overspent, programme_version, generation FROM budget_periods WHERE id = %(id)s FOR UPDATE
"""

LOCK_SLICES_OF_PERIOD = """
SELECT slice, points_left FROM budget_slices WHERE period_id = %(id)s ORDER BY slice FOR UPDATE
"""

# Rows that stay are changed in place: whoever waits for one of them finds another generation, or finds it gone.
LAY_OUT = """
WITH laid_out AS (
    SELECT slice - 1 AS slice, points_left FROM unnest(%(points)s::bigint[]) WITH ORDINALITY AS new (points_left, slice)
), gone AS (
    DELETE FROM budget_slices WHERE period_id = %(id)s AND slice >= %(slices)s
), kept AS (
    INSERT INTO budget_slices (period_id, slice, points_left, generation)
    SELECT %(id)s, slice, points_left, %(generation)s FROM laid_out
    ON CONFLICT (period_id, slice) DO UPDATE
    SET points_left = excluded.points_left, generation = excluded.generation
)
UPDATE budget_periods
SET points_total = %(points_total)s, points_overspent = %(points_overspent)s,
    programme_version = %(programme_version)s, slices = %(slices)s, generation = %(generation)s
WHERE id = %(id)s
"""

GIVE_BACK_TO_MEMBER = """
UPDATE budget_member_uses SET points = greatest(0, points - %(points)s)
WHERE programme = %(programme)s AND budget = %(budget)s AND period = %(period)s AND period_from = %(period_from)s
  AND member_id = %(member_id)s
"""

FIND_PERIOD = """
SELECT id, slices, points_overspent FROM budget_periods
WHERE programme = %(programme)s AND budget = %(budget)s AND period = %(period)s AND period_from = %(period_from)s
"""

# What was overspent is made up for before anything can be taken again.
GIVE_BACK_OVERSPENT = """
UPDATE budget_periods AS period SET points_overspent = period.points_overspent - least(%(points)s, locked.overspent)
FROM (SELECT points_overspent AS overspent FROM budget_periods WHERE id = %(id)s FOR UPDATE) AS locked
WHERE period.id = %(id)s
RETURNING least(%(points)s, locked.overspent)
"""

GIVE_BACK_TO_SLICE = """
UPDATE budget_slices SET points_left = points_left + %(points)s WHERE period_id = %(id)s AND slice = %(slice)s
"""

STANDINGS = """
SELECT period.budget, period.period, period.period_from, period.points_total,
       period.points_total + period.points_overspent - left_of.points, period.nearly_spent_at, period.spent_at
FROM json_to_recordset(%(periods)s) AS wanted (programme text, budget text, period text, period_from date)
JOIN budget_periods AS period USING (programme, budget, period, period_from)
CROSS JOIN LATERAL (
    SELECT sum(points_left)::bigint AS points FROM budget_slices WHERE period_id = period.id
) AS left_of
"""

MEMBER_STANDINGS = """
SELECT wanted.budget, wanted.period, wanted.period_from, count(*), sum(uses.points)::bigint,
       count(*) FILTER (WHERE uses.points >= wanted.points)
FROM json_to_recordset(%(periods)s) AS wanted (
    programme text, budget text, period text, period_from date, points bigint
)
JOIN budget_member_uses AS uses USING (programme, budget, period, period_from)
WHERE uses.points > 0
GROUP BY wanted.budget, wanted.period, wanted.period_from
"""

# Periods under way of which nobody was told what has come about since; few rows, each with its slices.
TO_TELL = """
SELECT period.id, period.programme, period.budget, period.period_from, period.points_total, left_of.points,
       period.nearly_spent_at IS NULL
FROM budget_periods AS period
CROSS JOIN LATERAL (
    SELECT sum(points_left)::bigint AS points FROM budget_slices WHERE period_id = period.id
) AS left_of
WHERE period.spent_at IS NULL AND (period.period_until IS NULL OR period.period_until > %(now)s)
  AND (left_of.points = 0 OR (period.nearly_spent_at IS NULL AND left_of.points * 5 <= period.points_total))
ORDER BY period.id
"""

TOLD = """
UPDATE budget_periods SET nearly_spent_at = coalesce(nearly_spent_at, %(now)s),
    spent_at = CASE WHEN %(is_spent)s THEN %(now)s ELSE spent_at END
WHERE id = %(id)s
"""
