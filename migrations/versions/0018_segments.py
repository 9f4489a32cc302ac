"""Tables of segments."""

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what segments keep."""


def downgrade() -> None:
    """Drops what segments keep."""
