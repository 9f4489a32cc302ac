"""Tables of staff."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what staff keeps."""


def downgrade() -> None:
    """Drops what staff keeps."""
