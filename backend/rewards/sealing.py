"""Keeping coupons' codes unreadable at rest: a keyed hash to find one by, AES-256-GCM to show it to its owner.

What is sealed is bound to its own hash, so that it stays what it is when it passes from the stock to an order.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from backend.rewards.coupon_code import kept

LOOKUP_PURPOSE = "rewards.codes.lookup"
SEAL_PURPOSE = "rewards.codes"
VERSION = b"\x01"
NONCE_BYTES = 12


class UnreadableCode(Exception):
    """The code was sealed with another key, or was altered."""


def lookup_hmac(code: str) -> bytes:
    """By what a code is found."""
    return hmac.new(_key(LOOKUP_PURPOSE), kept(code).encode(), hashlib.sha256).digest()


def seal(code: str) -> bytes:
    """The code, encrypted."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(_key(SEAL_PURPOSE)).encrypt(nonce, code.encode(), lookup_hmac(code))


def unseal(sealed: bytes, *, code_hmac: bytes) -> str:
    """The code that was sealed.

    Raises:
        UnreadableCode: it was sealed with another key, or was altered.
    """
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(_key(SEAL_PURPOSE)).decrypt(nonce, ciphertext, code_hmac).decode()
    except InvalidTag as error:
        raise UnreadableCode from error


def _key(purpose: str) -> bytes:
    key: bytes = current_app.config["MOLVA"].derived_key(purpose)
    return key
