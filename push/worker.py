"""The loop that brings deliveries from the queue to a provider and their outcomes back.

claim → encode → begin → send → settle. A worker that is killed leaves claimed deliveries, which go back to the line
when their lease is over, and those in flight, of which alone nobody knows whether they arrived.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from push.outage import Outage
from push.outcome import Outcome, Result, Settlement, settlement
from push.pace import Pace
from push.queue import Queue
from push.sender import Envelope, Sender, TransportError, UnsendableError

CLAIM_LIMIT = 1000
CLAIM_LEASE_SECONDS = 60.0
SENDING_LEASE_SECONDS = 120.0
"""Well above any sender's time-out: a delivery whose lease is over is no longer in flight."""

IDLE_SECONDS = 0.2
ANSWER_WAIT_SECONDS = 0.05
RECOVER_SECONDS = 15.0
TROUBLE_SECONDS = 1.0
ALARM_PAUSE_SECONDS = 60.0
STOP_SECONDS = 5.0
"""What is in flight has so long to be answered when the worker ends; then its fate is unknown."""

logger = logging.getLogger(__name__)


class Worker:
    """Works one channel off. `run` in a thread of its own; `stop` ends it."""

    def __init__(
        self,
        queue: Queue,
        sender: Sender,
        *,
        stop: threading.Event,
        pace: Pace | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue, self._sender, self._stop = queue, sender, stop
        self.channel = sender.channel
        self._pace = pace or Pace(now=now)
        self._outage = Outage()
        self._now = now
        self._claimed: list[Envelope] = []
        self._in_flight: set[UUID] = set()
        self._unsettled: list[Settlement] = []
        self._recover_at = now()
        self._introduced = False
        self._well: bool | None = None

    def run(self) -> None:
        """Works until `stop` is set; then returns what was not begun, waits for what is in flight, and closes."""
        while not self._stop.is_set():
            try:
                if not self.turn():
                    self._stop.wait(IDLE_SECONDS)
            except Exception:
                # The queue's database may be away for a moment; leases keep the order meanwhile.
                logger.exception("The %s worker had to stop for a moment", self.channel)
                self._stop.wait(TROUBLE_SECONDS)
        self._finish()

    def turn(self) -> bool:
        """One round. False where there was nothing to do: the caller may sleep."""
        self._settle_answers(wait_seconds=ANSWER_WAIT_SECONDS if self._in_flight else 0.0)
        if self._now() >= self._recover_at:
            self._recover_at = self._now() + RECOVER_SECONDS
            self._queue.recover(channel=self.channel)
        if not self._introduced:
            # Wrong credentials are told at the start, not when the first message waits.
            self._introduced = True
            self._prepare()
        if self._pace.paused_seconds() > 0:
            self._release_claimed()
            return bool(self._in_flight)
        claimed = self._claim()
        if self._claimed:
            self._begin()
        return claimed > 0 or bool(self._in_flight)

    def _claim(self) -> int:
        if len(self._claimed) >= self._sender.capacity:
            return 0
        limit = self._pace.allowance(min(2 * self._sender.capacity, CLAIM_LIMIT) - len(self._claimed))
        if limit <= 0:
            return 0
        claim = self._queue.claim(channel=self.channel, limit=limit, lease_seconds=CLAIM_LEASE_SECONDS)
        if claim.pause_ends_in_seconds is not None:
            self._pace.pause_ends_in(claim.pause_ends_in_seconds)
        unsendable: list[Settlement] = []
        for delivery in claim.deliveries:
            try:
                self._claimed.append(self._sender.encode(delivery))
            except UnsendableError as error:
                unsendable.append(settlement(Outcome(delivery, Result.REFUSED, detail=str(error))))
        self._settle(unsendable)
        return len(claim.deliveries)

    def _begin(self) -> None:
        free = self._sender.capacity - len(self._in_flight)
        # A few large transactions rather than many small ones, unless little is left to do.
        if free < min(len(self._claimed), max(1, self._sender.capacity // 4)):
            return
        batch = self._claimed[: self._pace.allowance(free)]
        if not batch or not self._prepare():
            return
        del self._claimed[: len(batch)]
        began_at = self._now()
        deliveries = [envelope.delivery for envelope in batch]
        allowed = self._queue.begin(deliveries, lease_seconds=SENDING_LEASE_SECONDS)
        if self._now() - began_at > SENDING_LEASE_SECONDS / 2:
            # This process stood still meanwhile: another worker may be about to take these up.
            self._settle([settlement(Outcome(delivery, Result.NOT_SENT)) for delivery in deliveries])
            return
        begun = [envelope for envelope in batch if envelope.delivery.id in allowed]
        self._in_flight.update(envelope.delivery.attempt_id for envelope in begun)
        self._pace.spend(len(begun))
        self._sender.submit(begun)

    def _settle_answers(self, *, wait_seconds: float) -> None:
        outcomes = self._sender.collect(wait_seconds=wait_seconds) if self._in_flight else ()
        self._in_flight.difference_update(outcome.delivery.attempt_id for outcome in outcomes)
        self._settle([settlement(outcome) for outcome in outcomes])
        if outcomes:
            self._heed(outcomes)

    def _settle(self, settlements: Sequence[Settlement]) -> None:
        """What is known is kept until the queue has written it down, however often that takes."""
        self._unsettled += settlements
        if self._unsettled:
            self._queue.settle(self._unsettled)
            self._unsettled = []

    def _heed(self, outcomes: Sequence[Outcome]) -> None:
        """Slows down, raises the alarm or takes it back, as the provider's answers ask for."""
        refusal = next((outcome for outcome in outcomes if outcome.result is Result.UNAUTHORISED), None)
        if refusal is not None:
            self._alarm(refusal.detail)
        elif self._well is not True and any(outcome.result is Result.ACCEPTED for outcome in outcomes):
            self._well = True
            self._queue.all_clear(channel=self.channel)
        asked = max((outcome.pause_seconds or 0.0 for outcome in outcomes), default=0.0)
        pause_seconds = asked or self._outage.pause_seconds(outcomes)
        if pause_seconds:
            self._pause(pause_seconds)

    def _prepare(self) -> bool:
        try:
            self._sender.prepare()
        except TransportError as error:
            if error.permanent:
                self._alarm(str(error))
            else:
                logger.warning("The %s provider cannot be reached: %s", self.channel, error)
                self._pause(self._outage.unreachable())
            return False
        return True

    def _alarm(self, problem: str) -> None:
        if self._well is not False:
            logger.error("The %s provider refuses our credentials: %s", self.channel, problem)
        self._well = False
        self._queue.alarm(channel=self.channel, problem=problem)
        self._pause(ALARM_PAUSE_SECONDS)

    def _pause(self, seconds: float) -> None:
        self._pace.pause_ends_in(seconds)
        self._queue.pause(channel=self.channel, seconds=seconds)
        self._release_claimed()

    def _release_claimed(self) -> None:
        if self._claimed:
            self._queue.release([envelope.delivery for envelope in self._claimed])
            self._claimed = []

    def _finish(self) -> None:
        ends_at = self._now() + STOP_SECONDS
        try:
            self._release_claimed()
            while self._in_flight and self._now() < ends_at:
                self._settle_answers(wait_seconds=ANSWER_WAIT_SECONDS)
            self._settle(())
        except Exception:
            logger.exception("The %s worker could not write down how its last messages fared", self.channel)
        finally:
            self._sender.close()


def run(queue: Queue, senders: Sequence[Sender], *, stop: threading.Event) -> None:
    """Works all channels off, each in a thread of its own, until `stop` is set. Returns when all have ended."""
    workers = [Worker(queue, sender, stop=stop) for sender in senders]
    threads = [threading.Thread(target=worker.run, name=f"{worker.channel} worker") for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
