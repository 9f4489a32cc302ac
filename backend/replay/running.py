"""Running a replay: the members shared out among processes, or all in one where they take from the same budgets."""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain
from typing import Any
from zlib import crc32

from backend.replay.member_state import MemberOnTrial
from backend.replay.past import Past, PastEvent, PastReturn, order
from backend.replay.returning import take_back
from backend.replay.tally import Tally
from backend.replay.trial import Trial
from backend.shared.processes import die_with_parent, prepare_to_fork

Progress = Callable[[int], None]
EVENTS_A_TELLING = 500
PAUSE_SECONDS = 0.2


class ReplayProcessLost(Exception):  # noqa: N818 - the sentence for whoever started the replay
    """A process of the replay ended before its work."""


@dataclass(frozen=True)
class _Shared:
    past: Past
    trials: Sequence[Trial]
    parts: Sequence[Sequence[str]]
    counter: Any


# What a forked process finds here is what was there when it was forked: nothing is copied on the way.
_shared: _Shared | None = None


def run(
    past: Past, trials: Sequence[Trial], *, processes: int = 1, progress: Progress = lambda _events: None
) -> list[Tally]:
    """What each of the programmes does on this past; `progress` is told how many more events have been judged.

    Raises:
        ReplayProcessLost: a process was killed.
    """
    # No collection shall walk through all that was read: it would take long, and copy it where processes were forked.
    gc.collect()
    gc.freeze()
    try:
        if processes == 1 or any(trial.shares_budgets for trial in trials):
            return _judge(past, trials, past.members, progress)
        return _in_processes(past, trials, _shared_out(past, processes), progress)
    finally:
        gc.unfreeze()


def _shared_out(past: Past, processes: int) -> list[list[str]]:
    parts: list[list[str]] = [[] for _ in range(processes)]
    for member in past.members:
        parts[crc32(member.encode()) % processes].append(member)
    return parts


def _in_processes(
    past: Past, trials: Sequence[Trial], parts: Sequence[Sequence[str]], progress: Progress
) -> list[Tally]:
    context = multiprocessing.get_context("fork")
    counter = context.Value("q", 0)
    prepare_to_fork()
    told = 0
    global _shared
    _shared = _Shared(past, trials, parts, counter)
    try:
        with ProcessPoolExecutor(len(parts), mp_context=context, initializer=_begin) as pool:
            running = [pool.submit(_judge_part, place) for place in range(len(parts))]
            waiting = set(running)
            while waiting:
                waiting = wait(waiting, timeout=PAUSE_SECONDS).not_done
                progress(counter.value - told)
                told = counter.value
            results = [future.result() for future in running]
    except BrokenProcessPool as lost:
        raise ReplayProcessLost("A process of the replay ended too early. Start the replay again.") from lost
    finally:
        _shared = None
    for result in results[1:]:
        for tally, part in zip(results[0], result, strict=True):
            tally.add(part)
    return results[0]


def _begin() -> None:
    die_with_parent(signal.SIGTERM)


def _judge_part(place: int) -> list[Tally]:
    if _shared is None:
        raise RuntimeError("This process was not forked by a replay.")

    def progress(events: int) -> None:
        with _shared.counter.get_lock():
            _shared.counter.value += events

    return _judge(_shared.past, _shared.trials, _shared.parts[place], progress)


def _judge(past: Past, trials: Sequence[Trial], members: Sequence[str], progress: Progress) -> list[Tally]:
    tallies = [Tally() for _ in trials]
    told = _Told(progress)
    if any(trial.shares_budgets for trial in trials):
        _in_order_of_time(past, trials, members, tallies, told)
    else:
        for member in members:
            history = past.history(member)
            judged = _newcomers(trials, tallies, member, history)
            for event in history:
                _take(judged, event)
            told.of(len(history))
            for one in judged:
                one.finish(past.until)
    told.rest()
    return tallies


def _in_order_of_time(
    past: Past, trials: Sequence[Trial], members: Sequence[str], tallies: Sequence[Tally], told: "_Told"
) -> None:
    histories = {member: past.history(member) for member in members}
    judged = {member: _newcomers(trials, tallies, member, history) for member, history in histories.items()}
    for event in sorted(chain.from_iterable(histories.values()), key=order):
        _take(judged[event.member], event)
        told.of(1)
    for of_member in judged.values():
        for one in of_member:
            one.finish(past.until)


def _newcomers(
    trials: Sequence[Trial], tallies: Sequence[Tally], member: str, history: Sequence[PastEvent]
) -> list[MemberOnTrial]:
    comes_back = frozenset(event.number for event in history if isinstance(event, PastReturn))
    return [
        MemberOnTrial.newcomer(trial, tally, member=member, joined_at=history[0].occurred_at, comes_back=comes_back)
        for trial, tally in zip(trials, tallies, strict=True)
    ]


def _take(judged: Sequence[MemberOnTrial], event: PastEvent) -> None:
    if isinstance(event, PastReturn):
        for one in judged:
            take_back(one, event)
    else:
        for one in judged:
            one.sell(event)


class _Told:
    """Tells of progress by hundreds."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._untold = 0

    def of(self, events: int) -> None:
        """So many more."""
        self._untold += events
        if self._untold >= EVENTS_A_TELLING:
            self.rest()

    def rest(self) -> None:
        """All that was not told yet."""
        self._progress(self._untold)
        self._untold = 0
