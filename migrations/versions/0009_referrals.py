"""Tables of referrals."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what referrals keeps."""


def downgrade() -> None:
    """Drops what referrals keeps."""
