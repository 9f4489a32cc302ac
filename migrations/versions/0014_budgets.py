"""Tables of budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates what budgets keep."""
    op.create_table(
        "budget_periods",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_until", MOMENT, nullable=True),
        sa.Column("programme_version", sa.BigInteger(), nullable=False),
        sa.Column("points_total", sa.BigInteger(), nullable=False),
        sa.Column("points_overspent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("slices", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("nearly_spent_at", MOMENT, nullable=True),
        sa.Column("spent_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "points_total >= 0 AND points_overspent >= 0", name=op.f("ck_budget_periods_points_not_negative")
        ),
        sa.CheckConstraint("slices > 0", name=op.f("ck_budget_periods_slices_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_periods")),
        sa.UniqueConstraint(
            "programme",
            "budget",
            "period",
            "period_from",
            name=op.f("uq_budget_periods_programme_budget_period_period_from"),
        ),
    )
    op.create_table(
        "budget_slices",
        sa.Column("period_id", sa.UUID(), nullable=False),
        sa.Column("slice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points_left", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points_left >= 0", name=op.f("ck_budget_slices_points_left_not_negative")),
        sa.ForeignKeyConstraint(["period_id"], ["budget_periods.id"], name=op.f("fk_budget_slices_period_id")),
        sa.PrimaryKeyConstraint("period_id", "slice", name=op.f("pk_budget_slices")),
    )
    op.create_table(
        "budget_member_uses",
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_budget_member_uses_points_not_negative")),
        sa.PrimaryKeyConstraint(
            "programme", "budget", "period", "period_from", "member_id", name=op.f("pk_budget_member_uses")
        ),
    )


def downgrade() -> None:
    """Drops what budgets keep."""
    for table in ("budget_member_uses", "budget_slices", "budget_periods"):
        op.drop_table(table)
