"""Tables of programmes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the versions of programmes."""
    op.create_table(
        "programme_versions",
        sa.Column("id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_versions"),
        sa.UniqueConstraint("programme", "version", name="uq_programme_versions_programme_version"),
    )
    op.create_index("ix_programme_versions_currency_in_force_from", "programme_versions", ["currency", "in_force_from"])


def downgrade() -> None:
    """Drops the versions of programmes."""
    op.drop_table("programme_versions")
