"""Personal data at rest: AES-GCM under a key of the member's own, keyed hashes to find it by.

The member's data key is stored wrapped by a master key that lies outside the database; destroying the wrapped key makes
everything under it unreadable, wherever copies lie. Ciphertext is `key id (4) | nonce (12) | sealed text and tag`; the
member and the row's place are bound to it as associated data, so that it opens nowhere else.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from backend.settings import Settings

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class UnreadablePersonalData(Exception):
    """The ciphertext is of another key, another member or another row, or was altered."""


class _Sealer:
    """AES-GCM under one key, which is named in what it seals."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key_id = hashlib.blake2b(key, digest_size=KEY_ID_BYTES, person=b"molva key id").digest()

    def seal(self, content: bytes, *, bound_to: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self._key_id + nonce + self._cipher.encrypt(nonce, content, bound_to)

    def open(self, ciphertext: bytes, *, bound_to: bytes) -> bytes:
        key_id, rest = ciphertext[:KEY_ID_BYTES], ciphertext[KEY_ID_BYTES:]
        if not hmac.compare_digest(key_id, self._key_id):
            raise UnreadablePersonalData("sealed with another key")
        try:
            return self._cipher.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise UnreadablePersonalData("altered, or sealed for another row") from error


class MemberKey:
    """A member's data key, opened; what one member's key sealed no other opens."""

    def __init__(self, member_id: UUID, key: bytes) -> None:
        self._member_id = member_id
        self._sealer = _Sealer(key)

    def seal(self, content: bytes, *, place: str) -> bytes:
        """Ciphertext of `content` for one place: a column and, where there are several rows, the row."""
        return self._sealer.seal(content, bound_to=self._bound_to(place))

    def open(self, ciphertext: bytes, *, place: str) -> bytes:
        """The content that was sealed for this place.

        Raises:
            UnreadablePersonalData: it was sealed by another key or for another place, or it was altered.
        """
        return self._sealer.open(ciphertext, bound_to=self._bound_to(place))

    def seal_text(self, text: str, *, place: str) -> bytes:
        """Ciphertext of a text."""
        return self.seal(text.encode(), place=place)

    def open_text(self, ciphertext: bytes, *, place: str) -> str:
        """The text that was sealed for this place."""
        return self.open(ciphertext, place=place).decode()

    def _bound_to(self, place: str) -> bytes:
        return self._member_id.bytes + place.encode()


@dataclass(frozen=True)
class NewMemberKey:
    """A fresh data key, opened and wrapped."""

    key: MemberKey
    key_ciphertext: bytes


class PersonalData:
    """The keys that lie outside the database. One per application."""

    def __init__(self, settings: Settings) -> None:
        self._master = _Sealer(settings.derived_key("personal-data"))
        self._lookup_key = settings.derived_key("personal-data-lookup")

    def new_member_key(self, member_id: UUID) -> NewMemberKey:
        """A data key for a new member."""
        key = os.urandom(KEY_BYTES)
        wrapped = self._master.seal(key, bound_to=member_id.bytes + b"members.key_ciphertext")
        return NewMemberKey(MemberKey(member_id, key), wrapped)

    def member_key(self, member_id: UUID, key_ciphertext: bytes) -> MemberKey:
        """The data key of a member, from its wrapped form.

        Raises:
            UnreadablePersonalData: it was wrapped by another master key or for another member.
        """
        key = self._master.open(key_ciphertext, bound_to=member_id.bytes + b"members.key_ciphertext")
        return MemberKey(member_id, key)

    def lookup(self, kind: str, value: str | bytes) -> bytes:
        """The keyed hash by which a value of this kind is found; useless without the key."""
        content = value.encode() if isinstance(value, str) else value
        return hmac.digest(self._lookup_key, kind.encode() + b"\0" + content, "sha256")


def personal_data() -> PersonalData:
    """The current application's keys."""
    extensions = current_app.extensions
    if "molva_personal_data" not in extensions:
        extensions["molva_personal_data"] = PersonalData(current_app.config["MOLVA"])
    keys: PersonalData = extensions["molva_personal_data"]
    return keys
