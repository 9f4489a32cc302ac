"""What the analytics of referrals need."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates it."""
    op.create_index(
        "ix_referrals_earned",
        "referrals",
        ["qualified_at", "advocate_id"],
        postgresql_where=sa.text("status IN ('pending', 'rewarded')"),
    )


def downgrade() -> None:
    """Takes it away."""
    op.drop_index("ix_referrals_earned", table_name="referrals")
