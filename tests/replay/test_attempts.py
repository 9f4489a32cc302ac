"""A replay in a process of its own: begun by the job, killed in the middle, taken up again."""

import os
import signal
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from backend.programmes.document import read_programme
from backend.replay import jobs, queries, service
from backend.replay.models import Replay
from backend.replay.service import SILENT_SECONDS, ChosenPast, Document
from backend.shared.clock import system_now
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from tests.processes import wait_for

TEXT = """
programme: cafe
title: {en: Café, ru: Кофейня}
currency: RUB
point_value_minor: 100
earning: [{rule: base, rate_basis_points: 1000}]
availability: {pending_days: 0}
budgets: [{budget: everything, points: 100000000, period: year}]
"""


def ask(receipts: int) -> UUID:
    document = Document(TEXT, read_programme(TEXT))
    return run_transaction(
        lambda session: service.ask(
            session,
            document=document,
            against=None,
            past=ChosenPast("synthetic", receipts=receipts),
            zone="UTC",
            spending_share_percent=50,
            margin_percent=30,
            by="Marat",
        )
    )


def seen(replay_id: UUID) -> Replay:
    def look(session: object) -> Replay:
        found = queries.replay(session, replay_id)  # type: ignore[arg-type]
        session.refresh(found)  # type: ignore[attr-defined]
        session.expunge(found)  # type: ignore[attr-defined]
        return found

    return run_transaction(look)


@pytest.fixture
def app(committed_app: Flask) -> Flask:
    return committed_app


def test_the_job_starts_it_and_its_process_brings_it_to_its_end(app: Flask) -> None:
    with app.app_context():
        replay_id = ask(300)
        run_due_jobs()
        wait_for(lambda: seen(replay_id).status == "done")
        done = seen(replay_id)
        assert (done.attempt, done.events_done, done.failure) == (1, done.events_total, None)
        wait_for(lambda: all(process.poll() is not None for process in jobs._started))
        run_due_jobs()
        assert seen(replay_id).attempt == 1


def test_killed_in_the_middle_it_is_taken_up_again_after_a_minute_of_silence(app: Flask) -> None:
    with app.app_context():
        replay_id = ask(60_000)
        claimed = run_transaction(lambda session: service.claim(session, now=system_now()))
        assert claimed == (replay_id, 1)
        process = jobs.start(*claimed, app.config["MOLVA"])
        wait_for(lambda: seen(replay_id).events_done > 0)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert seen(replay_id).status == "running"
        later = system_now() + timedelta(seconds=SILENT_SECONDS + 5)
        due = run_transaction(jobs.next_due)
        assert due is not None
        assert due <= later
        assert run_transaction(lambda session: service.claim(session, now=system_now())) is None, "not silent yet"
        again = run_transaction(lambda session: service.claim(session, now=later))
        assert again == (replay_id, 2)
        assert jobs.start(*again, app.config["MOLVA"]).wait() == 0
        done = seen(replay_id)
        assert (done.status, done.attempt) == ("done", 2)


def test_a_process_whose_attempt_is_over_leaves_everything_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        replay_id = ask(300)
        run_transaction(lambda session: service.claim(session, now=system_now()))
        run_transaction(lambda session: service.claim(session, now=system_now() + timedelta(seconds=120)))
        monkeypatch.setattr("backend.replay.performing.PATIENCE_SECONDS", 0.2)
        from backend.replay.performing import TakenOver, perform

        with pytest.raises(TakenOver):
            perform(replay_id, 1, processes=1)
        assert (seen(replay_id).status, seen(replay_id).attempt) == ("running", 2)
