"""Keeping secrets on their way to an address unreadable at rest: AES-256-GCM, bound to the row."""

import json
import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

KEY_PURPOSE = "notifications.addressed"
VERSION = b"\x01"
NONCE_BYTES = 12


class UnreadableSecretError(Exception):
    """The row was sealed with another key, or is damaged."""


def seal(document: dict[str, Any], *, row_id: UUID) -> bytes:
    """The document, encrypted; it opens only as the content of this row."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher().encrypt(nonce, json.dumps(document).encode(), row_id.bytes)


def unseal(sealed: bytes, *, row_id: UUID) -> dict[str, Any]:
    """The document that was sealed for this row.

    Raises:
        UnreadableSecretError: the key has changed since, or the row is damaged.
    """
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        document: dict[str, Any] = json.loads(_cipher().decrypt(nonce, ciphertext, row_id.bytes))
    except InvalidTag as error:
        raise UnreadableSecretError from error
    return document


def _cipher() -> AESGCM:
    return AESGCM(current_app.config["MOLVA"].derived_key(KEY_PURPOSE))
