"""Tables of the ledger, with the checks that hold it together in the database itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
IDENTIFIER = postgresql.UUID(as_uuid=True)

# Statement by statement, over the rows of the statement: one check for a batch of thousands.
ENTRIES_SUM_TO_ZERO = """
CREATE FUNCTION ledger_entries_sum_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced uuid;
BEGIN
    SELECT transaction_id INTO unbalanced
    FROM new_entries GROUP BY transaction_id HAVING sum(points) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entries of transaction % do not sum to zero', unbalanced USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

APPEND_ONLY = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct by a reversal', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

STAYS = """
CREATE FUNCTION ledger_row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what stands in % stays', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# At commit, so that the order of writing within a transaction is free. A frozen book is known to be wrong: it goes on
# earning, and cannot be unfrozen before its lots equal its balance.
LOTS_EQUAL_BALANCE = """
CREATE FUNCTION ledger_lots_equal_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    balance ledger_balances%ROWTYPE;
    lots record;
BEGIN
    SELECT * INTO balance FROM ledger_balances WHERE member_id = NEW.member_id;
    IF NOT FOUND OR balance.frozen_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(points_remaining) FILTER (WHERE state = 'pending'), 0) AS pending,
           coalesce(sum(points_remaining) FILTER (WHERE state = 'available'), 0) AS available,
           coalesce(sum(points_reserved), 0) AS reserved
    INTO lots
    FROM ledger_lots
    WHERE member_id = NEW.member_id AND points_remaining + points_reserved > 0;
    IF (lots.pending, lots.available, lots.reserved) IS DISTINCT FROM
       (balance.pending::numeric, balance.available::numeric, balance.reserved::numeric) THEN
        RAISE EXCEPTION 'lots of member % do not equal the balance', NEW.member_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Creates balances, transactions, entries, lots and movements, what proves them, and what staff adjusts."""
    _create_tables()
    _create_proof()
    _create_adjustments()
    op.create_index(
        "ix_ledger_balances_frozen",
        "ledger_balances",
        ["member_id"],
        postgresql_where=sa.text("frozen_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_lots_open",
        "ledger_lots",
        ["member_id"],
        postgresql_where=sa.text("points_remaining + points_reserved > 0"),
    )
    op.create_index(
        "ix_ledger_lots_release",
        "ledger_lots",
        ["available_at"],
        postgresql_where=sa.text("state = 'pending' AND points_remaining > 0"),
    )
    op.create_index(
        "ix_ledger_lots_expiry",
        "ledger_lots",
        ["expires_at"],
        postgresql_where=sa.text("state = 'available' AND points_remaining > 0"),
    )
    for function in (ENTRIES_SUM_TO_ZERO, APPEND_ONLY, STAYS, LOTS_EQUAL_BALANCE):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER entries_sum_to_zero AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS new_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_sum_to_zero()"
    )
    for table in (
        "ledger_transactions",
        "ledger_entries",
        "ledger_lot_movements",
        "ledger_seals",
        "ledger_sealed_transactions",
    ):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()"
        )
    for table in ("ledger_balances", "ledger_lots"):
        op.execute(
            f"CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_row_stays()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER lots_equal_balance AFTER INSERT OR UPDATE ON ledger_balances "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_lots_equal_balance()"
    )
    # A page holds some sixty balances; room for their new versions keeps the hottest updates in the page (HOT).
    op.execute("ALTER TABLE ledger_balances SET (fillfactor = 70)")
    op.execute("ALTER TABLE ledger_lots SET (fillfactor = 85)")


def _create_tables() -> None:
    op.create_table(
        "ledger_balances",
        sa.Column("member_id", IDENTIFIER, sa.ForeignKey("members.id", name="fk_ledger_balances_member_id")),
        *(
            sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))
            for name in ("pending", "available", "reserved", "debt", "transactions_count")
        ),
        sa.Column("frozen_at", MOMENT),
        sa.Column("frozen_reason", sa.Text),
        sa.PrimaryKeyConstraint("member_id", name="pk_ledger_balances"),
        sa.CheckConstraint("pending >= 0", name="ck_ledger_balances_pending_not_negative"),
        sa.CheckConstraint("available >= 0", name="ck_ledger_balances_available_not_negative"),
        sa.CheckConstraint("reserved >= 0", name="ck_ledger_balances_reserved_not_negative"),
        sa.CheckConstraint("debt <= 0", name="ck_ledger_balances_debt_not_positive"),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", IDENTIFIER),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("natural_key", sa.Text, nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("facts", postgresql.JSONB, nullable=False),
        sa.Column("programme", sa.Text),
        sa.Column("programme_version", sa.BigInteger),
        sa.Column("rule", sa.Text),
        sa.Column("receipt_id", IDENTIFIER),
        sa.Column("referral_id", IDENTIFIER),
        sa.Column("reverses_id", IDENTIFIER),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transactions"),
        sa.UniqueConstraint("member_id", "natural_key", name="uq_ledger_transactions_member_id_natural_key"),
        sa.UniqueConstraint("member_id", "number", name="uq_ledger_transactions_member_id_number"),
        sa.CheckConstraint(
            "kind IN ('accrual', 'release', 'reserve', 'spend', 'cancel', 'return', 'expiry', 'adjustment', "
            "'transfer', 'import')",
            name="ck_ledger_transactions_kind_declared",
        ),
    )
    op.create_table(
        "ledger_entries",
        sa.Column(
            "transaction_id",
            IDENTIFIER,
            sa.ForeignKey("ledger_transactions.id", name="fk_ledger_entries_transaction_id"),
        ),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.Column("balance_after", sa.BigInteger),
        sa.PrimaryKeyConstraint("transaction_id", "account", name="pk_ledger_entries"),
        sa.CheckConstraint(
            "account IN ('pending', 'available', 'reserved', 'debt', 'issued', 'redeemed', 'expired', 'reversed', "
            "'adjusted', 'imported', 'transferred')",
            name="ck_ledger_entries_account_declared",
        ),
    )
    op.create_table(
        "ledger_lots",
        sa.Column(
            "transaction_id",
            IDENTIFIER,
            sa.ForeignKey("ledger_transactions.id", name="fk_ledger_lots_transaction_id"),
        ),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.Column("points_remaining", sa.BigInteger, nullable=False),
        sa.Column("points_reserved", sa.BigInteger, nullable=False),
        sa.Column("available_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("credited_expires_at", MOMENT),
        sa.Column("programme", sa.Text),
        sa.PrimaryKeyConstraint("transaction_id", name="pk_ledger_lots"),
        sa.CheckConstraint("state IN ('pending', 'available')", name="ck_ledger_lots_state_declared"),
        sa.CheckConstraint("points_remaining >= 0 AND points_reserved >= 0", name="ck_ledger_lots_not_negative"),
        sa.CheckConstraint(
            "points_remaining + points_reserved <= points", name="ck_ledger_lots_not_more_than_credited"
        ),
    )
    op.create_table(
        "ledger_lot_movements",
        sa.Column(
            "transaction_id",
            IDENTIFIER,
            sa.ForeignKey("ledger_transactions.id", name="fk_ledger_lot_movements_transaction_id"),
        ),
        sa.Column(
            "lot_id", IDENTIFIER, sa.ForeignKey("ledger_lots.transaction_id", name="fk_ledger_lot_movements_lot_id")
        ),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("points_remaining_change", sa.BigInteger, nullable=False),
        sa.Column("points_reserved_change", sa.BigInteger, nullable=False),
        sa.Column("expires_at_after", MOMENT),
        sa.PrimaryKeyConstraint("transaction_id", "lot_id", name="pk_ledger_lot_movements"),
    )


def _create_proof() -> None:
    op.create_table(
        "ledger_seals",
        sa.Column("number", sa.BigInteger, autoincrement=False),
        sa.Column("transactions_count", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("merkle_root", "previous_hash", "hash")),
        sa.Column("sealed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_seals"),
    )
    op.create_table(
        "ledger_sealed_transactions",
        sa.Column(
            "seal_number",
            sa.BigInteger,
            sa.ForeignKey("ledger_seals.number", name="fk_ledger_sealed_transactions_seal_number"),
        ),
        sa.Column("position", sa.BigInteger),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("transaction_id", IDENTIFIER, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seal_number", "position", name="pk_ledger_sealed_transactions"),
        sa.UniqueConstraint("member_id", "number", name="uq_ledger_sealed_transactions_member_id_number"),
    )
    op.create_table(
        "ledger_progress",
        sa.Column("job", sa.Text),
        sa.Column("worked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("place", IDENTIFIER, nullable=False),
        sa.Column("next_place", IDENTIFIER),
        *(
            sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))
            for name in ("seal_number", "members_left")
        ),
        sa.Column("everybody_at", MOMENT),
        sa.PrimaryKeyConstraint("job", name="pk_ledger_progress"),
    )
    op.create_table(
        "ledger_findings",
        sa.Column("id", IDENTIFIER),
        sa.Column("member_id", IDENTIFIER, nullable=False),
        sa.Column("invariant", sa.Text, nullable=False),
        sa.Column("places", postgresql.JSONB, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("resolved_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_findings"),
    )
    op.create_index(
        "uq_ledger_findings_open",
        "ledger_findings",
        ["member_id", "invariant"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _create_adjustments() -> None:
    op.create_table(
        "ledger_adjustments",
        sa.Column("id", IDENTIFIER),
        sa.Column(
            "member_id",
            IDENTIFIER,
            sa.ForeignKey("ledger_balances.member_id", name="fk_ledger_adjustments_member_id"),
            nullable=False,
        ),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_by_name", sa.Text, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("waits_until", MOMENT),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_by_name", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_note", sa.Text),
        sa.Column(
            "transaction_id",
            IDENTIFIER,
            sa.ForeignKey("ledger_transactions.id", name="fk_ledger_adjustments_transaction_id"),
        ),
        sa.Column("idempotency_key", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_adjustments"),
        sa.UniqueConstraint("transaction_id", name="uq_ledger_adjustments_transaction_id"),
        sa.UniqueConstraint("asked_by", "idempotency_key", name="uq_ledger_adjustments_asked_by_idempotency_key"),
        *(
            sa.CheckConstraint(condition, name=f"ck_ledger_adjustments_{name}")
            for name, condition in (
                ("points_not_zero", "points <> 0"),
                ("reason_declared", "reason IN ('goodwill', 'correction', 'complaint', 'migration', 'promotion')"),
                ("status_declared", "status IN ('waiting', 'posted', 'refused', 'expired')"),
                ("decided_by_another", "decided_by <> asked_by"),
                ("decision_whole", "(decided_by IS NULL) = (decided_at IS NULL)"),
                ("posted_is_in_the_book", "(status = 'posted') = (transaction_id IS NOT NULL)"),
                ("posted_as_decided", "status <> 'posted' OR (waits_until IS NULL) = (decided_by IS NULL)"),
                ("refused_by_somebody", "status <> 'refused' OR decided_by IS NOT NULL"),
                ("undecided", "status NOT IN ('waiting', 'expired') OR decided_by IS NULL"),
                ("waits_for_some_time", "status = 'posted' OR waits_until IS NOT NULL"),
            )
        ),
    )
    op.create_index("ix_ledger_adjustments_member_id", "ledger_adjustments", ["member_id", "asked_at"])
    op.create_index(
        "ix_ledger_adjustments_waiting",
        "ledger_adjustments",
        ["waits_until"],
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    """Drops the ledger."""
    op.drop_table("ledger_adjustments")
    for table in ("ledger_findings", "ledger_progress", "ledger_sealed_transactions", "ledger_seals"):
        op.drop_table(table)
    for table in ("ledger_lot_movements", "ledger_lots", "ledger_entries", "ledger_transactions", "ledger_balances"):
        op.drop_table(table)
    for function in (
        "ledger_lots_equal_balance",
        "ledger_row_stays",
        "ledger_append_only",
        "ledger_entries_sum_to_zero",
    ):
        op.execute(f"DROP FUNCTION {function}()")
