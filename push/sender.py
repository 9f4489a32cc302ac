"""A way to a provider, as the worker sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from push.delivery import Channel, Delivery
from push.outcome import Outcome


class TransportError(Exception):
    """The provider cannot be used. Permanent: a person must act (credentials, settings); otherwise it may pass by
    itself.
    """

    def __init__(self, problem: str, *, permanent: bool) -> None:
        super().__init__(problem)
        self.permanent = permanent


class UnsendableError(Exception):
    """This delivery can never be sent in this channel: too large, no valid address, a reserved key. The text says
    why, without personal data.
    """


@dataclass(frozen=True, slots=True)
class Envelope:
    """A delivery and the bytes that will travel."""

    delivery: Delivery
    payload: bytes


class Sender(Protocol):
    """A provider's client that keeps up to `capacity` messages in flight and repeats none of its own accord."""

    channel: Channel
    capacity: int

    def prepare(self) -> None:
        """Makes ready to send (an access token, for one); cheap where that is done. Raises TransportError; nothing
        is begun then.
        """
        ...

    def encode(self, delivery: Delivery) -> Envelope:
        """The bytes for the provider. Raises UnsendableError."""
        ...

    def submit(self, envelopes: Sequence[Envelope]) -> None:
        """Puts messages in flight and returns at once. The caller keeps within `capacity`."""
        ...

    def collect(self, *, wait_seconds: float) -> Sequence[Outcome]:
        """Outcomes that have come in, waiting at most `wait_seconds` for the first. Each submitted message yields
        exactly one.
        """
        ...

    def close(self) -> None:
        """Lets go of connections and threads. What is still in flight is abandoned: its outcome is not known."""
        ...
