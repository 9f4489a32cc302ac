"""A worker is killed at every step; another one takes over. Nobody is skipped, and a campaign tells nobody twice."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from push.delivery import Address, AddressKind, Delivery
from push.fcm import FcmSender
from push.pace import Pace
from push.worker import SENDING_LEASE_SECONDS, Worker
from tests.push.conftest import RunningPhone
from tests.push.deliveries import make_delivery
from tests.push.memory_queue import MemoryQueue

MESSAGES = 60
STEPS = ("claim", "encode", "begin", "submit", "collect", "settle")
MOMENTS = [(step, moment) for step in STEPS for moment in ("before", "after")]
BEFORE_ANYTHING_TRAVELS = MOMENTS[: MOMENTS.index(("begin", "after"))]
REPEATS_DUE_SECONDS = 100.0


class Killed(BaseException):
    """What a `kill -9` is to the code: no handler runs."""


def kill_at(part: Any, step: str, moment: str) -> None:
    """Ends the worker before or after its first call of `step`."""
    act = getattr(part, step)

    def act_and_die(*arguments: Any, **named: Any) -> Any:
        if moment == "before":
            raise Killed
        act(*arguments, **named)
        raise Killed

    setattr(part, step, act_and_die)


class WatchedQueue:
    """One worker's view of the shared queue: it dies with the worker, the queue lives on."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


def work(queue: Any, sender: FcmSender, clock: MemoryQueue, *, until: Callable[[], bool]) -> None:
    worker = Worker(queue, sender, stop=threading.Event(), pace=Pace(rate_per_second=None), now=lambda: clock.seconds)
    while not until():
        worker.turn()


@pytest.mark.parametrize(("step", "moment"), MOMENTS, ids=["-".join(moment) for moment in MOMENTS])
@pytest.mark.parametrize("repeat_when_unknown", [True, False], ids=["accrual", "campaign"])
def test_a_worker_killed_at_any_step_leaves_only_what_was_in_flight_ambiguous(
    phone: RunningPhone, make_sender: Callable[..., FcmSender], step: str, moment: str, repeat_when_unknown: bool
) -> None:
    queue = MemoryQueue()
    queue.add(*(_to_phone(number, repeat_when_unknown) for number in range(MESSAGES)))
    # Room for 20: while these are in flight, the rest waits.
    doomed, watched = make_sender(connections=1, streams=20), WatchedQueue(queue)
    kill_at(doomed if step in ("encode", "submit", "collect") else watched, step, moment)
    with pytest.raises(Killed):
        work(watched, doomed, queue, until=lambda: False)
    # What the killed process had handed to its network still arrives.
    FcmSender.collect(doomed, wait_seconds=0.3)
    doomed.close()
    in_flight = {row.delivery.id for row in queue.rows.values() if row.state == "sending"}
    if (step, moment) in BEFORE_ANYTHING_TRAVELS:
        assert in_flight == set()

    queue.seconds += SENDING_LEASE_SECONDS + 1

    def over() -> bool:
        states = set(queue.states())
        if not states & {"claimed", "sending"}:
            queue.seconds += REPEATS_DUE_SECONDS
        return states <= {"accepted", "unknown"}

    work(queue, make_sender(), queue, until=over)
    told = Counter(message["data"]["nid"] for number in range(MESSAGES) for message in phone.messages(_name(number)))
    _check(queue, told, in_flight, repeat_when_unknown=repeat_when_unknown)


def _check(queue: MemoryQueue, told: Counter[str], in_flight: set[Any], *, repeat_when_unknown: bool) -> None:
    for row in queue.rows.values():
        times, ambiguous = told[row.delivery.collapse_id], row.delivery.id in in_flight
        if repeat_when_unknown:
            assert row.state == "accepted"
            assert times in ((1, 2) if ambiguous else (1,))
        else:
            assert row.state == ("unknown" if ambiguous else "accepted")
            assert times in ((0, 1) if ambiguous else (1,))


def _name(number: int) -> str:
    return f"phone-{number}"


def _to_phone(number: int, repeat_when_unknown: bool) -> Delivery:
    return make_delivery(address=Address(AddressKind.TOKEN, _name(number)), repeat_when_unknown=repeat_when_unknown)


def test_a_worker_that_lost_its_lease_can_change_nothing(
    phone: RunningPhone, make_sender: Callable[..., FcmSender]
) -> None:
    queue = MemoryQueue()
    queue.add(_to_phone(1, repeat_when_unknown=True))
    [stale] = queue.claim(channel=make_sender().channel, limit=1, lease_seconds=10).deliveries
    queue.seconds += 11
    work(queue, make_sender(), queue, until=lambda: queue.states() == ["accepted"])
    assert queue.begin([stale], lease_seconds=10) == set()
    queue.release([stale])
    assert queue.states() == ["accepted"]
    assert phone.statistics()["taken"] == 1
