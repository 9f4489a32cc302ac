"""Tables of programmes."""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what programmes keeps."""


def downgrade() -> None:
    """Drops what programmes keeps."""
