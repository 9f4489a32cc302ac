"""By when an answer comes, in working days, and what happens when none does."""

from datetime import UTC, date, datetime

import pytest

from backend.disputes.deadlines import Promise, deadline_of
from backend.shared.jobs import run_due_jobs

MOSCOW = "Europe/Moscow"


@pytest.mark.parametrize(
    ("opened_at", "due_on"),
    [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), date(2026, 12, 7)),
        (datetime(2026, 11, 20, 9, tzinfo=UTC), date(2026, 12, 4)),
        (datetime(2026, 11, 21, 9, tzinfo=UTC), date(2026, 12, 4)),
        # Late on Sunday in Greenwich it is Monday in Moscow.
        (datetime(2026, 11, 22, 22, tzinfo=UTC), date(2026, 12, 7)),
    ],
)
def test_ten_working_days_after_the_day_of_the_question(opened_at, due_on):
    assert deadline_of(opened_at, promise=Promise(), zone=MOSCOW).due_on == due_on


def test_a_deadline_is_the_end_of_its_day_in_the_shops_zone():
    deadline = deadline_of(datetime(2026, 11, 23, 9, tzinfo=UTC), promise=Promise(), zone=MOSCOW)
    assert deadline.due_at.astimezone(UTC) == datetime(2026, 12, 7, 21, tzinfo=UTC)
    assert deadline.remind_at.astimezone(UTC) == datetime(2026, 12, 2, 21, tzinfo=UTC)


def test_days_off_do_not_count():
    promise = Promise(days_off=frozenset({date(2026, 11, 24), date(2026, 11, 28)}))
    opened_at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert deadline_of(opened_at, promise=promise, zone=MOSCOW).due_on == date(2026, 12, 8)


@pytest.fixture
def dispute(alices):
    return alices.ask(receipt={"number": "0042", "on": "2026-11-20"}).json


def happened(olgas, dispute):
    return [said["kind"] for said in olgas.get(f"/disputes/{dispute['id']}").json["thread"]]


def test_staff_is_reminded_and_then_it_is_escalated_each_once(clock, alices, olgas, dispute):
    clock.set(datetime(2026, 12, 1, 20, 59, tzinfo=UTC))
    run_due_jobs()
    assert happened(olgas, dispute) == ["opened"]
    clock.set(datetime(2026, 12, 1, 21, 0, tzinfo=UTC))
    run_due_jobs()
    assert happened(olgas, dispute) == ["opened", "reminded"]
    clock.set(datetime(2026, 12, 4, 21, 0, tzinfo=UTC))
    run_due_jobs()
    run_due_jobs()
    assert happened(olgas, dispute) == ["opened", "reminded", "escalated"]
    assert olgas.get(f"/disputes/{dispute['id']}").json["escalated_at"] == "2026-12-04T21:00:00+00:00"


def test_what_is_escalated_comes_first(clock, alices, boriss, olgas, dispute):
    clock.advance(days=3, business_only=True)
    later = boriss.ask(receipt={"number": "0043", "on": "2026-11-20"}).json
    assert [one["id"] for one in olgas.get().json["items"]] == [dispute["id"], later["id"]]
    clock.advance(days=20, business_only=True)
    run_due_jobs()
    newest = alices.ask(receipt={"number": "0044", "on": "2026-11-20"}).json
    assert [one["id"] for one in olgas.get().json["items"]] == [dispute["id"], later["id"], newest["id"]]
    assert [one["escalated_at"] is None for one in olgas.get().json["items"]] == [False, False, True]


def test_what_is_decided_in_time_is_left_alone(clock, olgas, dispute):
    olgas.post(f"/disputes/{dispute['id']}/decisions", {"outcome": "refused", "text": "No such receipt."})
    clock.advance(days=60, business_only=True)
    run_due_jobs()
    assert happened(olgas, dispute) == ["opened", "refused"]


def test_lists_of_the_desk(till, alices, olgas, dispute):
    till.sell(alices.id, 150_000)
    settled = alices.ask(entry_id=alices.entries()[0]["id"]).json
    assert [one["id"] for one in olgas.get("/disputes?state=by_rule").json["items"]] == [settled["id"]]
    assert [one["id"] for one in olgas.get("/disputes?state=settled").json["items"]] == [settled["id"]]
    assert olgas.get("/disputes?state=closed").json["items"] == []
    assert olgas.get("/disputes?state=nonsense").status_code == 422


def test_the_queue_goes_on_beyond_its_first_page_most_urgent_first(clock, alices, boriss, olgas, dispute):
    clock.advance(days=20, business_only=True)
    run_due_jobs()
    later = [one.ask(receipt={"number": number, "on": "2026-11-20"}) for one, number in ((alices, "7"), (boriss, "8"))]
    seen, path = [], "/disputes?limit=1"
    while path:
        answer = olgas.get(path).json
        seen += [one["id"] for one in answer["items"]]
        assert len(seen) <= 3, "It goes round in a circle."
        path = answer["next_cursor"] and f"/disputes?limit=1&cursor={answer['next_cursor']}"
    assert seen == [dispute["id"], *(one.json["id"] for one in later)]
