"""A sender for providers that take one message at a time: a few threads, each with a message."""

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from push.delivery import Channel, Delivery
from push.outcome import Outcome, Result
from push.sender import Envelope, TransportError

CLOSE_SECONDS = 2.0


class PoolSender(ABC):
    """Keeps `capacity` threads, each bringing one message at a time to the provider."""

    channel: Channel

    def __init__(self, *, capacity: int) -> None:
        self.capacity = capacity
        self._inbox: SimpleQueue[Envelope | None] = SimpleQueue()
        self._outbox: SimpleQueue[Outcome] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{self.channel} {number}", daemon=True)
            for number in range(capacity)
        ]
        for thread in self._threads:
            thread.start()

    @abstractmethod
    def encode(self, delivery: Delivery) -> Envelope:
        """The bytes for the provider. Raises UnsendableError."""

    @abstractmethod
    def deliver(self, envelope: Envelope) -> Outcome:
        """Brings one message to the provider, once. Called from several threads."""

    def prepare(self) -> None:  # noqa: B027 - these providers need no preparation
        """Nothing to make ready."""

    def submit(self, envelopes: Sequence[Envelope]) -> None:
        """Puts messages in flight."""
        for envelope in envelopes:
            self._inbox.put(envelope)

    def collect(self, *, wait_seconds: float) -> Sequence[Outcome]:
        """Outcomes that have come in, waiting at most `wait_seconds` for the first."""
        outcomes: list[Outcome] = []
        with contextlib.suppress(Empty):
            outcomes.append(self._outbox.get(timeout=wait_seconds) if wait_seconds > 0 else self._outbox.get_nowait())
            while True:
                outcomes.append(self._outbox.get_nowait())
        return outcomes

    def close(self) -> None:
        """Lets each thread end after the message that it has in hand, and waits a moment for them."""
        for _ in self._threads:
            self._inbox.put(None)
        for thread in self._threads:
            thread.join(CLOSE_SECONDS / self.capacity)

    def retire(self) -> None:  # noqa: B027 - most providers keep nothing
        """Lets go of what the calling thread kept; called as it ends."""

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self.retire()

    def _work(self) -> None:
        while (envelope := self._inbox.get()) is not None:
            try:
                outcome = self.deliver(envelope)
            except TransportError as error:
                result = Result.UNAUTHORISED if error.permanent else Result.NOT_SENT
                outcome = Outcome(envelope.delivery, result, detail=str(error))
            except Exception as error:  # noqa: BLE001 - one message's surprise must not stop the channel
                outcome = Outcome(envelope.delivery, Result.UNKNOWN, detail=type(error).__name__)
            self._outbox.put(outcome)
