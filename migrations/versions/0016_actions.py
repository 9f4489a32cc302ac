"""Tables of actions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what actions keep."""
    op.create_table(
        "member_actions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_member_actions_points_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_actions")),
        sa.UniqueConstraint("member_id", "action", "key", name=op.f("uq_member_actions_member_id_action_key")),
    )


def downgrade() -> None:
    """Drops what actions keep."""
    op.drop_table("member_actions")
