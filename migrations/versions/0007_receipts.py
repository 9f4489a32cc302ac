"""Tables of receipts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = postgresql.UUID(as_uuid=True)
QUANTITY = sa.Numeric(14, 3)
ZERO = sa.text("0")


def upgrade() -> None:
    """Creates receipts and returns with their lines."""
    op.create_table(
        "receipts",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("store_id", IDENTIFIER, sa.ForeignKey("stores.id", name="fk_receipts_store_id"), nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("member_id", IDENTIFIER),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("total_amount_minor", sa.BigInteger, nullable=False),
        sa.Column("returned_amount_minor", sa.BigInteger, nullable=False, server_default=ZERO),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("cashier", sa.Text),
        sa.Column("payments", postgresql.JSONB),
        sa.Column("paid_with_points_minor", sa.BigInteger),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("answer", postgresql.JSONB, nullable=False),
        sa.Column("claimed_at", MOMENT),
        sa.Column("claim_answer", postgresql.JSONB),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint("store_id", "external_id", name="uq_receipts_store_id_external_id"),
        sa.CheckConstraint(
            "returned_amount_minor BETWEEN 0 AND total_amount_minor", name="ck_receipts_returned_not_more_than_sold"
        ),
    )
    op.create_index("ix_receipts_member_id_occurred_at", "receipts", ["member_id", "occurred_at"])
    op.create_table(
        "receipt_lines",
        sa.Column(
            "receipt_id", IDENTIFIER, sa.ForeignKey("receipts.id", name="fk_receipt_lines_receipt_id"), nullable=False
        ),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("member_id", IDENTIFIER),
        sa.Column("sku", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("returned_quantity", QUANTITY, nullable=False, server_default=ZERO),
        sa.Column("returned_amount_minor", sa.BigInteger, nullable=False, server_default=ZERO),
        sa.PrimaryKeyConstraint("receipt_id", "position", name="pk_receipt_lines"),
        sa.CheckConstraint(
            "returned_quantity BETWEEN 0 AND quantity", name="ck_receipt_lines_returned_not_more_than_sold"
        ),
        sa.CheckConstraint(
            "returned_amount_minor BETWEEN 0 AND amount_minor",
            name="ck_receipt_lines_returned_amount_not_more_than_sold",
        ),
    )
    op.create_table(
        "receipt_returns",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column(
            "store_id", IDENTIFIER, sa.ForeignKey("stores.id", name="fk_receipt_returns_store_id"), nullable=False
        ),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column(
            "receipt_id", IDENTIFIER, sa.ForeignKey("receipts.id", name="fk_receipt_returns_receipt_id"), nullable=False
        ),
        sa.Column("member_id", IDENTIFIER),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("answer", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_receipt_returns"),
        sa.UniqueConstraint("store_id", "external_id", name="uq_receipt_returns_store_id_external_id"),
    )
    op.create_index("ix_receipt_returns_receipt_id", "receipt_returns", ["receipt_id"])
    op.create_table(
        "receipt_return_lines",
        sa.Column(
            "return_id",
            IDENTIFIER,
            sa.ForeignKey("receipt_returns.id", name="fk_receipt_return_lines_return_id"),
            nullable=False,
        ),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("receipt_id", IDENTIFIER, nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("return_id", "position", name="pk_receipt_return_lines"),
    )


def downgrade() -> None:
    """Drops receipts and returns."""
    for table in ("receipt_return_lines", "receipt_returns", "receipt_lines", "receipts"):
        op.drop_table(table)
