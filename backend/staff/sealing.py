"""Keeping the secrets of authenticator apps unreadable at rest: AES-256-GCM, bound to the row that holds them."""

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

PURPOSE = "staff second factor"
VERSION = b"\x01"
NONCE_BYTES = 12


class UnreadableFactor(Exception):
    """The secret was sealed with another key or for another row, or was altered."""


def seal(secret: bytes, *, row_id: UUID) -> bytes:
    """The secret, encrypted; it opens only as the content of this row."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher().encrypt(nonce, secret, row_id.bytes)


def unseal(sealed: bytes, *, row_id: UUID) -> bytes:
    """The secret that was sealed for this row.

    Raises:
        UnreadableFactor: it was sealed with another key or for another row, or was altered.
    """
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return _cipher().decrypt(nonce, ciphertext, row_id.bytes)
    except InvalidTag as error:
        raise UnreadableFactor from error


def _cipher() -> AESGCM:
    return AESGCM(current_app.config["MOLVA"].derived_key(PURPOSE))
