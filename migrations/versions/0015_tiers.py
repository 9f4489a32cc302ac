"""Tables of tiers."""

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what tiers keep."""


def downgrade() -> None:
    """Drops what tiers keep."""
