"""Tables of budgets."""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what budgets keep."""


def downgrade() -> None:
    """Drops what budgets keep."""
