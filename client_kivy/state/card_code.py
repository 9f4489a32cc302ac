"""The member's code: made on the phone with no network, another one every step.

Payload: version (1 byte, value 1) | device id (8 bytes) | step (4 bytes, big-endian: seconds since 1970 in the server's
time // step length) | the first 12 bytes of HMAC-SHA256(secret, the 13 bytes before). 25 bytes, written in the base32
alphabet of RFC 4648: exactly 40 characters, so that nothing is padded and a QR code of version 3 holds it.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

VERSION = 1
MAC_BYTES = 12


@dataclass(frozen=True)
class CardKey:
    """What the phone keeps to make codes: the secret, whose it is, and how far the server's clock is ahead of ours."""

    device_id: str
    secret: str
    step_seconds: int
    ahead_seconds: float

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any], *, received_at: datetime) -> "CardKey":
        """The key in the answer of `POST /me/card-keys`."""
        server_time = datetime.fromisoformat(answer["server_time"])
        return cls(
            device_id=answer["device_id"],
            secret=answer["secret"],
            step_seconds=int(answer["step_seconds"]),
            ahead_seconds=(server_time - received_at).total_seconds(),
        )

    def as_document(self) -> dict[str, Any]:
        """The key as it is kept."""
        return asdict(self)

    def code_at(self, moment: datetime) -> str:
        """The 40 characters that are valid at a moment of the phone's clock."""
        step = int(self._server_seconds(moment)) // self.step_seconds
        return code(device_id=bytes.fromhex(self.device_id), secret=decoded(self.secret), step=step)

    def seconds_left(self, moment: datetime) -> int:
        """Whole seconds until the next code, from the step's length down to 1."""
        return self.step_seconds - int(self._server_seconds(moment)) % self.step_seconds

    def _server_seconds(self, moment: datetime) -> float:
        return moment.timestamp() + self.ahead_seconds


def code(*, device_id: bytes, secret: bytes, step: int) -> str:
    """The code of one device for one step."""
    payload = bytes([VERSION]) + device_id + step.to_bytes(4, "big")
    mac = hmac.new(secret, payload, hashlib.sha256).digest()[:MAC_BYTES]
    return base64.b32encode(payload + mac).decode()


def decoded(secret: str) -> bytes:
    """The bytes of a base64 text, of either alphabet, padded or not."""
    return base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_" if set(secret) & set("-_") else None)
