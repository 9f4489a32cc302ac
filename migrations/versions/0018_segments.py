"""Tables of segments, and the audience of a campaign."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what segments keep."""
    op.create_table(
        "segments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tree", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("computed_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recompute_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("computed_version <= version", name=op.f("ck_segments_computed_not_ahead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("code", name=op.f("uq_segments_code")),
    )
    op.create_index("ix_segments_due", "segments", ["recompute_at"], postgresql_where=sa.text("archived_at IS NULL"))
    op.create_table(
        "segment_versions",
        sa.Column("segment_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("tree", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_segment_versions_segment_id")),
        sa.PrimaryKeyConstraint("segment_id", "version", name=op.f("pk_segment_versions")),
    )
    op.create_table(
        "segment_members",
        sa.Column("segment_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("segment_id", "member_id", name=op.f("pk_segment_members")),
    )
    op.create_index("ix_segment_members_member_id", "segment_members", ["member_id"])
    op.create_table(
        "segment_touches",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", "member_id", name=op.f("pk_segment_touches")),
    )
    op.create_index("ix_segment_touches_open", "segment_touches", ["id"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_table(
        "segment_progress",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("collected", sa.UUID(), nullable=False),
        sa.Column("looked_back", sa.UUID(), nullable=False),
        sa.Column("busy", sa.UUID(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_segment_progress_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_progress")),
    )
    op.add_column("campaigns", sa.Column("segment_id", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_campaigns_segment_id"), "campaigns", "segments", ["segment_id"], ["id"])


def downgrade() -> None:
    """Drops what segments keep."""
    op.drop_column("campaigns", "segment_id")
    for table in ("segment_progress", "segment_touches", "segment_members", "segment_versions", "segments"):
        op.drop_table(table)
