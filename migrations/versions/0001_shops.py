"""Tables of shops."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what shops keeps."""


def downgrade() -> None:
    """Drops what shops keeps."""
