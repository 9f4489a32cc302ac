"""Tables of screening."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what screening keeps."""
    op.create_table(
        "screening_rulings",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_kind", sa.Text(), nullable=False),
        sa.Column("reason_facts", postgresql.JSONB(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('active', 'shadow')", name=op.f("ck_screening_rulings_mode")),
        sa.CheckConstraint("outcome IN ('allow', 'hold', 'reject')", name=op.f("ck_screening_rulings_outcome")),
        sa.CheckConstraint("(outcome = 'allow') = (reason_kind = '')", name=op.f("ck_screening_rulings_reason")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_screening_rulings_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_rulings")),
    )
    op.create_index("ix_screening_rulings_subject", "screening_rulings", ["subject_kind", "subject_id"])
    op.create_index("ix_screening_rulings_member", "screening_rulings", ["member_id", "at"])


def downgrade() -> None:
    """Drops what screening keeps."""
    op.drop_table("screening_rulings")
