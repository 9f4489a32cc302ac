"""Tables of cases that wait for a person, of marks of payments and of joining."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Whoever changes a status, and there are many statements that do: none can forget it.
KEEP_STATES = """
CREATE FUNCTION keep_referral_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO referral_states (referral_id, at, status, reason_kind, reason_facts)
    VALUES (NEW.id, NEW.status_at, NEW.status, NEW.reason_kind, NEW.reason_facts)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
STATES_SO_FAR = """
INSERT INTO referral_states (referral_id, at, status, reason_facts)
SELECT id, joined_at, 'joined', '{}' FROM referrals
"""
STATES_NOW = """
INSERT INTO referral_states (referral_id, at, status, reason_kind, reason_facts)
SELECT id, status_at, status, reason_kind, reason_facts FROM referrals WHERE status <> 'joined'
"""
IS_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Creates them; a ruling may be about one of the staff."""
    op.alter_column("screening_rulings", "member_id", nullable=True)
    op.create_index("ix_referrals_joined", "referrals", ["advocate_id", "joined_at"])
    op.create_table(
        "screening_cases",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason_kind", sa.Text(), nullable=False),
        sa.Column("reason_facts", postgresql.JSONB(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "subject_kind IN ('referral', 'receipt', 'member', 'staff')", name=op.f("ck_screening_cases_subject_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'released', 'refused')", name=op.f("ck_screening_cases_state")),
        sa.CheckConstraint("outcome IN ('hold', 'reject')", name=op.f("ck_screening_cases_outcome")),
        sa.CheckConstraint("(subject_kind = 'staff') = (member_id IS NULL)", name=op.f("ck_screening_cases_member")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_screening_cases_decided"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_screening_cases_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_cases")),
    )
    op.create_index(
        "uq_screening_cases_open",
        "screening_cases",
        ["subject_kind", "subject_id"],
        unique=True,
        postgresql_where=IS_OPEN,
    )
    op.create_index("ix_screening_cases_queue", "screening_cases", ["opened_at", "id"], postgresql_where=IS_OPEN)
    op.create_index("ix_screening_cases_subject", "screening_cases", ["subject_kind", "subject_id"])
    op.create_index("ix_screening_cases_member", "screening_cases", ["member_id", "opened_at"])
    op.create_table(
        "payment_marks",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_payment_marks_member_id")),
        sa.PrimaryKeyConstraint("member_id", "mark", name=op.f("pk_payment_marks")),
    )
    op.create_index(op.f("ix_payment_marks_mark"), "payment_marks", ["mark"])
    op.create_table(
        "joining_marks",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_joining_marks_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_joining_marks")),
    )
    op.create_index(op.f("ix_joining_marks_at"), "joining_marks", ["at"])
    _keep_states()


def _keep_states() -> None:
    op.create_table(
        "referral_states",
        sa.Column("referral_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason_kind", sa.Text(), nullable=True),
        sa.Column("reason_facts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referral_states_referral_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("referral_id", "at", "status", name=op.f("pk_referral_states")),
    )
    op.execute(STATES_SO_FAR)
    op.execute(STATES_NOW)
    op.execute(KEEP_STATES)
    op.execute(
        "CREATE TRIGGER keep_state AFTER INSERT OR UPDATE OF status ON referrals"
        " FOR EACH ROW EXECUTE FUNCTION keep_referral_state()"
    )


def downgrade() -> None:
    """Takes them away."""
    op.execute("DROP TRIGGER keep_state ON referrals")
    op.execute("DROP FUNCTION keep_referral_state")
    op.drop_table("referral_states")
    op.drop_index("ix_referrals_joined", "referrals")
    op.drop_table("joining_marks")
    op.drop_table("payment_marks")
    op.drop_table("screening_cases")
    op.execute("DELETE FROM screening_rulings WHERE member_id IS NULL")
    op.alter_column("screening_rulings", "member_id", nullable=False)
