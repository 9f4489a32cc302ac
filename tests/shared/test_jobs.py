"""What becomes due is done in due order, batch by batch, and one job in trouble does not stop the others."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask
from psycopg import OperationalError
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from backend.shared.clock import business_now, system_now
from backend.shared.db import db
from backend.shared.jobs import Job, Jobs, Round, registered_jobs, run_due_jobs
from tests.conftest import ObedientClock


@dataclass
class Diary:
    """Due things by job, and what was done when: each batch with its job, its moment and its size."""

    jobs: Jobs
    due: dict[str, list[datetime]] = field(default_factory=dict)
    done: list[tuple[str, datetime, int]] = field(default_factory=list)

    def job(
        self,
        name: str,
        *due: datetime,
        clock: str = "business",
        batch: int = 100,
        goes_ahead: bool = False,
        meanwhile: Callable[[Session], object] = lambda _session: None,
    ) -> None:
        """A job with things due at these moments that does `batch` of them at once, and `meanwhile` before it."""
        self.due[name] = sorted(due)

        def run(session: Session, now: datetime) -> int:
            meanwhile(session)
            batch_of = [at for at in self.due[name] if at <= now][:batch]
            self.due[name] = self.due[name][len(batch_of) :]
            self.done.append((name, now, len(batch_of)))
            return len(batch_of)

        def next_due(_session: Session) -> datetime | None:
            return min(self.due[name], default=None)

        job = Job(name=name, clock=clock, next_due=next_due, run=run, goes_ahead=goes_ahead)  # type: ignore[arg-type]
        self.jobs.register(job)

    def names(self) -> list[str]:
        """The jobs in the order of their batches."""
        return [name for name, _at, _size in self.done]


@pytest.fixture
def diary(app: Flask, session: Session, clock: object, monkeypatch: pytest.MonkeyPatch) -> Diary:
    jobs = Jobs()
    monkeypatch.setitem(app.extensions, "molva_jobs", jobs)
    return Diary(jobs)


def ago(**duration: float) -> datetime:
    return business_now() - timedelta(**duration)


def raises(_session: Session) -> None:
    raise RuntimeError("the printer is on fire")


def breaks_its_transaction(session: Session) -> None:
    session.execute(text("SELECT * FROM nowhere"))


def test_what_is_due_first_is_done_first(diary: Diary) -> None:
    released, burnt, told = ago(days=3), ago(days=2), ago(days=1)
    diary.job("expiry", burnt)
    diary.job("release", released, told)
    assert run_due_jobs() == Round(handled=3, failed=())
    assert diary.done == [("release", released, 1), ("expiry", burnt, 1), ("release", told, 1)]


def test_a_job_that_goes_ahead_takes_many_moments_up_to_the_next_one_of_another_of_its_clock(diary: Diary) -> None:
    told, burnt = ago(days=6), ago(days=3)
    diary.job("notices", told)
    diary.job("release", ago(days=9), ago(days=8), told, ago(days=5), burnt, ago(days=2), ago(days=1), goes_ahead=True)
    diary.job("expiry", burnt)
    run_due_jobs()
    assert diary.done == [
        # At one moment, whatever was registered first comes first.
        ("release", told - timedelta(microseconds=1), 2),
        ("notices", told, 1),
        ("release", burnt, 3),
        ("expiry", burnt, 1),
        ("release", business_now(), 2),
    ]


def test_a_job_that_is_left_alone_and_one_of_the_other_clock_hold_nobody_back(diary: Diary) -> None:
    diary.job("broken", ago(days=3), meanwhile=raises)
    diary.job("release", ago(days=4), ago(days=2), ago(days=1), goes_ahead=True)
    diary.job("sealing", ago(days=2), clock="system")
    run_due_jobs()
    assert [(name, size) for name, _at, size in diary.done] == [("release", 1), ("sealing", 1), ("release", 2)]


def test_years_of_the_business_that_are_caught_up_on_keep_no_job_of_the_machine_waiting(diary: Diary) -> None:
    long_ago = business_now() - timedelta(days=3_650)
    diary.job("ledger_release", *(long_ago + timedelta(days=day) for day in range(50)))
    diary.job("reservation_timeout", system_now() - timedelta(seconds=1), clock="system")
    run_due_jobs()
    assert diary.names()[:2] == ["ledger_release", "reservation_timeout"]
    assert diary.names()[2:] == ["ledger_release"] * 49


def test_what_is_not_due_yet_waits(diary: Diary) -> None:
    diary.job("release", business_now() + timedelta(seconds=1))
    assert run_due_jobs() == Round(handled=0, failed=())
    assert diary.done == []


@pytest.mark.parametrize("face", ["business", "system"])
def test_what_is_due_at_once_is_done_however_long_asking_takes(diary: Diary, clock: ObedientClock, face: str) -> None:
    def due_at_once(_session: Session) -> datetime | None:
        clock.advance(seconds=5)
        return None if diary.done else {"business": business_now, "system": system_now}[face]()

    def run(_session: Session, now: datetime) -> int:
        diary.done.append(("review", now, 1))
        return 1

    diary.jobs.register(Job(name="review", clock=face, next_due=due_at_once, run=run))  # type: ignore[arg-type]
    assert run_due_jobs() == Round(handled=1, failed=())


def test_work_is_done_in_bounded_batches(diary: Diary) -> None:
    due = ago(days=1)
    diary.job("release", *[due] * 7, batch=3)
    assert run_due_jobs().handled == 7
    assert diary.done == [("release", due, 3), ("release", due, 3), ("release", due, 1)]


def test_the_business_jumps_and_the_machine_does_not(diary: Diary, clock: ObedientClock) -> None:
    in_an_hour = business_now() + timedelta(hours=1)
    diary.job("release", in_an_hour)
    diary.job("expired_secrets", in_an_hour, clock="system")
    clock.advance(days=1, business_only=True)
    run_due_jobs()
    assert diary.names() == ["release"]

    clock.advance(hours=1)
    assert system_now() == in_an_hour
    run_due_jobs()
    assert diary.names() == ["release", "expired_secrets"]


@pytest.mark.parametrize("trouble", [raises, breaks_its_transaction])
def test_a_job_that_fails_does_not_stop_those_behind_it(diary: Diary, trouble: Callable[[Session], None]) -> None:
    diary.job("broken", ago(days=3), meanwhile=trouble)
    diary.job("release", ago(days=2), ago(days=1))
    with capture_logs() as logged:
        assert run_due_jobs() == Round(handled=2, failed=("broken",))
    assert diary.names() == ["release", "release"]
    assert [(line["log_level"], line["job"]) for line in logged] == [("error", "broken")]


def test_a_job_that_cannot_say_when_it_is_due_does_not_stop_the_others(diary: Diary) -> None:
    broken = Job(name="broken", clock="business", next_due=breaks_its_transaction, run=lambda _session, _now: 1)
    diary.jobs.register(broken)
    diary.job("release", ago(days=2))
    with capture_logs() as logged:
        assert run_due_jobs() == Round(handled=1, failed=("broken",))
    assert [line["job"] for line in logged] == ["broken"]


def test_what_failed_leaves_nothing_behind_and_is_tried_again_at_the_next_round(diary: Diary, session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE notes (line text)"))
    session.commit()
    attempts: list[str] = []

    def writes_and_raises_once(session: Session) -> None:
        session.execute(text("INSERT INTO notes VALUES ('attempt')"))
        attempts.append("attempt")
        if len(attempts) == 1:
            raise RuntimeError

    diary.job("release", ago(days=1), meanwhile=writes_and_raises_once)
    assert run_due_jobs() == Round(handled=0, failed=("release",))
    assert session.scalar(text("SELECT count(*) FROM notes")) == 0

    assert run_due_jobs() == Round(handled=1, failed=())
    assert session.scalar(text("SELECT count(*) FROM notes")) == 1
    assert run_due_jobs() == Round(handled=0, failed=())


def test_a_job_that_handles_nothing_although_due_ends_its_round_and_not_that_of_others(diary: Diary) -> None:
    diary.job("audience", ago(days=3), batch=0)
    diary.job("release", ago(days=2))
    assert run_due_jobs() == Round(handled=1, failed=())
    assert diary.names() == ["audience", "release"]
    run_due_jobs()
    assert diary.names() == ["audience", "release", "audience"]


def test_a_database_that_is_away_is_no_jobs_fault(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.engine, "dispose", lambda: None)  # the test's own connection is in use

    def loses_the_database(_session: Session) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    diary.job("release", ago(days=2), meanwhile=loses_the_database)
    diary.job("expiry", ago(days=1))
    with pytest.raises(OperationalError):
        run_due_jobs()
    assert diary.done == []


def test_a_name_is_used_once(diary: Diary) -> None:
    diary.job("release")
    with pytest.raises(ValueError, match="release"):
        diary.job("release")
    assert [job.name for job in registered_jobs()] == ["release"]
