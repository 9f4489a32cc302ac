"""Tables of worker."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what worker keeps."""


def downgrade() -> None:
    """Drops what worker keeps."""
