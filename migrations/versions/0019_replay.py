"""Tables of the replay."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what the replay keeps."""
    op.create_table(
        "replays",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("against_title", postgresql.JSONB(), nullable=True),
        sa.Column("against_document", sa.Text(), nullable=True),
        sa.Column("against_version", sa.BigInteger(), nullable=False),
        sa.Column("past_source", sa.Text(), nullable=False),
        sa.Column("past_name", sa.Text(), nullable=False),
        sa.Column("past_file", sa.LargeBinary(), nullable=True),
        sa.Column("past_days", sa.BigInteger(), nullable=True),
        sa.Column("past_receipts", sa.BigInteger(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("spending_share_percent", sa.BigInteger(), nullable=False),
        sa.Column("margin_percent", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("events_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("events_total", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("failure", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_replays_status_declared")
        ),
        sa.CheckConstraint("past_source IN ('own', 'file', 'synthetic')", name=op.f("ck_replays_past_source_declared")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index(
        "ix_replays_open", "replays", ["created_at"], postgresql_where=sa.text("status IN ('waiting', 'running')")
    )


def downgrade() -> None:
    """Drops what the replay keeps."""
    op.drop_table("replays")
