"""Codes of authenticator apps (TOTP, RFC 6238): six digits that change every 30 seconds."""

import base64
import os
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20
DIGITS = 6
STEP_SECONDS = 30
# Phones' clocks differ: the steps before and after are taken too.
NEIGHBOURS = (0, -1, 1)
GROUP = 4


def new_secret() -> bytes:
    """A fresh secret: 160 bits."""
    return os.urandom(SECRET_BYTES)


def typed_form(secret: bytes) -> str:
    """The secret for whoever cannot scan it: groups of four letters and digits."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def provisioning_address(secret: bytes, *, account: str, issuer: str) -> str:
    """What the QR code says to the app."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def matching_step(secret: bytes, code: str, *, at: datetime, after: int | None) -> int | None:
    """The time step whose code was typed, among the present one and its neighbours; None when it is none of them.

    Steps up to `after` do not count: their codes were used.
    """
    typed = code.replace(" ", "")
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    present = int(at.timestamp()) // STEP_SECONDS
    for step in (present + neighbour for neighbour in NEIGHBOURS):
        if (after is None or step > after) and _is_code_of(secret, typed, step):
            return step
    return None


def _is_code_of(secret: bytes, typed: str, step: int) -> bool:
    try:
        _totp(secret).verify(typed.encode(), step * STEP_SECONDS)
    except InvalidToken:
        return False
    return True


def _totp(secret: bytes) -> TOTP:
    # Apps know only SHA-1; as an HMAC it is sound.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303
