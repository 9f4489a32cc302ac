"""Rates, pauses, the gentle start; and how long a silent provider is left alone."""

import pytest

from push.outage import SILENCE_MAX, Outage
from push.outcome import REPEATS_MAX, Outcome, Result, State, backoff_seconds, settlement
from push.pace import Pace
from tests.push.deliveries import make_delivery


class Seconds:
    """A monotonic clock that obeys."""

    def __init__(self) -> None:
        self.value = 0.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def begun_within(pace: Pace, seconds: Seconds, span_seconds: int) -> int:
    """How many messages a busy worker begins in `span_seconds`, asking ten times a second."""
    begun = 0
    for _ in range(span_seconds * 10):
        seconds.value += 0.1
        messages = pace.allowance(10_000)
        pace.spend(messages)
        begun += messages
    return begun


def test_the_rate_is_kept(seconds: Seconds) -> None:
    assert begun_within(Pace(rate_per_second=1000, now=seconds), seconds, 10) == pytest.approx(10_000, rel=0.01)


def test_without_a_rate_only_the_room_counts(seconds: Seconds) -> None:
    assert Pace(rate_per_second=None, now=seconds).allowance(400) == 400


def test_during_a_pause_nothing_begins(seconds: Seconds) -> None:
    pace = Pace(now=seconds)
    seconds.value = 1.0
    pace.pause_ends_in(5.0)
    assert begun_within(pace, seconds, 4) == 0
    assert pace.paused_seconds() == pytest.approx(1.0)


def test_after_a_pause_the_full_rate_takes_a_minute(seconds: Seconds) -> None:
    pace = Pace(rate_per_second=1000, now=seconds)
    pace.pause_ends_in(0.0)
    by_ten_seconds = [begun_within(pace, seconds, 10) for _ in range(7)]
    assert by_ten_seconds == sorted(by_ten_seconds)
    assert by_ten_seconds[0] == pytest.approx(1000 * 10 / 12, rel=0.1)
    assert by_ten_seconds[5] == pytest.approx(1000 * 10 * 11 / 12, rel=0.1)
    assert by_ten_seconds[6] == pytest.approx(10_000, rel=0.02)


def test_the_end_of_a_pause_told_again_and_again_is_one_pause(seconds: Seconds) -> None:
    pace = Pace(rate_per_second=1000, now=seconds)
    pace.pause_ends_in(0.0)
    begun = 0
    for second in range(1, 90):
        begun += begun_within(pace, seconds, 1)
        pace.pause_ends_in(-second + 0.01 * (second % 3))
    assert begun == pytest.approx(30_000 + 29_000, rel=0.05)


def test_one_unreachable_moment_pauses_and_the_next_twice_as_long() -> None:
    outage, lost = Outage(), Outcome(make_delivery(), Result.NOT_SENT)
    assert [outage.pause_seconds([lost]) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_few_unknown_ends_are_everyday_life_and_many_in_a_row_an_outage() -> None:
    outage, unknown = Outage(), Outcome(make_delivery(), Result.UNKNOWN)
    assert outage.pause_seconds([unknown] * (SILENCE_MAX - 1)) is None
    assert outage.pause_seconds([unknown]) == 1.0


@pytest.mark.parametrize("sign", [Result.ACCEPTED, Result.UNREGISTERED, Result.REFUSED])
def test_a_sign_of_life_ends_the_outage(sign: Result) -> None:
    outage, unknown = Outage(), Outcome(make_delivery(), Result.UNKNOWN)
    outage.pause_seconds([unknown] * SILENCE_MAX)
    assert outage.pause_seconds([Outcome(make_delivery(), sign)] + [unknown] * (SILENCE_MAX - 1)) is None
    assert outage.pause_seconds([unknown]) == 1.0


def test_a_busy_mailbox_is_no_outage() -> None:
    busy = Outcome(make_delivery(), Result.NOT_SENT, retry_in_seconds=300.0)
    assert Outage().pause_seconds([busy]) is None
    assert settlement(busy).retry_in_seconds == 300.0


def test_repeats_wait_longer_each_time_and_end() -> None:
    assert [round(backoff_seconds(repeats) / 10 * 2**-repeats, 1) <= 0.7 for repeats in range(1, 9)] == [True] * 8
    last = settlement(Outcome(make_delivery(repeats=REPEATS_MAX), Result.UNKNOWN))
    assert (last.state, last.repeats) == (State.UNKNOWN, REPEATS_MAX + 1)
