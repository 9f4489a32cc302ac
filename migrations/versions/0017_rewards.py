"""Tables of rewards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what rewards keep."""
    op.create_table(
        "reward_orders",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.BigInteger(), nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("price_points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code_hmac", sa.LargeBinary(), nullable=True),
        sa.Column("code_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spend_id", sa.UUID(), nullable=False),
        sa.Column("used_store_id", sa.UUID(), nullable=True),
        sa.Column("used_receipt", sa.Text(), nullable=True),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ordered', 'issued', 'used', 'cancelled', 'expired')",
            name=op.f("ck_reward_orders_state_declared"),
        ),
        sa.CheckConstraint("price_points > 0", name=op.f("ck_reward_orders_costs_points")),
        sa.CheckConstraint(
            "(code_hmac IS NULL) = (code_ciphertext IS NULL)", name=op.f("ck_reward_orders_code_is_whole")
        ),
        sa.CheckConstraint(
            "state <> 'issued' OR code_hmac IS NOT NULL", name=op.f("ck_reward_orders_issued_has_its_code")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('ordered', 'issued'))", name=op.f("ck_reward_orders_ended_unless_open")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_reward_orders_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_orders")),
        sa.UniqueConstraint("member_id", "idempotency_key", name=op.f("uq_reward_orders_member_id_idempotency_key")),
    )
    op.create_index("uq_reward_orders_code_hmac", "reward_orders", ["code_hmac"], unique=True)
    op.create_index("ix_reward_orders_member_id", "reward_orders", ["member_id", "id"])
    op.create_index("ix_reward_orders_reward", "reward_orders", ["programme", "reward", "id"])
    op.create_index(
        "ix_reward_orders_valid_until",
        "reward_orders",
        ["valid_until"],
        postgresql_where=sa.text("state = 'issued'"),
    )
    op.create_index(
        "ix_reward_orders_used_receipt",
        "reward_orders",
        ["used_store_id", "used_receipt"],
        postgresql_where=sa.text("used_receipt IS NOT NULL"),
    )
    op.create_index("ix_reward_orders_ordered", "reward_orders", ["id"], postgresql_where=sa.text("state = 'ordered'"))
    op.create_table(
        "reward_codes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("code_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("code_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["reward_orders.id"], name=op.f("fk_reward_codes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_codes")),
        sa.UniqueConstraint("code_hmac", name=op.f("uq_reward_codes_code_hmac")),
    )
    op.create_index(
        "ix_reward_codes_free",
        "reward_codes",
        ["programme", "reward", "id"],
        postgresql_where=sa.text("order_id IS NULL"),
    )
    op.create_table(
        "reward_counts",
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("ordered", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ordered >= 0", name=op.f("ck_reward_counts_not_below_zero")),
        sa.PrimaryKeyConstraint("programme", "reward", "day", name=op.f("pk_reward_counts")),
    )
    op.create_table(
        "reward_pauses",
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("reward", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme", "reward", name=op.f("pk_reward_pauses")),
    )


def downgrade() -> None:
    """Drops what rewards keep."""
    op.drop_table("reward_pauses")
    op.drop_table("reward_counts")
    op.drop_table("reward_codes")
    op.drop_table("reward_orders")
