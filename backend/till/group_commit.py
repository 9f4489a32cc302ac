"""Committing receipts of concurrent requests together, and the retry when two batches meet.

A commit costs a write to the disk and a handful of statements, whether for one receipt or for ten. Receipts that arrive
while a batch is being written form the next batch: under load batches grow by themselves, without load a receipt waits
for nothing. The way through the code is the same as for one receipt alone (`recording.record_receipts`).
"""

import contextlib
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

import psycopg
import structlog
from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.receipts.errors import StillInFlight
from backend.shared.db import db, run_transaction
from backend.shared.errors import DomainError
from backend.till.errors import NumberTaken
from backend.till.receipt_request import ReceiptRequest
from backend.till.recording import Recorded, record_receipts

log = structlog.get_logger(__name__)

Outcome = Recorded | DomainError
BATCH_RECEIPTS_MAXIMUM = 64
# Where the last batch had company, the next one waits so long for its own: a larger batch costs each receipt less.
COMPANY_SECONDS = 0.005
CHUNK_RECEIPTS = 500
RETRIES_MAXIMUM = 5
ANSWER_SECONDS_MAXIMUM = 60


def record_one(request: ReceiptRequest) -> Recorded:
    """Records a receipt durably before it returns, together with those of concurrent requests where that is on.

    Raises:
        DomainError: the receipt was refused, or its guest is being changed for too long by somebody else.
    """
    group: GroupCommit | None = current_app.extensions.get("molva_group_commit")
    try:
        outcome = group.record(request) if group else record_together([request])[0]
    except psycopg.errors.LockNotAvailable as error:
        raise StillInFlight from error
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def record_many(requests: Sequence[ReceiptRequest]) -> list[Outcome]:
    """Records any number of receipts, in transactions of a bounded size, in order."""
    chunks = (requests[start : start + CHUNK_RECEIPTS] for start in range(0, len(requests), CHUNK_RECEIPTS))
    return [outcome for chunk in chunks for outcome in record_together(chunk)]


def record_together(requests: Sequence[ReceiptRequest]) -> list[Outcome]:
    """Records receipts in one transaction; again, from the start, where another batch took a number meanwhile."""

    def work(session: Session) -> list[Outcome]:
        return record_receipts(session, requests)

    for _attempt in range(RETRIES_MAXIMUM - 1):
        with contextlib.suppress(NumberTaken):
            return run_transaction(work)
    return run_transaction(work)


class GroupCommit:
    """One writer per process that takes whatever has come in and commits it together."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._waiting: queue.SimpleQueue[tuple[ReceiptRequest, Future[Outcome]]] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._writer: threading.Thread | None = None

    def record(self, request: ReceiptRequest) -> Outcome:
        """Hands the receipt over and waits until it is durable or refused."""
        self._ensure_writer()
        future: Future[Outcome] = Future()
        self._waiting.put((request, future))
        return future.result(timeout=ANSWER_SECONDS_MAXIMUM)

    def _ensure_writer(self) -> None:
        # Started at the first receipt and not before: a server forks its workers after it has loaded the application.
        if self._writer is None or not self._writer.is_alive():
            with self._start:
                if self._writer is None or not self._writer.is_alive():
                    self._writer = threading.Thread(target=self._write_for_ever, name="group-commit", daemon=True)
                    self._writer.start()

    def _write_for_ever(self) -> None:
        batch: list[tuple[ReceiptRequest, Future[Outcome]]] = []
        while True:
            in_company = len(batch) > 1
            batch = [self._waiting.get()]
            if in_company:
                time.sleep(COMPANY_SECONDS)
            while len(batch) < BATCH_RECEIPTS_MAXIMUM and not self._waiting.empty():
                batch.append(self._waiting.get())
            with self._app.app_context():
                try:
                    self._write(batch)
                finally:
                    db.session.remove()

    def _write(self, batch: list[tuple[ReceiptRequest, "Future[Outcome]"]]) -> None:
        """Answers every receipt of the batch; where the batch as a whole cannot be written, each one by itself."""
        try:
            outcomes = record_together([request for request, _ in batch])
        except Exception as error:  # the writer must survive, and each caller must hear of its own receipt
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            log.warning("batch_split", receipts=len(batch), error=type(error).__name__)
            for one in batch:
                self._write([one])
            return
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            future.set_result(outcome)
