"""Tables of members."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates what members keeps."""
    _create_members()
    _create_sign_in()
    _create_consents()
    _create_devices()


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("card_number", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.Column("key_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("birthday", sa.Text(), nullable=True),
        sa.CheckConstraint("locale IN ('ru', 'en')", name=op.f("ck_members_locale_known")),
        sa.CheckConstraint("card_number ~ '^[0-9]{16}$'", name=op.f("ck_members_card_number_digits")),
        sa.CheckConstraint(
            "erased_at IS NULL OR (key_ciphertext IS NULL AND name_ciphertext IS NULL AND external_id IS NULL"
            " AND birthday IS NULL)",
            name=op.f("ck_members_erased_is_empty"),
        ),
        sa.CheckConstraint("birthday ~ '^[0-9]{2}-[0-9]{2}$'", name=op.f("ck_members_birthday_month_and_day")),
        sa.CheckConstraint(
            "erased_at IS NOT NULL OR key_ciphertext IS NOT NULL", name=op.f("ck_members_living_has_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("card_number", name=op.f("uq_members_card_number")),
        sa.UniqueConstraint("external_id", name=op.f("uq_members_external_id")),
    )
    op.create_table(
        "member_contacts",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lookup_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("mark_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('phone', 'email')", name=op.f("ck_member_contacts_kind_known")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_contacts_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_contacts")),
        sa.UniqueConstraint("lookup_hmac", name=op.f("uq_member_contacts_lookup_hmac")),
        sa.UniqueConstraint("member_id", "kind", name=op.f("uq_member_contacts_member_id_kind")),
    )
    op.create_index(op.f("ix_member_contacts_mark_hmac"), "member_contacts", ["mark_hmac"])


def _create_sign_in() -> None:
    op.create_table(
        "sign_in_codes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("code_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("network_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("wrong_tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("ck_sign_in_codes_channel_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_codes")),
    )
    op.create_index("ix_sign_in_codes_address", "sign_in_codes", ["address_hmac", "created_at"])
    op.create_index("ix_sign_in_codes_region", "sign_in_codes", ["region", "created_at"])
    op.create_index("ix_sign_in_codes_prefix", "sign_in_codes", ["prefix", "created_at"])
    op.create_index("ix_sign_in_codes_network", "sign_in_codes", ["network_hmac", "created_at"])
    op.create_index("ix_sign_in_codes_age", "sign_in_codes", ["created_at"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("network_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("failed_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('code', 'referral_code')", name=op.f("ck_sign_in_failures_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_address", "sign_in_failures", ["address_hmac", "failed_at"])
    op.create_index("ix_sign_in_failures_network", "sign_in_failures", ["network_hmac", "failed_at"])
    op.create_index("ix_sign_in_failures_age", "sign_in_failures", ["failed_at"])
    op.create_table(
        "token_families",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_because", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_token_families_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_families")),
    )
    op.create_index(op.f("ix_token_families_member_id"), "token_families", ["member_id"])
    op.create_index(op.f("ix_token_families_expires_at"), "token_families", ["expires_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["family_id"], ["token_families.id"], name=op.f("fk_refresh_tokens_family_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_tokens_token_hash")),
    )
    op.create_index(op.f("ix_refresh_tokens_family_id"), "refresh_tokens", ["family_id"])


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("address_ciphertext", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_consents_member_id")),
        sa.PrimaryKeyConstraint("member_id", "purpose", "channel", "revision", name=op.f("pk_consents")),
    )
    op.create_index(
        "ix_consents_newest",
        "consents",
        ["purpose", "channel", "member_id", sa.text("revision DESC")],
        postgresql_include=["given"],
    )
    # The log is evidence: a word that was given is never rewritten, it is followed by another one.
    op.execute(
        """
        CREATE FUNCTION consents_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'consents is append-only';
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER consents_append_only BEFORE UPDATE OR DELETE ON consents "
        "FOR EACH ROW EXECUTE FUNCTION consents_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER consents_are_not_emptied BEFORE TRUNCATE ON consents "
        "FOR EACH STATEMENT EXECUTE FUNCTION consents_refuse_change()"
    )


def _create_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("install_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("token_kind", sa.Text(), nullable=True),
        sa.Column("token_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("token_lookup_hmac", sa.LargeBinary(), nullable=True),
        sa.Column("app_version", sa.Text(), nullable=True),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.Column("refreshed_at", MOMENT, nullable=False),
        sa.CheckConstraint("token_kind IN ('token', 'fid')", name=op.f("ck_devices_token_kind_known")),
        sa.CheckConstraint(
            "(token_kind IS NULL) = (token_ciphertext IS NULL) AND (token_kind IS NULL) = (token_lookup_hmac IS NULL)",
            name=op.f("ck_devices_token_whole"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_devices_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("install_id", name=op.f("uq_devices_install_id")),
        sa.UniqueConstraint("token_lookup_hmac", name=op.f("uq_devices_token_lookup_hmac")),
    )
    op.create_index(op.f("ix_devices_member_id"), "devices", ["member_id"])
    op.create_table(
        "device_links",
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("install_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("first_linked_at", MOMENT, nullable=False),
        sa.Column("last_linked_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_device_links_member_id")),
        sa.PrimaryKeyConstraint("member_id", "install_hmac", name=op.f("pk_device_links")),
    )
    op.create_index(op.f("ix_device_links_install_hmac"), "device_links", ["install_hmac"])
    op.create_table(
        "card_keys",
        sa.Column("device_id", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.UUID(), nullable=False),
        sa.Column("install_id", sa.Text(), nullable=True),
        sa.Column("secret_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("delete_after", MOMENT, nullable=True),
        sa.CheckConstraint("octet_length(device_id) = 8", name=op.f("ck_card_keys_device_id_octets")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (delete_after IS NULL)", name=op.f("ck_card_keys_revoked_is_deleted_later")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_card_keys_member_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_card_keys")),
    )
    op.create_index(
        "uq_card_keys_living",
        "card_keys",
        ["member_id", sa.text("coalesce(install_id, '')")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(op.f("ix_card_keys_delete_after"), "card_keys", ["delete_after"])


def downgrade() -> None:
    """Drops what members keeps."""
    for table in (
        "card_keys",
        "device_links",
        "devices",
        "consents",
        "refresh_tokens",
        "token_families",
        "sign_in_failures",
        "sign_in_codes",
        "member_contacts",
        "members",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION consents_refuse_change()")
