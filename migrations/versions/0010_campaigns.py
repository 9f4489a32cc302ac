"""Tables of campaigns."""

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what campaigns keeps."""


def downgrade() -> None:
    """Drops what campaigns keeps."""
