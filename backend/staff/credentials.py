"""Secrets of the form `prefix.secret`: a public prefix that finds the row, and 256 random bits, kept as a hash alone.

The prefix begins with its kind (`till_`, `staff_`, `link_`, `entry_`, `session_`), so that a leaked one is known at
sight and to secret scanners. The hash is keyed BLAKE2b: 256 random bits cannot be guessed, so a slow password hash
would only cost time at every request, while the key makes a stolen table useless without the application's own secret.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

from flask import current_app

Kind = Literal["till", "staff", "link", "entry", "session"]
PREFIX_BYTES = 10
SECRET_BYTES = 32
PURPOSE = "staff credentials"
CREDENTIAL = re.compile(
    r"(?P<prefix>(?P<kind>till|staff|link|entry|session)_[a-z2-7]{16})\.(?P<secret>[A-Za-z0-9_-]{43})"
)


@dataclass(frozen=True)
class Credential:
    """A credential as its holder has it; the secret never appears in `repr`."""

    kind: str
    prefix: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """What the holder keeps and sends."""
        return f"{self.prefix}.{self.secret}"

    @property
    def secret_hash(self) -> bytes:
        """What the database keeps of the secret: 32 bytes, bound to the prefix."""
        key = current_app.config["MOLVA"].derived_key(PURPOSE)
        return hashlib.blake2b(self.text.encode(), key=key, digest_size=32).digest()

    def matches(self, secret_hash: bytes) -> bool:
        """Whether `secret_hash` was kept of this very credential; takes the same time either way."""
        return hmac.compare_digest(self.secret_hash, secret_hash)


def new_credential(kind: Kind) -> Credential:
    """A fresh credential of this kind."""
    prefix = base64.b32encode(secrets.token_bytes(PREFIX_BYTES)).decode().lower()
    return Credential(kind, f"{kind}_{prefix}", secrets.token_urlsafe(SECRET_BYTES))


def read_credential(text: str, kind: Kind) -> Credential | None:
    """The credential that `text` spells, None when it spells none of this kind."""
    spelt = CREDENTIAL.fullmatch(text)
    if spelt is None or spelt["kind"] != kind:
        return None
    return Credential(kind, spelt["prefix"], spelt["secret"])
