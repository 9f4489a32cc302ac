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
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'scheduled'")),
        sa.Column("in_force_from", sa.DateTime(timezone=True)),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("note", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("id", name="pk_programme_versions"),
        sa.UniqueConstraint("programme", "version", name="uq_programme_versions_programme_version"),
        sa.CheckConstraint(
            "status IN ('draft', 'scheduled', 'withdrawn')", name="ck_programme_versions_status_declared"
        ),
        sa.CheckConstraint(
            "status <> 'scheduled' OR in_force_from IS NOT NULL", name="ck_programme_versions_scheduled_from"
        ),
    )
    op.create_index("ix_programme_versions_currency_in_force_from", "programme_versions", ["currency", "in_force_from"])


def downgrade() -> None:
    """Drops the versions of programmes."""
    op.drop_table("programme_versions")
