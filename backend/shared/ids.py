"""Identifiers: UUID version 7 (RFC 9562), made by the application: rows of one moment lie together in an index."""

import os
import time
from uuid import UUID

_VERSION_AND_VARIANT = 0x7 << 76 | 0x2 << 62
_CHANCE = (1 << 80) - 1 & ~(0xF << 76 | 0x3 << 62)


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    return UUID(int=milliseconds << 80 | (chance & _CHANCE | _VERSION_AND_VARIANT))


def id_floor(*, seconds_ago: float = 0) -> UUID:
    """What every id made since then is greater than, by the clock that ids are made by, whatever moves the others."""
    return UUID(int=max(0, time.time_ns() // 1_000_000 - round(seconds_ago * 1000)) << 80)


def earlier(floor: UUID, *, seconds: float) -> UUID:
    """The floor of so many seconds before another one."""
    return UUID(int=max(0, (floor.int >> 80) - round(seconds * 1000)) << 80)
