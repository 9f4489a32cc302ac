"""Tables of the participants. Personal fields are ciphertext; what must be found is found by a keyed hash beside it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class Member(Base):
    """A participant. After erasing only the pseudonymous row is left, for the books to refer to."""

    __tablename__ = "members"
    __table_args__ = (
        CheckConstraint("locale IN ('ru', 'en')", name="locale_known"),
        CheckConstraint("card_number ~ '^[0-9]{16}$'", name="card_number_digits"),
        CheckConstraint(
            "erased_at IS NULL OR (key_ciphertext IS NULL AND name_ciphertext IS NULL AND external_id IS NULL"
            " AND birthday IS NULL)",
            name="erased_is_empty",
        ),
        CheckConstraint("birthday ~ '^[0-9]{2}-[0-9]{2}$'", name="birthday_month_and_day"),
        CheckConstraint("erased_at IS NOT NULL OR key_ciphertext IS NOT NULL", name="living_has_key"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str]
    zone: Mapped[str]
    card_number: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    joined_at: Mapped[datetime]
    source: Mapped[str]
    erased_at: Mapped[datetime | None]
    key_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    birthday: Mapped[str | None]
    """Month and day, `MM-DD`. Programmes and segments ask for it, and without a year it points at nobody."""


class MemberContact(Base):
    """A phone or an e-mail address of a member; one of each kind, and one member for each."""

    __tablename__ = "member_contacts"
    __table_args__ = (
        UniqueConstraint("member_id", "kind"),
        CheckConstraint("kind IN ('phone', 'email')", name="kind_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str]
    lookup_hmac: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    # Spellings of one mailbox (dots, +tags) share it: it marks, for the fraud rules; it never signs anybody in.
    mark_hmac: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class SignInCode(Base):
    """A one-time code that was sent to an address. The address is a keyed hash, the code too."""

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        CheckConstraint("channel IN ('sms', 'email')", name="channel_known"),
        Index("ix_sign_in_codes_address", "address_hmac", "created_at"),
        Index("ix_sign_in_codes_region", "region", "created_at"),
        Index("ix_sign_in_codes_prefix", "prefix", "created_at"),
        Index("ix_sign_in_codes_network", "network_hmac", "created_at"),
        Index("ix_sign_in_codes_age", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    code_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    region: Mapped[str | None]
    prefix: Mapped[str | None]
    network_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    wrong_tries: Mapped[int] = mapped_column(server_default=text("0"))
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """A guess that was wrong, kept for a day so that guessing runs into limits."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        CheckConstraint("kind IN ('code', 'referral_code')", name="kind_known"),
        Index("ix_sign_in_failures_address", "address_hmac", "failed_at"),
        Index("ix_sign_in_failures_network", "network_hmac", "failed_at"),
        Index("ix_sign_in_failures_age", "failed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    address_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    network_hmac: Mapped[bytes] = mapped_column(LargeBinary)
    failed_at: Mapped[datetime]


class TokenFamily(Base):
    """One sign-in: all the refresh tokens that came of it. Access tokens name it, and it is looked up each time."""

    __tablename__ = "token_families"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]
    network_hmac: Mapped[bytes | None] = mapped_column(LargeBinary)
    """From where on the network it began."""
    device_known: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it is known on which device it is: an installation, or a browser that was looked at (see `cards`)."""


class RefreshToken(Base):
    """A refresh token, hashed; used once, and then the next of its family takes its place."""

    __tablename__ = "refresh_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    family_id: Mapped[UUID] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    issued_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Consent(Base):
    """What a member agreed to or took back, for one purpose in one channel. Rows are only ever added."""

    __tablename__ = "consents"
    __table_args__ = (
        # The newest word of each member for a purpose and channel, in the order in which audiences are walked.
        Index(
            "ix_consents_newest", "purpose", "channel", "member_id", text("revision DESC"), postgresql_include=["given"]
        ),
    )

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    given: Mapped[bool]
    text_version: Mapped[str]
    recorded_at: Mapped[datetime]
    # Where it came from on the network; readable only while the member's key is there.
    address_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)


class Device(Base):
    """An installation of the app, and where pushes reach it."""

    __tablename__ = "devices"
    __table_args__ = (
        CheckConstraint("token_kind IN ('token', 'fid')", name="token_kind_known"),
        CheckConstraint(
            "(token_kind IS NULL) = (token_ciphertext IS NULL) AND (token_kind IS NULL) = (token_lookup_hmac IS NULL)",
            name="token_whole",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), index=True)
    install_id: Mapped[str] = mapped_column(unique=True)
    platform: Mapped[str]
    token_kind: Mapped[str | None]
    token_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_lookup_hmac: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    app_version: Mapped[str | None]
    linked_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]


class DeviceLink(Base):
    """Evidence that a member used an installation. Kept, as a keyed hash, when the device moves or the member goes."""

    __tablename__ = "device_links"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    install_hmac: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, index=True)
    first_linked_at: Mapped[datetime]
    last_linked_at: Mapped[datetime]
    by_sign_in: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether somebody who had signed in used it, or it was brought along with the member."""


class AccountChange(Base):
    """The account was used on a further device, or moved to another phone: what a thief would begin with (real time).

    Whoever of the staff has spoken with the member may vouch for it; then it has no consequence.
    """

    __tablename__ = "account_changes"
    __table_args__ = (
        CheckConstraint("kind IN ('device', 'browser', 'phone')", name="kind_known"),
        CheckConstraint(
            "(allowed_at IS NULL) = (allowed_by IS NULL) AND (allowed_at IS NULL) = (allow_reason IS NULL)",
            name="allowed_whole",
        ),
        # The newest of a member, whenever something is to be spent.
        Index("ix_account_changes_member_id_at", "member_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    allowed_at: Mapped[datetime | None]
    allowed_by: Mapped[str | None]
    allow_reason: Mapped[str | None]


class PaymentMark(Base):
    """Evidence that a member paid with a card: a keyed hash of what the till sent, which was no card number itself."""

    __tablename__ = "payment_marks"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, index=True)
    first_at: Mapped[datetime]


class JoiningMark(Base):
    """From which network, with which browser or app a member joined: one keyed hash of both, for half a year."""

    __tablename__ = "joining_marks"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)


class CardKey(Base):
    """The secret with which an installation, or the server itself (no `install_id`), makes the member's card codes."""

    __tablename__ = "card_keys"
    __table_args__ = (
        Index(
            "uq_card_keys_living",
            "member_id",
            text("coalesce(install_id, '')"),
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        CheckConstraint("octet_length(device_id) = 8", name="device_id_octets"),
        CheckConstraint("(revoked_at IS NULL) = (delete_after IS NULL)", name="revoked_is_deleted_later"),
    )

    device_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    install_id: Mapped[str | None]
    secret_ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    # A revoked key lives on for the time in which an offline till may still bring its codes.
    delete_after: Mapped[datetime | None] = mapped_column(index=True)
