"""One attempt at a replay, in a process of its own: reads the past, judges it, and says all the while that it lives."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.document import read_programme
from backend.programmes.programme import Programme
from backend.receipts.online_retail import NotThisFormat
from backend.replay import own_receipts, reading, report, running, service
from backend.replay.models import Replay
from backend.replay.past import Past
from backend.replay.synthetic import SyntheticPast
from backend.replay.trial import Trial
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction

BEAT_SECONDS = 1.0
PATIENCE_SECONDS = 20
"""How long the transaction that started this process may take to end."""


class TakenOver(Exception):  # noqa: N818 - nothing is wrong
    """Somebody else has taken the replay up, or whoever started this process has ended."""


class Heart:
    """Says that the attempt lives, and how far it is, at most once a second."""

    def __init__(self, replay_id: UUID, attempt: int) -> None:
        self._replay_id, self._attempt = replay_id, attempt
        self._parent = os.getppid()
        self._beat_at = time.monotonic()
        self.done = 0
        self.total: int | None = None

    def rows_read(self, _rows: int) -> None:
        """Reading goes on."""
        self._beat()

    def judged(self, events: int) -> None:
        """So many more events are judged."""
        self.done += events
        self._beat()

    def _beat(self) -> None:
        if time.monotonic() - self._beat_at < BEAT_SECONDS:
            return
        self._beat_at = time.monotonic()
        if os.getppid() != self._parent or not self._say():
            raise TakenOver

    def _say(self) -> bool:
        # On a connection of its own: the past may be being read in an open transaction.
        with Session(db.engine) as session, session.begin():
            return service.beat(session, self._replay_id, attempt=self._attempt, done=self.done, total=self.total)


def perform(replay_id: UUID, attempt: int, *, processes: int) -> None:
    """Takes the attempt to its end, if it is still ours; must run in an application context.

    Raises:
        TakenOver: it is not ours, or not any more.
    """
    asked = _wait_for(replay_id, attempt)
    heart = Heart(replay_id, attempt)
    try:
        document = _judge(asked, heart, processes)
    except NotThisFormat:
        run_transaction(partial(service.fail, replay_id=replay_id, attempt=attempt, kind="replay.wrong_file"))
    except NoReceipts:
        run_transaction(partial(service.fail, replay_id=replay_id, attempt=attempt, kind="replay.no_receipts"))
    else:
        run_transaction(partial(service.finish, replay_id=replay_id, attempt=attempt, report=document))


class NoReceipts(Exception):  # noqa: N818 - a fact
    """Nobody has bought anything."""


def _wait_for(replay_id: UUID, attempt: int) -> Replay:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        asked = run_transaction(lambda session: _loaded(session, replay_id, attempt))
        if asked is not None:
            return asked
        time.sleep(0.1)
    raise TakenOver


def _loaded(session: Session, replay_id: UUID, attempt: int) -> Replay | None:
    asked = service.held(session, replay_id, attempt=attempt)
    if asked is not None:
        _ = asked.past_file
        session.expunge(asked)
    return asked


def _judge(asked: Replay, heart: Heart, processes: int) -> dict[str, Any]:
    programmes = [read_programme(asked.document, version=asked.version)]
    if asked.against_document is not None:
        programmes.append(read_programme(asked.against_document, version=asked.against_version))
    past, facts = run_transaction(lambda session: _read(session, asked, programmes, heart))
    if not past.members:
        raise NoReceipts
    heart.total = past.events
    trials = [replace(facts, programme=programme) for programme in programmes]
    tallies = running.run(past, trials, processes=processes, progress=heart.judged)
    return report.make(past, trials, tallies, margin_percent=asked.margin_percent).document()


def _read(session: Session, asked: Replay, programmes: list[Programme], heart: Heart) -> tuple[Past, Trial]:
    currency = programmes[0].currency
    facts = Trial(programmes[0], asked.zone, asked.spending_share_percent)
    if asked.past_source == "synthetic":
        return SyntheticPast(asked.past_receipts or 0), facts
    if asked.past_source == "file":
        with _as_file(asked.past_name, asked.past_file or b"") as path:
            past = reading.read(path, currency=currency, zone=None, read_so_far=heart.rows_read)
        return past, replace(facts, zone=past.zone)
    since = business_now() - timedelta(days=asked.past_days) if asked.past_days else None
    past = own_receipts.read(session, currency=currency, since=since, zone=asked.zone, read_so_far=heart.rows_read)
    needs = [programme.needs for programme in programmes]
    codes = sorted(set().union(*(need.segments for need in needs)))
    if codes:
        facts = replace(facts, segments=own_receipts.memberships(session, past.members, codes))
    if any(need.profile for need in needs):
        facts = replace(facts, profiles=own_receipts.profiles(session, past.members))
    return past, facts


@contextmanager
def _as_file(name: str, content: bytes) -> Iterator[Path]:
    suffix = ".csv.gz" if name.endswith(".gz") else ".csv"
    with tempfile.TemporaryDirectory(prefix="molva-replay-") as folder:
        path = Path(folder) / f"receipts{suffix}"
        path.write_bytes(content)
        yield path
