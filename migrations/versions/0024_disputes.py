"""Tables of disputes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
REASONS = "'goodwill', 'correction', 'complaint', 'migration', 'promotion'"
# The migration that made the table gave its constraints the table's name twice.
REASON_DECLARED = "ck_ledger_adjustments_ck_ledger_adjustments_reason_declared"
OPEN = sa.text("state IN ('open', 'answered')")


def upgrade() -> None:
    """Creates what disputes keep; an adjustment may carry out the decision of one."""
    op.create_table(
        "disputes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID()),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("receipt", postgresql.JSONB()),
        sa.Column("about", sa.Text()),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("remind_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT),
        sa.Column("escalated_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("points", sa.BigInteger()),
        sa.Column("adjustment_id", sa.UUID()),
        sa.Column("transaction_id", sa.UUID()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_by_name", sa.Text()),
        sa.Column("decided_at", MOMENT),
        sa.Column("rating", sa.SmallInteger()),
        sa.Column("idempotency_key", sa.Text()),
        sa.CheckConstraint(
            "subject_kind IN ('entry', 'referral', 'receipt')", name=op.f("ck_disputes_subject_kind_declared")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'upheld', 'refused', 'settled', 'withdrawn')",
            name=op.f("ck_disputes_state_declared"),
        ),
        sa.CheckConstraint("(subject_kind = 'receipt') = (receipt IS NOT NULL)", name=op.f("ck_disputes_receipt_told")),
        sa.CheckConstraint(
            "subject_kind = 'receipt' OR subject_id IS NOT NULL", name=op.f("ck_disputes_subject_known")
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'answered')) = (ended_at IS NULL)", name=op.f("ck_disputes_open_has_no_end")
        ),
        sa.CheckConstraint(
            "state NOT IN ('upheld', 'refused') OR decided_at IS NOT NULL",
            name=op.f("ck_disputes_decided_by_somebody"),
        ),
        sa.CheckConstraint("points IS NULL OR points > 0", name=op.f("ck_disputes_points_added")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_disputes_rating_declared")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_disputes_member_id")),
        sa.ForeignKeyConstraint(["adjustment_id"], ["ledger_adjustments.id"], name=op.f("fk_disputes_adjustment_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["ledger_transactions.id"], name=op.f("fk_disputes_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("member_id", "idempotency_key", name=op.f("uq_disputes_member_id_idempotency_key")),
    )
    op.create_index(
        "ux_disputes_open_subject", "disputes", ["member_id", "subject_key"], unique=True, postgresql_where=OPEN
    )
    op.create_index("ix_disputes_member_id", "disputes", ["member_id", "id"])
    op.create_index("ix_disputes_due", "disputes", ["due_at"], postgresql_where=OPEN)
    op.create_index("ix_disputes_opened_at", "disputes", ["opened_at"])
    op.create_index(
        "ix_disputes_adjustment_id",
        "disputes",
        ["adjustment_id"],
        postgresql_where=sa.text("adjustment_id IS NOT NULL"),
    )
    op.create_table(
        "dispute_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("dispute_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text()),
        sa.Column("text_ciphertext", sa.LargeBinary()),
        sa.Column("wording", sa.Text()),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("idempotency_key", sa.Text()),
        sa.CheckConstraint(
            "kind IN ('opened', 'insisted', 'message', 'evidence', 'settled', 'proposed', 'not_approved', 'upheld',"
            " 'refused', 'withdrawn', 'reminded', 'escalated', 'rated')",
            name=op.f("ck_dispute_events_kind_declared"),
        ),
        sa.CheckConstraint(
            "author IN ('member', 'staff', 'rule', 'worker')", name=op.f("ck_dispute_events_author_declared")
        ),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_events_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_events")),
        sa.UniqueConstraint("dispute_id", "number", name=op.f("uq_dispute_events_dispute_id_number")),
        sa.UniqueConstraint("dispute_id", "idempotency_key", name=op.f("uq_dispute_events_dispute_id_idempotency_key")),
    )
    op.create_table(
        "dispute_evidence",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("dispute_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("content_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("width_px", sa.BigInteger(), nullable=False),
        sa.Column("height_px", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_evidence_dispute_id")),
        sa.ForeignKeyConstraint(["event_id"], ["dispute_events.id"], name=op.f("fk_dispute_evidence_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_evidence")),
    )
    op.create_index("ix_dispute_evidence_dispute_id", "dispute_evidence", ["dispute_id"])
    op.create_table(
        "dispute_settings",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("answer_within_working_days", sa.SmallInteger(), nullable=False),
        sa.Column("remind_after_working_days", sa.SmallInteger(), nullable=False),
        sa.Column("days_off", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_dispute_settings_one_row")),
        sa.CheckConstraint(
            "0 < remind_after_working_days AND remind_after_working_days < answer_within_working_days"
            " AND answer_within_working_days <= 60",
            name=op.f("ck_dispute_settings_reminded_before_due"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_settings")),
    )
    op.add_column("ledger_adjustments", sa.Column("dispute_id", sa.UUID()))
    op.add_column("ledger_adjustments", sa.Column("told", postgresql.JSONB()))
    op.drop_constraint(op.f(REASON_DECLARED), "ledger_adjustments")
    op.create_check_constraint(op.f(REASON_DECLARED), "ledger_adjustments", f"reason IN ({REASONS}, 'dispute')")
    op.create_check_constraint(
        op.f("ck_ledger_adjustments_dispute_is_told"),
        "ledger_adjustments",
        "(reason = 'dispute') = (dispute_id IS NOT NULL) AND (dispute_id IS NULL) = (told IS NULL)",
    )


def downgrade() -> None:
    """Drops what disputes keep."""
    op.execute("DELETE FROM ledger_adjustments WHERE reason = 'dispute'")
    op.drop_constraint(op.f("ck_ledger_adjustments_dispute_is_told"), "ledger_adjustments")
    op.drop_constraint(op.f(REASON_DECLARED), "ledger_adjustments")
    op.create_check_constraint(op.f(REASON_DECLARED), "ledger_adjustments", f"reason IN ({REASONS})")
    op.drop_column("ledger_adjustments", "told")
    op.drop_column("ledger_adjustments", "dispute_id")
    for table in ("dispute_settings", "dispute_evidence", "dispute_events", "disputes"):
        op.drop_table(table)
