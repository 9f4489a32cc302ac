"""Tables of screening."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what screening keeps."""


def downgrade() -> None:
    """Drops what screening keeps."""
