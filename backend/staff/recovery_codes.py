"""Codes that take the place of a lost second factor: ten at a time, each good once, kept as keyed hashes alone."""

import base64
import hashlib
import secrets
from uuid import UUID

from flask import current_app

CODES = 10
CODE_BYTES = 10
GROUP = 4
PURPOSE = "staff recovery codes"


def new_codes() -> list[str]:
    """Ten fresh codes of 80 bits, in groups of four: `k7m3-qxb9-…`."""
    return [_grouped(base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()) for _number in range(CODES)]


def looks_like_one(typed: str) -> bool:
    """Whether somebody has typed a recovery code rather than an app's six digits."""
    return len(_letters(typed)) == CODE_BYTES * 8 // 5


def code_hash(code: str, *, staff_id: UUID) -> bytes:
    """What is kept of a code; however it is typed (capitals, spaces, no dashes), it is the same."""
    key = current_app.config["MOLVA"].derived_key(PURPOSE)
    return hashlib.blake2b(staff_id.bytes + _letters(code).encode(), key=key, digest_size=32).digest()


def _letters(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))
