"""Tables of tiers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates what tiers keep."""
    op.create_table(
        "member_tiers",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("holds_until", MOMENT, nullable=True),
        sa.Column("measured", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "programme", name=op.f("pk_member_tiers")),
    )
    op.create_index(
        "ix_member_tiers_holds_until",
        "member_tiers",
        ["holds_until"],
        postgresql_where=sa.text("holds_until IS NOT NULL"),
    )
    op.create_table(
        "tier_changes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.BigInteger(), nullable=False),
        sa.Column("tier_before", sa.Text(), nullable=True),
        sa.Column("tier_after", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("cause IN ('up', 'review', 'version')", name=op.f("ck_tier_changes_cause_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_changes")),
    )
    op.create_index("ix_tier_changes_member_id", "tier_changes", ["member_id", "id"])


def downgrade() -> None:
    """Drops what tiers keep."""
    for table in ("tier_changes", "member_tiers"):
        op.drop_table(table)
