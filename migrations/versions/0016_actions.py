"""Tables of actions."""

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what actions keep."""


def downgrade() -> None:
    """Drops what actions keep."""
