"""The demo's clock: business time alone, forward alone, in due order, one after the other, kept for ever."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.demo import clock as demo_clock
from backend.shared.clock import business_now, system_now
from backend.shared.clock import clock as the_clock
from backend.shared.db import db, run_transaction, transaction
from backend.shared.jobs import Job

DAY = 24 * 3600


def post(client: FlaskClient, seconds: object):
    return client.post("/demo/clock", json={"advance_seconds": seconds})


def offset_days(answer) -> float:
    return (datetime.fromisoformat(answer.json["now"]) - system_now()) / timedelta(days=1)


def test_business_time_moves_and_system_time_does_not(demo_app: Flask, here: FlaskClient) -> None:
    before = system_now()
    assert offset_days(post(here, 14 * DAY)) == pytest.approx(14, abs=0.01)
    assert the_clock.business_offset == timedelta(days=14)
    assert system_now() - before < timedelta(days=1)


def test_every_process_sees_it_at_its_next_request(demo_app: Flask, here: FlaskClient) -> None:
    post(here, 3 * DAY)
    the_clock.business_offset = timedelta(0)  # as another process would still have it
    here.get("/demo/till-key")
    assert the_clock.business_offset == timedelta(days=3)


def test_every_transaction_of_a_worker_sees_it(demo_app: Flask, here: FlaskClient) -> None:
    post(here, 3 * DAY)
    the_clock.business_offset = timedelta(0)
    with demo_app.app_context():
        run_transaction(lambda session: session.execute(text("SELECT 1")))
    assert the_clock.business_offset == timedelta(days=3)


def test_it_survives_a_restart(demo_app: Flask, here: FlaskClient) -> None:
    post(here, DAY)
    the_clock.business_offset = timedelta(0)
    restarted = create_app(demo_app.config["MOLVA"])
    assert offset_days(post(restarted.test_client(), 0)) == pytest.approx(1, abs=0.01)
    with restarted.app_context():
        db.engine.dispose()


def test_outside_the_demo_no_transaction_looks_at_it(demo_app: Flask, here: FlaskClient, committed_app: Flask) -> None:
    post(here, DAY)
    the_clock.business_offset = timedelta(0)
    with committed_app.app_context(), transaction() as session:
        session.execute(text("SELECT 1"))
        assert business_now() - system_now() < timedelta(seconds=1)


def test_backwards_absurd_or_no_number_is_refused_in_words(here: FlaskClient) -> None:
    for wrong in (-1, 10**12, 3_661 * DAY, "86400", 1.5, True, None, [1]):
        answer = post(here, wrong)
        assert answer.status_code == 422, wrong
        assert list(answer.json["errors"]) == ["advance_seconds"]


def test_a_century_is_the_end(here: FlaskClient) -> None:
    for _decade in range(10):
        assert post(here, 3_660 * DAY).status_code == 200
    assert post(here, DAY).status_code == 422
    assert offset_days(post(here, 0)) == pytest.approx(36_600, abs=0.01)


def test_what_is_no_json_is_refused(here: FlaskClient) -> None:
    assert here.post("/demo/clock", data='{"advance_seconds": 1}', content_type="text/plain").status_code == 415
    assert here.post("/demo/clock", json={"advance_seconds": 1, "speed": 2}).status_code == 422


class Diary:
    """Two kinds of due things in a table, done one by one; what was done when is written down."""

    def __init__(self, app: Flask) -> None:
        self.done: list[tuple[str, float]] = []
        self.offsets_days: list[int] = []
        self._app = app
        self.started = system_now()
        with app.app_context(), transaction() as session:
            session.execute(text("CREATE TABLE diary (name text, due_at timestamptz)"))
        for name in ("release", "expiry"):
            app.extensions["molva_jobs"].register(
                Job(name=name, clock="business", next_due=self._next_due(name), run=self._run(name))
            )

    def write(self, name: str, *, days: float) -> None:
        with self._app.app_context(), transaction() as session:
            at = self.started + timedelta(days=days)
            session.execute(text("INSERT INTO diary VALUES (:name, :at)"), {"name": name, "at": at})

    def _next_due(self, name: str) -> Callable[[Session], datetime | None]:
        query = text("SELECT min(due_at) FROM diary WHERE name = :name")
        return lambda session: session.execute(query, {"name": name}).scalar()

    def _run(self, name: str) -> Callable[[Session, datetime], int]:
        def run(session: Session, now: datetime) -> int:
            due = "SELECT ctid FROM diary WHERE name = :name AND due_at <= :now FOR UPDATE SKIP LOCKED"
            done = session.execute(
                text(f"DELETE FROM diary WHERE ctid = ANY(ARRAY({due})) RETURNING due_at"),
                {"name": name, "now": now},
            ).all()
            self.done += [(name, round((at - self.started) / timedelta(days=1), 3)) for (at,) in done]
            self.offsets_days += [the_clock.business_offset.days] * len(done)
            return len(done)

        return run


def test_what_became_due_is_done_in_due_order_before_the_answer(demo_app: Flask, here: FlaskClient) -> None:
    diary = Diary(demo_app)
    for days in (5, 1, 3, 40):
        diary.write("release", days=days)
    for days in (4, 2, 50):
        diary.write("expiry", days=days)
    assert post(here, 30 * DAY).status_code == 200
    assert diary.done == [
        ("release", 1.0),
        ("expiry", 2.0),
        ("release", 3.0),
        ("expiry", 4.0),
        ("release", 5.0),
    ]


def test_two_at_once_follow_each_other(demo_app: Flask) -> None:
    diary = Diary(demo_app)
    for days in range(1, 21):
        diary.write("release", days=days)
    answers: list[float] = []
    barrier = threading.Barrier(2)

    def move() -> None:
        barrier.wait()
        answers.append(offset_days(post(demo_app.test_client(), 10 * DAY)))

    threads = [threading.Thread(target=move) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [pytest.approx(10, abs=0.01), pytest.approx(20, abs=0.01)]
    assert [days for _name, days in diary.done] == [float(days) for days in range(1, 21)]
    assert diary.offsets_days == [10] * 10 + [20] * 10


def test_what_another_process_is_doing_is_waited_for(demo_app: Flask, here: FlaskClient) -> None:
    """A worker holds the row of a due thing; the answer comes when the worker is done."""
    diary = Diary(demo_app)
    diary.write("release", days=1)
    held, may_end = threading.Event(), threading.Event()

    def work() -> None:
        with demo_app.app_context(), db.engine.begin() as connection:
            connection.execute(text("DELETE FROM diary"))
            held.set()
            may_end.wait()

    worker = threading.Thread(target=work)
    worker.start()
    held.wait()
    answer = []
    asking = threading.Thread(target=lambda: answer.append(post(here, 2 * DAY)))
    asking.start()
    asking.join(timeout=0.5)
    assert answer == []
    may_end.set()
    asking.join()
    worker.join()
    assert answer[0].status_code == 200


def test_the_past_is_lived_in_only_inside_its_block(demo_app: Flask) -> None:
    past = system_now() - timedelta(days=100)
    with demo_app.app_context():
        with demo_clock.living_at(past):
            run_transaction(lambda session: session.execute(text("SELECT 1")))
            assert abs(business_now() - past) < timedelta(seconds=5)
        run_transaction(lambda session: session.execute(text("SELECT 1")))
        assert abs(business_now() - system_now()) < timedelta(seconds=1)
