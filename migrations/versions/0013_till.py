"""Tables of the till."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = postgresql.UUID(as_uuid=True)


def upgrade() -> None:
    """Creates reservations, and the count of wrong claims."""
    op.create_table(
        "reservations",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("store_id", IDENTIFIER, sa.ForeignKey("stores.id", name="fk_reservations_store_id"), nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("device_id", sa.LargeBinary, nullable=False),
        sa.Column("code_step", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.Column("points_spent", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("programme_version", sa.BigInteger, nullable=False),
        sa.Column("point_value_minor", sa.BigInteger, nullable=False),
        sa.Column("maximum_share_basis_points", sa.BigInteger, nullable=False),
        sa.Column("reserve_id", IDENTIFIER, nullable=False),
        sa.Column("receipt_id", IDENTIFIER, nullable=False),
        sa.Column("has_receipt", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("reserved_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.Column("answer", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.UniqueConstraint("store_id", "external_id", name="uq_reservations_store_id_external_id"),
        sa.CheckConstraint(
            "status IN ('held', 'confirmed', 'cancelled', 'timed_out')", name="ck_reservations_status_declared"
        ),
        sa.CheckConstraint(
            "points > 0 AND points_spent BETWEEN 0 AND points", name="ck_reservations_not_more_than_set_aside"
        ),
    )
    op.create_index(
        "uq_reservations_code",
        "reservations",
        ["device_id", "code_step"],
        unique=True,
        postgresql_where=sa.text("status IN ('held', 'confirmed')"),
    )
    op.create_index(
        "ix_reservations_lease", "reservations", ["expires_at"], postgresql_where=sa.text("status = 'held'")
    )
    op.create_table(
        "receipt_claim_failures",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("failed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipt_claim_failures"),
    )
    op.create_index(
        "ix_receipt_claim_failures_member_id_failed_at", "receipt_claim_failures", ["member_id", "failed_at"]
    )


def downgrade() -> None:
    """Drops what the till keeps."""
    op.drop_table("receipt_claim_failures")
    op.drop_table("reservations")
