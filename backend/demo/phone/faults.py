"""What may go wrong on purpose: a list of faults, set over HTTP, each for some messages or for all."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a fault does."""

    SLOW = "slow"
    """Waits `delay_ms`, then goes on with the next fault."""
    SILENT = "silent"
    """Takes the message and never answers."""
    CUT_BEFORE = "cut_before"
    """Cuts the connection; the message is not taken."""
    CUT_AFTER = "cut_after"
    """Takes the message, then cuts the connection."""
    QUOTA = "quota"
    """429, with `retry_after_seconds` where it is set."""
    INTERNAL = "internal"
    """500; with `taken`, the message arrives all the same."""
    UNAVAILABLE = "unavailable"
    """503, likewise."""
    UNAUTHENTICATED = "unauthenticated"
    UNREGISTERED = "unregistered"
    INVALID_ARGUMENT = "invalid_argument"
    SENDER_ID_MISMATCH = "sender_id_mismatch"
    THIRD_PARTY_AUTH = "third_party_auth"
    PERMISSION_DENIED = "permission_denied"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - the name of a fault
    """The token endpoint says invalid_grant; concerns no message."""


class FaultError(ValueError):
    """A fault that cannot be understood; the text says why."""


@dataclass
class Fault:
    """One fault: for messages of `channel` to `to` (None: all), a `share` of them, `times` times (None: ever)."""

    kind: Kind
    channel: str | None = None
    to: str | None = None
    share: float = 1.0
    times: int | None = None
    delay_ms: int = 0
    retry_after_seconds: int | None = None
    taken: bool = False


class Faults:
    """The faults in force, in the order in which they are tried."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def replace(self, document: Any) -> None:
        """Puts the faults of `{"faults": [...]}` in place of those before. Raises FaultError."""
        if not isinstance(document, Mapping) or not isinstance(document.get("faults"), list):
            raise FaultError('the body is {"faults": [{"kind": ...}]}')
        self._faults = [self._read(fault) for fault in document["faults"]]

    def meet(self, *, channel: str, to: str) -> list[Fault]:
        """The faults that this message meets: any number of slow ones, then at most one that ends it."""
        met: list[Fault] = []
        for fault in self._faults:
            if fault.kind is not Kind.TOKEN_REFUSED and self._strikes(fault, channel, to):
                met.append(fault)
                if fault.kind is not Kind.SLOW:
                    break
        return met

    def token_refused(self) -> bool:
        """Whether the token endpoint refuses now."""
        return any(fault.kind is Kind.TOKEN_REFUSED and self._strikes(fault, "", "") for fault in self._faults)

    @staticmethod
    def _strikes(fault: Fault, channel: str, to: str) -> bool:
        if fault.times == 0 or fault.channel not in (None, channel) or fault.to not in (None, to):
            return False
        if fault.share < 1.0 and random.random() >= fault.share:  # noqa: S311 - chance, not secrecy
            return False
        if fault.times is not None:
            fault.times -= 1
        return True

    @staticmethod
    def _read(document: Any) -> Fault:
        try:
            return Fault(**{**document, "kind": Kind(document["kind"])})
        except (KeyError, TypeError, ValueError) as error:
            known = ", ".join(Kind)
            raise FaultError(f"{document!r} is no fault ({error}); kinds: {known}") from error
