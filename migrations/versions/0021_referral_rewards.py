"""Tables of what referrals brought."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The two rewards of the qualifying purchase that were given before there was a table of them.
GIVEN_BEFORE = """
INSERT INTO referral_rewards (
    id, referral_id, reward, side, member_id, event, state, points, points_taken_back, transaction_id, receipt_id,
    occurrence, at, wording, facts
)
SELECT accrual.id, referral.id, 'referral', one.side, accrual.member_id, 'qualifying',
       CASE WHEN one.taken_back = lot.points THEN 'taken_back' ELSE 'given' END,
       lot.points, one.taken_back, accrual.id, accrual.receipt_id, 1, accrual.effective_at, accrual.wording,
       jsonb_build_object('programme', accrual.programme, 'programme_version', accrual.programme_version, 'terms', '')
FROM ledger_transactions AS accrual
JOIN ledger_lots AS lot ON lot.transaction_id = accrual.id
JOIN referrals AS referral ON referral.id = accrual.referral_id
JOIN LATERAL (
    VALUES ('advocate', referral.advocate_id, referral.advocate_points_taken_back),
           ('friend', referral.friend_id, referral.friend_points_taken_back)
) AS one (side, member_id, taken_back) ON one.member_id = accrual.member_id
WHERE accrual.kind = 'accrual' AND one.taken_back <= lot.points
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Creates them, and lets a coupon be given for nothing."""
    op.create_table(
        "referral_rewards",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'given'"), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("points_taken_back", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("transaction_id", sa.UUID(), nullable=True),
        sa.Column("receipt_id", sa.UUID(), nullable=True),
        sa.Column("occurrence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "state IN ('given', 'withheld', 'refused', 'not_given', 'taken_back')",
            name=op.f("ck_referral_rewards_state"),
        ),
        sa.CheckConstraint("side IN ('advocate', 'friend', 'second_advocate')", name=op.f("ck_referral_rewards_side")),
        sa.CheckConstraint(
            "points_taken_back BETWEEN 0 AND coalesce(points, 0)", name=op.f("ck_referral_rewards_taken_back")
        ),
        sa.CheckConstraint(
            "state <> 'given' OR (points IS NULL) = (transaction_id IS NULL)",
            name=op.f("ck_referral_rewards_points_are_in_the_ledger"),
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referrals.id"], name=op.f("fk_referral_rewards_referral_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_referral_rewards_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_rewards")),
        sa.UniqueConstraint(
            "referral_id",
            "reward",
            "side",
            "occurrence",
            name=op.f("uq_referral_rewards_referral_id_reward_side_occurrence"),
        ),
    )
    op.create_index("ix_referral_rewards_member", "referral_rewards", ["member_id", "reward", "at"])
    op.create_index("ix_referral_rewards_transaction", "referral_rewards", ["transaction_id"])
    op.execute(GIVEN_BEFORE)
    op.drop_constraint(op.f("ck_reward_orders_costs_points"), "reward_orders", type_="check")
    op.alter_column("reward_orders", "spend_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_reward_orders_paid_or_given"),
        "reward_orders",
        "price_points >= 0 AND (price_points = 0) = (spend_id IS NULL)",
    )


def downgrade() -> None:
    """Takes them away. Coupons that were given for nothing go too: before, there were none."""
    op.execute("DELETE FROM reward_orders WHERE spend_id IS NULL")
    op.drop_constraint(op.f("ck_reward_orders_paid_or_given"), "reward_orders", type_="check")
    op.alter_column("reward_orders", "spend_id", nullable=False)
    op.create_check_constraint(op.f("ck_reward_orders_costs_points"), "reward_orders", "price_points > 0")
    op.drop_table("referral_rewards")
