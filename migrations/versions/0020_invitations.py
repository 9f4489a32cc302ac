"""Tables of what invitations keep besides codes."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Several codes for each member, named links, where visits came from, and who visited today."""
    op.add_column("referral_codes", sa.Column("kind", sa.Text(), server_default="own", nullable=False))
    op.add_column("referral_codes", sa.Column("shape", sa.Text(), nullable=True))
    op.add_column("referral_codes", sa.Column("uses_maximum", sa.BigInteger(), nullable=True))
    op.add_column("referral_codes", sa.Column("ended_reason", sa.Text(), nullable=True))
    op.alter_column("referral_codes", "kind", server_default=None)
    op.drop_constraint("uq_referral_codes_member_id", "referral_codes", type_="unique")
    op.create_check_constraint(op.f("ck_referral_codes_kind"), "referral_codes", "kind IN ('own', 'vanity', 'rotated')")
    op.create_check_constraint(op.f("ck_referral_codes_uses_maximum"), "referral_codes", "uses_maximum > 0")
    op.create_index("ix_referral_codes_member", "referral_codes", ["member_id"])
    op.create_index(
        "uq_referral_codes_living_own",
        "referral_codes",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'own' AND ends_at IS NULL"),
    )
    op.create_index(
        "uq_referral_codes_living_vanity",
        "referral_codes",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'vanity' AND ends_at IS NULL"),
    )
    op.create_index("uq_referral_codes_shape", "referral_codes", ["shape"], unique=True)

    op.create_table(
        "referral_links",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_referral_links_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_links")),
        sa.UniqueConstraint("member_id", "slug", name=op.f("uq_referral_links_member_id_slug")),
    )

    op.add_column("referral_visits", sa.Column("link_slug", sa.Text(), server_default="", nullable=False))
    op.add_column("referral_visits", sa.Column("utm_campaign", sa.Text(), server_default="", nullable=False))
    op.drop_constraint("pk_referral_visits", "referral_visits", type_="primary")
    op.create_primary_key(
        op.f("pk_referral_visits"), "referral_visits", ["code", "channel", "link_slug", "utm_campaign", "day"]
    )
    _refer_to_codes("referral_visits", onupdate="CASCADE")

    op.create_table(
        "referral_visitors",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "visitor", name=op.f("pk_referral_visitors")),
    )

    op.add_column("referrals", sa.Column("link_slug", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("utm_source", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("utm_medium", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("utm_campaign", sa.Text(), nullable=True))
    _refer_to_codes("referrals", onupdate="CASCADE")


def downgrade() -> None:
    """Takes them away: each member keeps one code, which takes over what came by the others."""
    op.execute(
        "CREATE TEMPORARY TABLE kept_codes ON COMMIT DROP AS"
        " SELECT gone.code, kept.code AS kept FROM referral_codes AS gone JOIN LATERAL"
        " (SELECT code FROM referral_codes AS one WHERE one.member_id = gone.member_id"
        " ORDER BY kind = 'own' DESC, starts_at, id LIMIT 1) AS kept ON true"
    )
    op.execute(
        "CREATE TEMPORARY TABLE visits_together ON COMMIT DROP AS"
        " SELECT kept AS code, channel, day, sum(visits) AS visits"
        " FROM referral_visits JOIN kept_codes USING (code) GROUP BY kept, channel, day"
    )
    op.execute(
        "UPDATE referrals SET code = kept FROM kept_codes"
        " WHERE referrals.code = kept_codes.code AND kept <> referrals.code"
    )
    op.execute("DELETE FROM referral_visits")
    op.execute(
        "DELETE FROM referral_codes USING kept_codes"
        " WHERE referral_codes.code = kept_codes.code AND kept <> referral_codes.code"
    )

    _refer_to_codes("referrals", onupdate=None)
    for column in ("link_slug", "utm_source", "utm_medium", "utm_campaign"):
        op.drop_column("referrals", column)
    op.drop_table("referral_visitors")
    _refer_to_codes("referral_visits", onupdate=None)
    op.drop_constraint("pk_referral_visits", "referral_visits", type_="primary")
    op.drop_column("referral_visits", "link_slug")
    op.drop_column("referral_visits", "utm_campaign")
    op.create_primary_key(op.f("pk_referral_visits"), "referral_visits", ["code", "channel", "day"])
    op.execute("INSERT INTO referral_visits (code, channel, day, visits) SELECT * FROM visits_together")
    op.drop_table("referral_links")
    for index in ("shape", "living_vanity", "living_own"):
        op.drop_index(f"uq_referral_codes_{index}", "referral_codes")
    op.drop_index("ix_referral_codes_member", "referral_codes")
    op.drop_constraint(op.f("ck_referral_codes_uses_maximum"), "referral_codes", type_="check")
    op.drop_constraint(op.f("ck_referral_codes_kind"), "referral_codes", type_="check")
    for column in ("kind", "shape", "uses_maximum", "ended_reason"):
        op.drop_column("referral_codes", column)
    op.create_unique_constraint(op.f("uq_referral_codes_member_id"), "referral_codes", ["member_id"])


def _refer_to_codes(table: str, *, onupdate: str | None) -> None:
    """A code that is renamed when its owner is erased takes its visits and referrals along."""
    name = f"fk_{table}_code"
    op.drop_constraint(name, table, type_="foreignkey")
    op.create_foreign_key(op.f(name), table, "referral_codes", ["code"], ["code"], onupdate=onupdate)
