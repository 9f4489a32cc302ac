"""A queue in memory that keeps the protocol's promises to the letter, with a clock that tests move."""

import threading
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from push.delivery import Channel, Delivery
from push.outcome import Settlement
from push.queue import Claim


@dataclass
class Row:
    """One delivery as a database would keep it."""

    delivery: Delivery
    state: str = "queued"
    due_at: float = 0.0
    lease_ends_at: float = 0.0
    allowed: bool = True
    detail: str = ""
    device_gone: bool = False


class MemoryQueue:
    """Implements push.queue.Queue. `seconds` is its clock; `allowed` of a row stands for consent, pause and stop."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.rows: dict[UUID, Row] = {}
        self.paused_until: dict[Channel, float] = {}
        self.pauses: list[float] = []
        self.alarms: list[str] = []
        self.all_clears = 0
        self.begun = 0
        self._lock = threading.RLock()

    def add(self, *deliveries: Delivery) -> None:
        for delivery in deliveries:
            self.rows[delivery.id] = Row(delivery, due_at=self.seconds)

    def states(self) -> list[str]:
        return [row.state for row in self.rows.values()]

    def row(self, delivery: Delivery) -> Row:
        return self.rows[delivery.id]

    def claim(self, *, channel: Channel, limit: int, lease_seconds: float) -> Claim:
        with self._lock:
            pause_ends_at = self.paused_until.get(channel)
            ends_in = None if pause_ends_at is None else pause_ends_at - self.seconds
            if ends_in is not None and ends_in > 0:
                return Claim((), ends_in)
            claimed = []
            for row in self.rows.values():
                due = row.state == "queued" and row.due_at <= self.seconds and row.delivery.channel is channel
                if due and len(claimed) < limit:
                    row.delivery = replace(row.delivery, attempt_id=uuid4())
                    row.state, row.lease_ends_at = "claimed", self.seconds + lease_seconds
                    claimed.append(row.delivery)
            return Claim(claimed, ends_in)

    def begin(self, deliveries: Sequence[Delivery], *, lease_seconds: float) -> Set[UUID]:
        with self._lock:
            begun = set()
            for delivery in deliveries:
                row = self.rows[delivery.id]
                if not self._is_ours(delivery, "claimed") or row.lease_ends_at <= self.seconds:
                    continue
                if not row.allowed:
                    row.state = "dropped"
                    continue
                row.state, row.lease_ends_at = "sending", self.seconds + lease_seconds
                begun.add(delivery.id)
            self.begun += len(begun)
            return begun

    def settle(self, settlements: Sequence[Settlement]) -> None:
        with self._lock:
            for settlement in settlements:
                row = self.rows[settlement.delivery_id]
                ours = row.delivery.attempt_id == settlement.attempt_id and row.state in ("claimed", "sending")
                if ours:
                    row.state, row.detail = str(settlement.state), settlement.detail
                    row.device_gone = settlement.device_gone
                    row.due_at = self.seconds + settlement.retry_in_seconds
                    row.delivery = replace(row.delivery, repeats=settlement.repeats)

    def release(self, deliveries: Sequence[Delivery]) -> None:
        with self._lock:
            for delivery in deliveries:
                if self._is_ours(delivery, "claimed"):
                    self.rows[delivery.id].state = "queued"

    def recover(self, *, channel: Channel) -> int:
        with self._lock:
            left = [
                row
                for row in self.rows.values()
                if row.state in ("claimed", "sending")
                and row.lease_ends_at <= self.seconds
                and row.delivery.channel is channel
            ]
            for row in left:
                if row.state == "sending":
                    row.delivery = replace(row.delivery, repeats=row.delivery.repeats + 1)
                    row.state = "queued" if row.delivery.repeat_when_unknown else "unknown"
                else:
                    row.state = "queued"
            return len(left)

    def pause(self, *, channel: Channel, seconds: float) -> None:
        with self._lock:
            self.pauses.append(seconds)
            self.paused_until[channel] = max(self.paused_until.get(channel, 0.0), self.seconds + seconds)

    def alarm(self, *, channel: Channel, problem: str) -> None:
        self.alarms.append(f"{channel}: {problem}")

    def all_clear(self, *, channel: Channel) -> None:
        self.all_clears += 1

    def _is_ours(self, delivery: Delivery, state: str) -> bool:
        row = self.rows[delivery.id]
        return row.state == state and row.delivery.attempt_id == delivery.attempt_id
