"""Tables of campaigns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what campaigns keeps."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", postgresql.JSONB(), nullable=False),
        sa.Column("rate_per_second", sa.BigInteger(), nullable=True),
        sa.Column("holdout_percent", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audience_after", sa.UUID(), nullable=True),
        sa.Column("audience_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("audience_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("holdout_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("final_counts", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "status IN ('draft', 'running', 'paused', 'stopped', 'finished')",
            name=op.f("ck_campaigns_status_declared"),
        ),
        sa.CheckConstraint("kind IN ('service', 'marketing')", name=op.f("ck_campaigns_kind_declared")),
        sa.CheckConstraint("holdout_percent BETWEEN 0 AND 99", name=op.f("ck_campaigns_holdout_percent_range")),
        sa.CheckConstraint("(status = 'draft') = (started_at IS NULL)", name=op.f("ck_campaigns_started_unless_draft")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index("ix_campaigns_running", "campaigns", ["starts_at"], postgresql_where=sa.text("status = 'running'"))
    op.create_table(
        "campaign_holdouts",
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_holdouts_campaign_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_campaign_holdouts_member_id")),
        sa.PrimaryKeyConstraint("campaign_id", "member_id", name=op.f("pk_campaign_holdouts")),
    )
    op.create_table(
        "campaign_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_events_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_events")),
    )
    op.create_index("ix_campaign_events_log", "campaign_events", ["campaign_id", "id"])


def downgrade() -> None:
    """Drops what campaigns keeps."""
    op.drop_table("campaign_events")
    op.drop_table("campaign_holdouts")
    op.drop_table("campaigns")
