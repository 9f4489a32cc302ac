"""Tables of demo."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what demo keeps."""
    op.create_table(
        "demo_clock",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("offset_seconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_demo_clock_one_row")),
        sa.CheckConstraint("offset_seconds >= 0", name=op.f("ck_demo_clock_forward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "demo_shop",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("till_key", sa.Text(), nullable=False),
        sa.Column("till_store_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_demo_shop_one_row")),
        sa.ForeignKeyConstraint(["till_store_id"], ["stores.id"], name=op.f("fk_demo_shop_till_store_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_shop")),
    )


def downgrade() -> None:
    """Drops what demo keeps."""
    op.drop_table("demo_shop")
    op.drop_table("demo_clock")
