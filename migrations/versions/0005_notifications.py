"""Tables of notifications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANNEL = "channel IN ('push', 'sms', 'email')"
STATE = "state IN ('queued', 'held', 'claimed', 'sending', 'accepted', 'failed', 'unknown', 'dropped')"


def upgrade() -> None:
    """Creates what notifications keeps."""
    _create_sources()
    _create_deliveries()
    op.create_table(
        "marketing_slots",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "slot", name=op.f("pk_marketing_slots")),
    )
    op.create_table(
        "delivery_channels",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("credited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_delivery_channels_channel_declared")),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_delivery_channels")),
    )


def _create_sources() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("marketing", sa.Boolean(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("rate_per_second", sa.BigInteger(), nullable=True),
        sa.Column("credit", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("credited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_broadcasts_channel_declared")),
        sa.CheckConstraint("rate_per_second IS NULL OR rate_per_second > 0", name=op.f("ck_broadcasts_rate_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("ix_broadcasts_running", "broadcasts", ["channel"], postgresql_where=sa.text("running"))
    op.create_table(
        "messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("natural_key", sa.Text(), nullable=False),
        sa.Column("broadcast_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name=op.f("fk_messages_broadcast_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("natural_key", name=op.f("uq_messages_natural_key")),
    )
    op.create_index("ix_messages_inbox", "messages", ["member_id", "created_at", "id"])
    op.create_table(
        "addressed_messages",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addressed_messages")),
    )
    op.create_index("ix_addressed_messages_expires_at", "addressed_messages", ["expires_at"])


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=True),
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("broadcast_id", sa.UUID(), nullable=True),
        sa.Column("device_id", sa.UUID(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("marketing", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_id", sa.UUID(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeats", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("provider_message_id", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(STATE, name=op.f("ck_deliveries_state_declared")),
        sa.CheckConstraint(CHANNEL, name=op.f("ck_deliveries_channel_declared")),
        sa.CheckConstraint(
            "(state IN ('claimed', 'sending')) = (lease_until IS NOT NULL)",
            name=op.f("ck_deliveries_leased_while_in_a_workers_hands"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "source_id", "channel", "device_id", name="uq_deliveries_source_id", postgresql_nulls_not_distinct=True
        ),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["channel", "due_at"],
        postgresql_where=sa.text("state IN ('queued', 'held') AND broadcast_id IS NULL"),
    )
    op.create_index(
        "ix_deliveries_broadcast_due",
        "deliveries",
        ["broadcast_id", "due_at"],
        postgresql_where=sa.text("state IN ('queued', 'held') AND broadcast_id IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_leased",
        "deliveries",
        ["channel", "lease_until"],
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_deliveries_broadcast",
        "deliveries",
        ["broadcast_id"],
        postgresql_where=sa.text("broadcast_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Drops what notifications keeps."""
    for table in (
        "delivery_channels",
        "marketing_slots",
        "deliveries",
        "addressed_messages",
        "messages",
        "broadcasts",
    ):
        op.drop_table(table)
