"""Tables of demo."""

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what demo keeps."""


def downgrade() -> None:
    """Drops what demo keeps."""
