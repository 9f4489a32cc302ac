"""The worker, with a queue in memory and the real stand-in behind the real sender."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from push import worker as working
from push.delivery import Address, AddressKind
from push.fcm import FcmSender
from push.pace import Pace
from push.worker import ALARM_PAUSE_SECONDS, Worker
from tests.push.conftest import RunningPhone
from tests.push.deliveries import make_campaign_delivery, make_delivery
from tests.push.memory_queue import MemoryQueue

MakeSender = Callable[..., FcmSender]
PATIENCE_SECONDS = 30.0


def wait_until(true: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < ends_at, "it did not come true"
        time.sleep(0.02)


class Desk:
    """A worker at work in a thread, and how to end it."""

    def __init__(self, queue: MemoryQueue, sender: FcmSender) -> None:
        self.stop = threading.Event()
        self.worker = Worker(queue, sender, stop=self.stop, pace=Pace(rate_per_second=None, now=self._now(queue)))
        self.thread = threading.Thread(target=self.worker.run)

    @staticmethod
    def _now(queue: MemoryQueue) -> Callable[[], float]:
        return lambda: queue.seconds

    def close(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def start(queue: MemoryQueue, make_sender: MakeSender) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def start() -> Desk:
        desks.append(Desk(queue, make_sender()))
        desks[-1].thread.start()
        return desks[-1]

    yield start
    for desk in desks:
        desk.close()


def test_everything_due_is_told_once(queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone) -> None:
    queue.add(*(make_delivery() for _ in range(1500)))
    start()
    wait_until(lambda: set(queue.states()) == {"accepted"})
    assert phone.statistics() == {"requests": 1500, "taken": 1500, "duplicates": 0}
    assert queue.all_clears == 1


def test_what_comes_later_is_told_too(queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone) -> None:
    start()
    queue.add(make_delivery())
    wait_until(lambda: queue.states() == ["accepted"])
    assert len(phone.messages("alices-phone")) == 1


def test_what_may_not_be_sent_any_more_is_not_sent(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    wanted, opted_out = make_delivery(), make_campaign_delivery()
    queue.add(wanted, opted_out)
    queue.row(opted_out).allowed = False
    start()
    wait_until(lambda: queue.states() == ["accepted", "dropped"])
    assert phone.messages("boriss-phone") == []


def test_what_can_never_be_sent_fails_with_its_reason_and_holds_nobody_up(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    too_long, good = make_delivery(body="ё" * 3000), make_delivery()
    to_nowhere = make_delivery(address=Address(AddressKind.PHONE, "+79990000000"))
    queue.add(too_long, to_nowhere, good)
    start()
    wait_until(lambda: queue.states() == ["failed", "failed", "accepted"])
    assert "4096" in queue.row(too_long).detail
    assert "phone" in queue.row(to_nowhere).detail
    assert phone.statistics()["requests"] == 1


def test_a_dead_device_is_reported(queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone) -> None:
    gone = make_delivery(address=Address(AddressKind.TOKEN, "unregistered-1"))
    queue.add(gone)
    start()
    wait_until(lambda: queue.states() == ["failed"])
    assert queue.row(gone).device_gone


def test_a_quota_pauses_everybody_and_nothing_is_lost(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    phone.fail({"kind": "quota", "retry_after_seconds": 40})
    queue.add(*(make_campaign_delivery() for _ in range(1200)))
    start()
    wait_until(lambda: queue.pauses != [] and set(queue.states()) == {"queued"})
    assert max(queue.pauses) == 40.0
    asked = phone.statistics()["requests"]
    # Not one request more while the pause lasts, however often the worker wakes.
    queue.seconds += 39.0
    time.sleep(5 * working.IDLE_SECONDS)
    assert phone.statistics()["requests"] == asked
    phone.fail()
    # The rest goes out gently: 10,000 a second only a minute after the pause.
    while set(queue.states()) != {"accepted"}:
        queue.seconds += 0.5
        time.sleep(0.05)
    assert phone.statistics()["taken"] == 1200
    assert phone.statistics()["duplicates"] == 0


def test_refused_credentials_raise_the_alarm_and_lose_nothing(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    phone.fail({"kind": "unauthenticated"})
    queue.add(*(make_campaign_delivery() for _ in range(20)))
    start()
    wait_until(lambda: queue.alarms != [] and set(queue.states()) == {"queued"})
    assert queue.alarms[0] == "push: 401 UNAUTHENTICATED"
    assert set(queue.pauses) == {ALARM_PAUSE_SECONDS}
    phone.fail()
    queue.seconds += 120.0
    wait_until(lambda: set(queue.states()) == {"accepted"})
    assert queue.all_clears == 1
    assert phone.statistics()["taken"] == 20


def test_a_revoked_key_raises_the_alarm_before_any_message_waits(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    phone.fail({"kind": "token_refused"})
    start()
    wait_until(lambda: queue.alarms != [])
    assert "invalid_grant" in queue.alarms[0]
    assert queue.begun == 0


def test_an_outage_does_not_use_a_campaign_up(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    phone.fail({"kind": "unavailable"})
    queue.add(*(make_campaign_delivery() for _ in range(5000)))
    start()
    wait_until(lambda: queue.pauses != [])
    time.sleep(3 * working.IDLE_SECONDS)
    # What was in flight has an unknown end; all others still wait.
    assert queue.states().count("unknown") <= 400
    assert queue.states().count("queued") >= 4600


def test_a_stop_returns_what_was_not_begun_and_waits_for_what_was(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone
) -> None:
    phone.fail({"kind": "slow", "delay_ms": 400})
    queue.add(*(make_campaign_delivery() for _ in range(1000)))
    desk = start()
    wait_until(lambda: phone.statistics()["requests"] > 0)
    desk.close()
    assert set(queue.states()) == {"accepted", "queued"}
    assert phone.statistics()["taken"] == queue.states().count("accepted")


def test_a_queue_that_is_away_for_a_moment_loses_no_result(
    queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "TROUBLE_SECONDS", 0.05)
    settle, failures = queue.settle, [ConnectionError("the database is away")] * 3

    def settle_when_there(settlements: object) -> None:
        if failures:
            raise failures.pop()
        settle(settlements)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "settle", settle_when_there)
    queue.add(*(make_campaign_delivery() for _ in range(10)))
    start()
    wait_until(lambda: set(queue.states()) == {"accepted"})
    assert failures == []
    assert phone.statistics()["taken"] == 10


def test_two_workers_share_the_work(queue: MemoryQueue, start: Callable[..., Desk], phone: RunningPhone) -> None:
    queue.add(*(make_campaign_delivery() for _ in range(3000)))
    start()
    start()
    wait_until(lambda: set(queue.states()) == {"accepted"})
    assert phone.statistics() == {"requests": 3000, "taken": 3000, "duplicates": 0}


def test_a_process_that_stood_still_after_beginning_sends_nothing(
    queue: MemoryQueue, make_sender: MakeSender, phone: RunningPhone
) -> None:
    """While it stood still, another worker may have taken the deliveries up."""
    queue.add(make_campaign_delivery())
    worker = Worker(
        queue, make_sender(), stop=threading.Event(), pace=Pace(rate_per_second=None), now=lambda: queue.seconds
    )
    begin = queue.begin

    def begin_and_stand_still(deliveries: object, *, lease_seconds: float) -> object:
        begun = begin(deliveries, lease_seconds=lease_seconds)  # type: ignore[arg-type]
        queue.seconds += lease_seconds
        return begun

    queue.begin = begin_and_stand_still  # type: ignore[method-assign,assignment]
    worker.turn()
    assert queue.states() == ["queued"]
    assert phone.statistics()["requests"] == 0
