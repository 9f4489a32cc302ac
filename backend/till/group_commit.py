"""Committing the work of concurrent requests together, and the retry when two batches meet.

A commit costs a write to the disk and a handful of statements, whether for one receipt or for ten. Requests that arrive
while a batch is being written form the next batch: under load batches grow by themselves, without load a request waits
for nothing. The way through the code is the same as for one request alone: `Work.do`.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import psycopg
import structlog
from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.budgets.service import with_budgets
from backend.ledger.errors import BookWrong
from backend.shared.db import db
from backend.shared.errors import Busy, DomainError
from backend.till.errors import NumberTaken

log = structlog.get_logger(__name__)


class Answered(Protocol):
    """What a request came to where it was not refused."""

    @property
    def answer(self) -> dict[str, Any]:
        """What the till is told."""

    @property
    def repeated(self) -> bool:
        """Whether the same was done before."""


Request = TypeVar("Request")
Result = TypeVar("Result", bound=Answered)

BATCH_MAXIMUM = 64
# Where the last batch had company, the next one waits so long for its own: a larger batch costs each request less.
COMPANY_SECONDS = 0.002
CHUNK_REQUESTS = 500
RETRIES_MAXIMUM = 5
ANSWER_SECONDS_MAXIMUM = 60


@dataclass(frozen=True, slots=True)
class Work(Generic[Request, Result]):
    """A kind of work that is done in batches.

    `do` answers each request of a batch, in order, with its result or the problem for which it was refused, all in one
    transaction; where it raises `NumberTaken`, the batch is done again from the start. `in_flight` is what somebody
    hears whose guest is being changed by others for too long.
    """

    name: str
    do: Callable[[Session, Sequence[Request]], list[Result | DomainError]]
    in_flight: type[DomainError] = Busy


def do_one(work: Work[Request, Result], request: Request) -> Result:
    """Does one request durably before it returns, together with concurrent ones of its kind where that is on.

    Raises:
        DomainError: the request was refused, or its guest is being changed for too long by somebody else.
    """
    group: GroupCommit | None = current_app.extensions.get("molva_group_commit")
    try:
        outcome = group.do(work, request) if group else do_together(work, [request])[0]
    except psycopg.errors.LockNotAvailable as error:
        raise work.in_flight from error
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def do_many(work: Work[Request, Result], requests: Sequence[Request]) -> list[Result | DomainError]:
    """Does any number of requests, in transactions of a bounded size, in order."""
    chunks = (requests[start : start + CHUNK_REQUESTS] for start in range(0, len(requests), CHUNK_REQUESTS))
    return [outcome for chunk in chunks for outcome in do_together(work, chunk)]


def do_together(work: Work[Request, Result], requests: Sequence[Request]) -> list[Result | DomainError]:
    """Does requests in one transaction; again, from the start, where another batch took a number meanwhile. Where a
    book is wrong, each by itself, so that only those are refused that meet it.
    """
    attempts_left = RETRIES_MAXIMUM
    while True:
        try:
            return with_budgets(lambda session: work.do(session, requests))
        except NumberTaken:
            attempts_left -= 1
            if not attempts_left:
                raise
        except BookWrong as problem:
            if len(requests) == 1:
                return [problem]
            return [outcome for one in requests for outcome in do_together(work, [one])]


class GroupCommit:
    """The writers of a process: one for each kind of work."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._start = threading.Lock()
        self._writers: dict[str, _Writer[Any, Any]] = {}

    def do(self, work: Work[Request, Result], request: Request) -> Result | DomainError:
        """Hands the request over and waits until it is durable or refused."""
        future: Future[Result | DomainError] = Future()
        self._writer(work).waiting.put(_Waiting(request, future))
        return future.result(timeout=ANSWER_SECONDS_MAXIMUM)

    def _writer(self, work: Work[Request, Result]) -> "_Writer[Request, Result]":
        # Started at the first request and not before: a server forks its workers after it has loaded the application.
        writer = self._writers.get(work.name)
        if writer is None or not writer.thread.is_alive():
            with self._start:
                writer = self._writers.get(work.name)
                if writer is None or not writer.thread.is_alive():
                    writer = self._writers[work.name] = _Writer(self._app, work)
                    writer.thread.start()
        return writer


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Request, Result]):
    request: Request
    future: "Future[Result | DomainError]"


class _Writer(Generic[Request, Result]):
    """Takes whatever has come in and commits it together."""

    def __init__(self, app: Flask, work: Work[Request, Result]) -> None:
        self._app = app
        self._work = work
        self.waiting: queue.SimpleQueue[_Waiting[Request, Result]] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._write_for_ever, name=f"group-commit-{work.name}", daemon=True)

    def _write_for_ever(self) -> None:
        batch: list[_Waiting[Request, Result]] = []
        while True:
            in_company = len(batch) > 1
            batch = [self.waiting.get()]
            if in_company:
                time.sleep(COMPANY_SECONDS)
            while len(batch) < BATCH_MAXIMUM and not self.waiting.empty():
                batch.append(self.waiting.get())
            with self._app.app_context():
                try:
                    self._write(batch)
                finally:
                    db.session.remove()

    def _write(self, batch: "list[_Waiting[Request, Result]]") -> None:
        """Answers every request of the batch; where the batch as a whole cannot be written, each one by itself."""
        try:
            outcomes = do_together(self._work, [one.request for one in batch])
        except Exception as error:  # the writer must survive, and each caller must hear of its own request
            if len(batch) == 1:
                batch[0].future.set_exception(error)
                return
            log.warning("batch_split", work=self._work.name, requests=len(batch), error=type(error).__name__)
            for one in batch:
                self._write([one])
            return
        for one, outcome in zip(batch, outcomes, strict=True):
            one.future.set_result(outcome)
