"""Tables of members."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what members keeps."""


def downgrade() -> None:
    """Drops what members keeps."""
