"""The member's card code: 40 characters that a phone makes without a network, new every 30 seconds. Pure.

Layout, input of the HMAC, time base and alphabet are published with test vectors in docs/card-code.md.
"""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

VERSION_PHONE = 1
"""Made by an installation; the whole device id names its secret."""
VERSION_SERVER = 2
"""Made by the server; the first half of the device id names the secret, the second half is new with every code."""
STEP_SECONDS = 30
SKEW_STEPS = 1
DEVICE_ID_BYTES = 8
SERVER_KEY_ID_BYTES = 4
SECRET_BYTES = 32
STEP_BYTES = 4
MAC_BYTES = 12
SIGNED_BYTES = 1 + DEVICE_ID_BYTES + STEP_BYTES
CODE_LENGTH = 40
ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CardCode:
    """A code taken apart. It says whose it claims to be; `signed_by` says whether that is true."""

    version: int
    device_id: bytes
    step: int
    mac: bytes

    @property
    def key_id(self) -> bytes:
        """The device id under which the secret is kept."""
        if self.version == VERSION_SERVER:
            return self.device_id[:SERVER_KEY_ID_BYTES].ljust(DEVICE_ID_BYTES, b"\0")
        return self.device_id

    def signed_by(self, secret: bytes) -> bool:
        """Whether the holder of this secret made the code."""
        signed = _signed(self.version, self.device_id, self.step)
        return hmac.compare_digest(self.mac, hmac.digest(secret, signed, "sha256")[:MAC_BYTES])

    def is_fresh(self, now: datetime) -> bool:
        """Whether its step is the current one or a neighbour: clocks of phones differ."""
        return abs(self.step - step_at(now)) <= SKEW_STEPS


def step_at(moment: datetime) -> int:
    """The number of whole 30-second steps since 1970-01-01T00:00:00Z."""
    return (moment - EPOCH) // timedelta(seconds=STEP_SECONDS)


def step_ends_at(step: int) -> datetime:
    """The moment at which the step gives way to the next."""
    return EPOCH + timedelta(seconds=STEP_SECONDS * (step + 1))


def encode(device_id: bytes, secret: bytes, *, step: int, version: int = VERSION_PHONE) -> str:
    """The code of a device at a step."""
    signed = _signed(version, device_id, step)
    return base64.b32encode(signed + hmac.digest(secret, signed, "sha256")[:MAC_BYTES]).decode()


def encode_by_server(key_id: bytes, secret: bytes, *, step: int) -> str:
    """A code that the server makes for a member at a step; another one at each call."""
    device_id = key_id[:SERVER_KEY_ID_BYTES] + os.urandom(DEVICE_ID_BYTES - SERVER_KEY_ID_BYTES)
    return encode(device_id, secret, step=step, version=VERSION_SERVER)


def decode(text: str) -> CardCode | None:
    """The code in `text`, in either case and with spaces; None where it is no card code."""
    compact = "".join(text.split()).upper()
    if len(compact) != CODE_LENGTH or not ALPHABET.issuperset(compact):
        return None
    try:
        content = base64.b32decode(compact)
    except binascii.Error:
        return None
    if content[0] not in {VERSION_PHONE, VERSION_SERVER}:
        return None
    device_id = content[1 : 1 + DEVICE_ID_BYTES]
    step = int.from_bytes(content[1 + DEVICE_ID_BYTES : SIGNED_BYTES], "big")
    return CardCode(version=content[0], device_id=device_id, step=step, mac=content[SIGNED_BYTES:])


def _signed(version: int, device_id: bytes, step: int) -> bytes:
    return bytes([version]) + device_id + step.to_bytes(STEP_BYTES, "big")
