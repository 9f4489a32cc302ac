"""Tables of referrals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates what referrals keeps."""
    op.create_table(
        "referral_codes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_referral_codes_period")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_referral_codes_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_codes_code")),
        sa.UniqueConstraint("member_id", name=op.f("uq_referral_codes_member_id")),
    )
    op.create_table(
        "referral_visits",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("visits > 0", name=op.f("ck_referral_visits_visits")),
        sa.ForeignKeyConstraint(["code"], ["referral_codes.code"], name=op.f("fk_referral_visits_code")),
        sa.PrimaryKeyConstraint("code", "channel", "day", name=op.f("pk_referral_visits")),
    )
    op.create_table(
        "referrals",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("advocate_id", sa.UUID(), nullable=False),
        sa.Column("friend_id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_kind", sa.Text(), nullable=True),
        sa.Column("reason_facts", postgresql.JSONB(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("qualifying_receipt_id", sa.UUID(), nullable=True),
        sa.Column("qualified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("advocate_points", sa.BigInteger(), nullable=True),
        sa.Column("friend_points", sa.BigInteger(), nullable=True),
        sa.Column("advocate_points_taken_back", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("friend_points_taken_back", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "status IN ('joined', 'qualified', 'pending', 'rewarded', 'rejected', 'reversed')",
            name=op.f("ck_referrals_status"),
        ),
        sa.CheckConstraint("advocate_id <> friend_id", name=op.f("ck_referrals_two_people")),
        sa.CheckConstraint(
            "advocate_points_taken_back BETWEEN 0 AND coalesce(advocate_points, 0)"
            " AND friend_points_taken_back BETWEEN 0 AND coalesce(friend_points, 0)",
            name=op.f("ck_referrals_taken_back"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('qualified', 'rejected', 'reversed') OR reason_kind IS NOT NULL",
            name=op.f("ck_referrals_reason"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('qualified', 'pending', 'rewarded', 'reversed')"
            " OR (qualifying_receipt_id IS NOT NULL AND qualified_at IS NOT NULL"
            " AND advocate_points IS NOT NULL AND friend_points IS NOT NULL)",
            name=op.f("ck_referrals_qualified"),
        ),
        sa.ForeignKeyConstraint(["advocate_id"], ["members.id"], name=op.f("fk_referrals_advocate_id")),
        sa.ForeignKeyConstraint(["friend_id"], ["members.id"], name=op.f("fk_referrals_friend_id")),
        sa.ForeignKeyConstraint(["code"], ["referral_codes.code"], name=op.f("fk_referrals_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("friend_id", name=op.f("uq_referrals_friend_id")),
    )
    op.create_index("ix_referrals_open", "referrals", ["friend_id"], postgresql_where=sa.text("status = 'joined'"))
    op.create_index("ix_referrals_advocate", "referrals", ["advocate_id", "id"])
    op.create_index(
        "ix_referrals_cap",
        "referrals",
        ["advocate_id", "qualified_at"],
        postgresql_where=sa.text("status IN ('qualified', 'pending', 'rewarded')"),
    )
    op.create_index("ix_referrals_code", "referrals", ["code", "joined_at"])


def downgrade() -> None:
    """Drops what referrals keeps."""
    op.drop_table("referrals")
    op.drop_table("referral_visits")
    op.drop_table("referral_codes")
