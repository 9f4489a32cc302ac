"""Tables of rewards."""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what rewards keep."""


def downgrade() -> None:
    """Drops what rewards keep."""
