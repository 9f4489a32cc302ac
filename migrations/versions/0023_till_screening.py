"""Tables of what screening at the till and of accounts keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates them."""
    op.create_table(
        "account_changes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowed_by", sa.Text(), nullable=True),
        sa.Column("allow_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('device', 'browser', 'phone')", name=op.f("ck_account_changes_kind_known")),
        sa.CheckConstraint(
            "(allowed_at IS NULL) = (allowed_by IS NULL) AND (allowed_at IS NULL) = (allow_reason IS NULL)",
            name=op.f("ck_account_changes_allowed_whole"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_account_changes_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
    )
    op.create_index("ix_account_changes_member_id_at", "account_changes", ["member_id", "at"])
    op.add_column("device_links", sa.Column("by_sign_in", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("token_families", sa.Column("network_hmac", sa.LargeBinary(), nullable=True))
    op.add_column(
        "token_families", sa.Column("device_known", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "cashier_reviews",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cashiers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_cashier_reviews")),
    )
    op.add_column("ledger_lots", sa.Column("held_case_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ledger_lots_held_case_id"), "ledger_lots", "screening_cases", ["held_case_id"], ["id"]
    )
    op.create_index(
        "ix_ledger_lots_held", "ledger_lots", ["held_case_id"], postgresql_where=sa.text("held_case_id IS NOT NULL")
    )
    op.drop_index("ix_ledger_lots_release", table_name="ledger_lots")
    op.create_index(
        "ix_ledger_lots_release",
        "ledger_lots",
        ["available_at"],
        postgresql_where=sa.text("state = 'pending' AND points_remaining > 0 AND held_case_id IS NULL"),
    )
    op.add_column("staff_members", sa.Column("member_id", sa.UUID(), nullable=True))
    op.create_foreign_key(op.f("fk_staff_members_member_id"), "staff_members", "members", ["member_id"], ["id"])
    op.create_index(
        "ix_staff_members_member_id",
        "staff_members",
        ["member_id"],
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Takes them away."""
    op.drop_table("cashier_reviews")
    op.drop_column("staff_members", "member_id")
    op.drop_index("ix_ledger_lots_release", table_name="ledger_lots")
    op.drop_column("ledger_lots", "held_case_id")
    op.create_index(
        "ix_ledger_lots_release",
        "ledger_lots",
        ["available_at"],
        postgresql_where=sa.text("state = 'pending' AND points_remaining > 0"),
    )
    op.drop_column("token_families", "device_known")
    op.drop_column("token_families", "network_hmac")
    op.drop_column("device_links", "by_sign_in")
    op.drop_table("account_changes")
