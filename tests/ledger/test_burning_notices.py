"""Telling members what burns soon: a week ahead, in the morning, once for each day."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.ledger.burning_notices import BATCH_LOTS, next_notice, tell_due
from backend.members import profile
from backend.shared.jobs import run_due_jobs
from tests.conftest import ObedientClock
from tests.factories.ledger import cause, member_with_book
from tests.factories.referrals import told
from tests.factories.shops import a_shop

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST_MOMENT = datetime(2026, 11, 30, 20, 59, 59, 999999, tzinfo=UTC)
"""Of 30 November in Moscow."""
NOTICE = datetime(2026, 11, 23, 7, tzinfo=UTC)
"""A week before, at ten in Moscow."""
DAY = timedelta(days=1)
OF_200 = (
    "200\u00a0points, only until 30 November",
    "What is left after that day burns. You have 200\u00a0points: pay with them at the till, or choose a reward.",
)


@pytest.fixture
def alice(session: Session, clock: ObedientClock) -> UUID:
    clock.set(MONDAY)
    a_shop(session)
    return member_with_book(session)


def credit(session: Session, member_id: UUID, points: int, *, burns_at: datetime, number: int = 1) -> UUID:
    book = service.open_books(session, [member_id], with_lots=True)[member_id]
    key = f"credit:{member_id}:{burns_at}:{number}"
    credited = book.accrue(cause(key, at=MONDAY), points=points, available_at=MONDAY, expires_at=burns_at)
    service.write(session, [book])
    return credited.id


def work(clock: ObedientClock, at: datetime) -> None:
    clock.set(at)
    assert run_due_jobs().failed == ()


def test_a_week_ahead_at_ten_the_member_is_told_what_burns(session: Session, clock: ObedientClock, alice: UUID) -> None:
    credit(session, alice, 200, burns_at=LAST_MOMENT)
    assert next_notice(session) == NOTICE
    work(clock, NOTICE - timedelta(minutes=1))
    assert told(session, alice) == []
    work(clock, NOTICE)
    assert told(session, alice) == [OF_200]


def test_all_that_burns_on_one_day_is_told_at_once_and_once(
    session: Session, clock: ObedientClock, alice: UUID
) -> None:
    credit(session, alice, 120, burns_at=LAST_MOMENT)
    credit(session, alice, 80, burns_at=LAST_MOMENT - timedelta(hours=5))
    for minutes in range(3):
        work(clock, NOTICE + timedelta(minutes=minutes))
    assert told(session, alice) == [OF_200]
    assert next_notice(session) is None


def test_each_day_of_burning_is_told_in_its_turn(session: Session, clock: ObedientClock, alice: UUID) -> None:
    credit(session, alice, 50, burns_at=LAST_MOMENT)
    credit(session, alice, 70, burns_at=LAST_MOMENT + DAY)
    titles = ["50\u00a0points, only until 30 November", "70\u00a0points, only until 1 December"]
    for days in (0, 1):
        work(clock, NOTICE + days * DAY)
        assert [title for title, _body in told(session, alice)] == titles[: days + 1]


def test_a_batch_that_ends_within_a_day_leaves_nobody_out_and_tells_nobody_of_a_part(
    session: Session, clock: ObedientClock, alice: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.ledger.burning_notices.BATCH_LOTS", 2)
    boris = member_with_book(session)
    for number in range(3):
        credit(session, alice, 50, burns_at=LAST_MOMENT, number=number)
    credit(session, boris, 200, burns_at=LAST_MOMENT)
    credit(session, alice, 50, burns_at=LAST_MOMENT, number=3)
    assert BATCH_LOTS > 2
    clock.set(NOTICE)
    assert [tell_due(session, NOTICE) for _ in range(4)] == [2, 2, 1, 0]
    assert told(session, alice) == told(session, boris) == [OF_200]


def test_points_that_activity_prolonged_are_told_with_their_new_day(
    session: Session, clock: ObedientClock, alice: UUID
) -> None:
    credit(session, alice, 200, burns_at=LAST_MOMENT)
    work(clock, NOTICE)
    book = service.open_books(session, [alice], with_lots=True)[alice]
    book.note(cause("purchase", at=NOTICE))
    book.prolong(programme=None, expires_at=LAST_MOMENT + 30 * DAY)
    service.write(session, [book])
    work(clock, NOTICE + 30 * DAY)
    assert [title for title, _body in told(session, alice)][1:] == ["200\u00a0points, only until 30 December"]


def test_what_was_spent_before_is_not_told(session: Session, clock: ObedientClock, alice: UUID) -> None:
    credit(session, alice, 200, burns_at=LAST_MOMENT)
    book = service.open_books(session, [alice], with_lots=True)[alice]
    book.spend(cause("spend", at=MONDAY), points=200)
    service.write(session, [book])
    work(clock, NOTICE)
    assert told(session, alice) == []


def test_a_worker_that_was_away_does_not_tell_of_what_has_burnt(
    session: Session, clock: ObedientClock, alice: UUID
) -> None:
    credit(session, alice, 200, burns_at=LAST_MOMENT)
    credit(session, alice, 70, burns_at=LAST_MOMENT + 3 * DAY)
    work(clock, LAST_MOMENT + DAY)
    assert [title for title, _body in told(session, alice)] == ["70\u00a0points, only until 3 December"]


def test_nobody_is_told_of_points_that_stand_still_or_whose_owner_left(
    session: Session, clock: ObedientClock, alice: UUID
) -> None:
    boris = member_with_book(session)
    for member_id in (alice, boris):
        credit(session, member_id, 200, burns_at=LAST_MOMENT)
    service.freeze(session, [alice], reason="test")
    profile.erase(session, member_id=boris)
    work(clock, NOTICE)
    assert told(session, alice) == told(session, boris) == []
