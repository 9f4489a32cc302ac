"""Set-based SQL of actions."""

DONE_BEFORE = """
SELECT member_id, action, key, at, points, answer FROM member_actions
WHERE member_id = ANY(%(member_ids)s) AND action = ANY(%(actions)s)
"""

RECORD = """
INSERT INTO member_actions (id, member_id, programme, action, key, at, points, answer)
SELECT * FROM json_to_recordset(%(rows)s) AS new (
    id uuid, member_id uuid, programme text, action text, key text, at timestamptz, points bigint,
    answer jsonb
)
"""
