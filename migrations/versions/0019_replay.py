"""Tables of the replay."""

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what the replay keeps."""


def downgrade() -> None:
    """Drops what the replay keeps."""
