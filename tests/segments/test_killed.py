"""A worker that is killed anywhere leaves whole memberships, and the next one goes on where it was."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.segments.models import Segment, SegmentMember, SegmentTouch
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from tests.factories.members import member
from tests.factories.segments import a_segment, leaf

ROOT = Path(__file__).parents[2]
PHONED = leaf("has_phone", "true")
PEOPLE = 7


def kept(session):
    """Each segment's members, and what its own count says."""
    inside = {code: set() for code in session.scalars(select(Segment.code))}
    for code, member_id in session.execute(
        select(Segment.code, SegmentMember.member_id).join(SegmentMember, SegmentMember.segment_id == Segment.id)
    ):
        inside[code].add(member_id)
    counts = dict(session.execute(select(Segment.code, Segment.members_count)).all())
    assert counts == {code: len(members) for code, members in inside.items()}
    return inside


def die(app, tmp_path, place, moment, call):
    command = [sys.executable, "-m", "tests.segments.mortal_jobs", app.config["MOLVA"].database_url, str(tmp_path)]
    died = subprocess.run(
        [*command, place, moment, str(call)], cwd=ROOT, check=False, timeout=120, capture_output=True, text=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr


@pytest.fixture
def shop(committed_app):
    with committed_app.app_context():
        run_transaction(lambda session: a_segment(session, "phoned", PHONED))
        run_transaction(lambda session: a_segment(session, "not-phoned", {"not": {"segment": "phoned"}}))
        run_due_jobs()
        yield committed_app


@pytest.mark.parametrize(
    ("place", "moment", "call", "done"),
    [
        ("backend.segments.touching:_collect", "after", 1, 0),
        ("backend.segments.touching:keep_up", "before", 2, 2),
        ("backend.segments.touching:keep_up", "after", 2, 2),
        ("backend.segments.touching:work", "after", 3, 4),
    ],
)
def test_chunks_are_whole_and_the_rest_is_not_lost(shop, tmp_path, place, moment, call, done):
    people = {run_transaction(lambda session: member(session).id) for _ in range(PEOPLE)}

    die(shop, tmp_path, place, moment, call)

    left = run_transaction(kept)
    assert len(left["phoned"]) == done
    assert left["phoned"] <= people
    assert left["not-phoned"] == set()
    marked = select(SegmentTouch.member_id).where(SegmentTouch.done_at.is_not(None))
    assert run_transaction(lambda session: set(session.scalars(marked))) == left["phoned"]

    run_due_jobs()
    assert run_transaction(kept) == {"phoned": people, "not-phoned": set()}


@pytest.mark.parametrize(
    ("place", "moment"),
    [("backend.segments.recomputing:_postpone", "before"), ("backend.segments.recomputing:_hurry", "after")],
)
def test_a_membership_that_is_being_made_anew_is_the_old_one_until_it_is_whole(shop, tmp_path, place, moment):
    people = {run_transaction(lambda session: member(session).id) for _ in range(PEOPLE)}
    run_due_jobs()
    run_transaction(lambda session: a_segment(session, "phoned", leaf("has_phone", "false")))

    die(shop, tmp_path, place, moment, 1)

    assert run_transaction(kept) == {"phoned": people, "not-phoned": set()}
    run_due_jobs()
    assert run_transaction(kept) == {"phoned": set(), "not-phoned": people}
