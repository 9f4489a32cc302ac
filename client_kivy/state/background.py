"""Work that waits for the network, off the thread that draws."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from client_kivy.api.errors import ApiError

Result = TypeVar("Result")
Failed = Callable[[ApiError], None]


class Background(Protocol):
    """Runs work elsewhere and brings its end back to the caller's thread."""

    def run(self, work: Callable[[], Result], done: Callable[[Result], None], failed: Failed) -> None:
        """Calls `done` with the result of `work`, or `failed` with the ApiError that it raised."""


class Threads:
    """A small pool. `deliver` hands a callable to the thread that draws."""

    def __init__(self, deliver: Callable[[Callable[[], None]], None], *, workers: int = 3) -> None:
        self._deliver = deliver
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="network")
        self._closed = threading.Event()

    def run(self, work: Callable[[], Result], done: Callable[[Result], None], failed: Failed) -> None:
        """See `Background`."""
        if not self._closed.is_set():
            self._pool.submit(self._attempt, work, done, failed)

    def close(self) -> None:
        """Takes no more work, waits for nothing and delivers nothing from now on."""
        self._closed.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _attempt(self, work: Callable[[], Result], done: Callable[[Result], None], failed: Failed) -> None:
        try:
            result = work()
        except ApiError as error:
            failure = error
            self._hand_over(lambda: failed(failure))
        except Exception as error:
            # A fault of our own must be seen where it can be seen, not vanish with a worker.
            fault = error
            self._hand_over(lambda: _throw(fault))
        else:
            self._hand_over(lambda: done(result))

    def _hand_over(self, end: Callable[[], None]) -> None:
        if not self._closed.is_set():
            self._deliver(lambda: None if self._closed.is_set() else end())


def _throw(fault: Exception) -> None:
    raise fault
