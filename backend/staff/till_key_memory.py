"""Tills that this process has recognised lately, so that the busiest routes need not ask the database at each request.

Remembering is not permission: whoever lets a remembered till do something asks `queries.ask_revoked_till_keys` in the
very transaction that does it, so that a revoked key counts from the next request.
"""

import time
from dataclasses import dataclass

from flask import current_app

from backend.staff.credentials import Credential
from backend.staff.queries import Till

MEMORY_SECONDS = 60
TILLS_MAXIMUM = 10_000


@dataclass(frozen=True, slots=True)
class _Seen:
    secret_hash: bytes
    till: Till
    forgotten_at: float


def recall(credential: Credential) -> Till | None:
    """The till that came with this very key within the last minute."""
    seen = _memory().get(credential.prefix)
    if seen is None or seen.forgotten_at < time.monotonic() or not credential.matches(seen.secret_hash):
        return None
    return seen.till


def remember(credential: Credential, till: Till) -> None:
    """Remembers a till that the database has just recognised by this key."""
    memory = _memory()
    if len(memory) >= TILLS_MAXIMUM:
        memory.clear()
    memory[credential.prefix] = _Seen(credential.secret_hash, till, time.monotonic() + MEMORY_SECONDS)


def _memory() -> dict[str, _Seen]:
    memory: dict[str, _Seen] = current_app.extensions.setdefault("molva_till_keys", {})
    return memory
