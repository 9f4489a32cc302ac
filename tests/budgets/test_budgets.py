"""Budgets: what is left, what is taken and given back, in which period, and what a new version does to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.budgets.errors import SlicesMoved
from backend.budgets.jobs import BUDGET_NOTICES
from backend.budgets.queries import BudgetStanding, standings
from backend.programmes.programme import Budget, Programme
from backend.shared.clock import business_now
from backend.shared.jobs import run_due_jobs
from tests.budgets.shop import give, lay_out, points_left, programme_with
from tests.conftest import ObedientClock
from tests.factories.ledger import member_with_book

NOVEMBER = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)


@pytest.fixture
def alice(session: Session, clock: ObedientClock) -> UUID:
    return member_with_book(session)


def standing(session: Session, programme: Programme, *, at: datetime = NOVEMBER) -> BudgetStanding:
    return standings(session, programme, at=at)[0]


def spread(session: Session, moved: SlicesMoved) -> None:
    for period_id, wanted in moved.moved.items():
        budgets.rebalance(session, period_id=period_id, wanted=wanted)


def test_a_programme_without_budgets_knows_no_limit(session: Session, alice: UUID) -> None:
    opened = budgets.open_budgets(session, [programme_with()], [alice], at=NOVEMBER)
    assert opened.view(programme_with(), alice).left("promotions") is None


def test_what_is_taken_is_gone_for_the_next_one(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 150, "month"))
    assert give(session, programme, [alice], 100, at=NOVEMBER) == 100
    assert give(session, programme, [alice], 100, at=NOVEMBER) == 50
    assert give(session, programme, [alice], 100, at=NOVEMBER) == 0
    assert standing(session, programme).points_spent == 150


def test_members_of_a_batch_share_one_budget(session: Session, alice: UUID) -> None:
    guests = [alice, *(member_with_book(session) for _ in range(3))]
    assert give(session, programme_with(Budget("promotions", 250, "month")), guests, 100, at=NOVEMBER) == 250


def test_a_slice_that_is_short_asks_for_spreading_until_the_last_point_is_exact(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 6_400, "month"))
    give(session, programme, [alice], 1, at=NOVEMBER)
    assert len(lay_out(session, "promotions")) == 8
    with pytest.raises(SlicesMoved) as caught:
        give(session, programme, [alice], 1_000, at=NOVEMBER)
    spread(session, caught.value)
    assert lay_out(session, "promotions") == [(0, 6_399)]
    assert give(session, programme, [alice], 10_000, at=NOVEMBER) == 6_399


def test_a_batch_asks_for_all_that_it_wants_of_a_slice(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 6_400, "month"))
    opened = budgets.open_budgets(session, [programme], [alice], at=NOVEMBER)
    view = opened.view(programme, alice)
    for _ in range(8):
        view.take("promotions", 100)
    with pytest.raises(SlicesMoved) as caught:
        view.take("promotions", 100)
    assert [wanted.largest_take for wanted in caught.value.moved.values()] == [900]


def test_nothing_is_spread_that_holds_enough(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 6_400, "month"))
    give(session, programme, [alice], 1, at=NOVEMBER)
    before = lay_out(session, "promotions")
    with pytest.raises(SlicesMoved) as caught:
        give(session, programme, [alice], 1_000, at=NOVEMBER)
    spread(session, caught.value)
    after = lay_out(session, "promotions")
    spread(session, caught.value)
    assert lay_out(session, "promotions") == after != before


def test_each_member_has_a_limit_of_ones_own(session: Session, alice: UUID) -> None:
    boris = member_with_book(session)
    programme = programme_with(Budget("birthday", 100, "year", scope="member"))
    assert give(session, programme, [alice, boris], 70, at=NOVEMBER) == 140
    assert give(session, programme, [alice], 70, at=NOVEMBER) == 30
    found = standing(session, programme)
    assert (found.points_total, found.points_spent, found.members, found.members_at_end) == (100, 170, 2, 1)
    assert found.percent_spent == 50


def test_the_narrowest_budget_decides(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("each", 30, "day", scope="member"), Budget("promotions", 50, "month"))
    assert give(session, programme, [alice], 100, at=NOVEMBER) == 30
    assert points_left(session, "promotions") == 20


def test_a_new_period_begins_with_all_of_it(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 100, "month"))
    give(session, programme, [alice], 100, at=NOVEMBER)
    # Midnight of the shop, which is in Moscow, three hours before that of Greenwich.
    assert give(session, programme, [alice], 100, at=datetime(2026, 11, 30, 20, 59, tzinfo=UTC)) == 0
    assert give(session, programme, [alice], 100, at=datetime(2026, 11, 30, 21, 0, tzinfo=UTC)) == 100


def test_a_late_receipt_takes_from_the_period_of_its_own_time(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 100, "month"))
    moments = [NOVEMBER, NOVEMBER + timedelta(days=20)]
    opened = budgets.open_budgets(session, [programme], [alice], at=moments)
    opened.view(programme, alice, at=moments[0]).take("promotions", 60)
    opened.view(programme, alice, at=moments[1]).take("promotions", 10)
    budgets.write(session, opened)
    assert standing(session, programme, at=moments[0]).points_spent == 60
    assert standing(session, programme, at=moments[1]).points_spent == 10


@pytest.mark.parametrize("scope", ["all", "member"])
def test_what_comes_back_comes_back_to_its_own_period(session: Session, alice: UUID, scope: str) -> None:
    programme = programme_with(Budget("promotions", 6_400, "month", scope=scope))
    give(session, programme, [alice], 100, at=NOVEMBER)
    december = NOVEMBER + timedelta(days=20)
    give(session, programme, [alice], 100, at=december)
    budgets.give_back(session, programme, alice, {"promotions": 40, "gone": 7}, at=NOVEMBER)
    assert standing(session, programme).points_spent == 60
    assert standing(session, programme, at=december).points_spent == 100


def test_what_comes_back_is_not_lost_where_the_home_slice_is_gone(session: Session, alice: UUID) -> None:
    programme = programme_with(Budget("promotions", 6_400, "month"))
    give(session, programme, [alice], 100, at=NOVEMBER)
    # As a transaction sees it that read the period before somebody else spread it.
    session.execute(text("UPDATE budget_periods SET slices = 64"))
    for _ in range(20):
        budgets.give_back(session, programme, member_with_book(session), {"promotions": 1}, at=NOVEMBER)
    assert points_left(session, "promotions") == 6_320


def test_a_version_that_gives_more_adds_to_what_is_left(session: Session, alice: UUID) -> None:
    first = programme_with(Budget("promotions", 100, "month"))
    give(session, first, [alice], 80, at=NOVEMBER)
    second = replace(programme_with(Budget("promotions", 300, "month")), version=2)
    with pytest.raises(SlicesMoved) as caught:
        give(session, second, [alice], 10, at=NOVEMBER)
    spread(session, caught.value)
    assert give(session, second, [alice], 1_000, at=NOVEMBER) == 220
    # A receipt that comes late, under the older version, finds the same purse and changes nothing of it.
    assert give(session, first, [alice], 10, at=NOVEMBER) == 0
    assert (standing(session, second).points_total, standing(session, second).points_spent) == (300, 300)


def test_a_version_that_gives_less_than_was_spent_ends_it_until_enough_came_back(session: Session, alice: UUID) -> None:
    first = programme_with(Budget("promotions", 100, "month"))
    give(session, first, [alice], 80, at=NOVEMBER)
    second = programme_with(Budget("promotions", 50, "month"), version=2)
    with pytest.raises(SlicesMoved) as caught:
        give(session, second, [alice], 10, at=NOVEMBER)
    spread(session, caught.value)
    assert give(session, second, [alice], 10, at=NOVEMBER) == 0
    assert standing(session, second).points_spent == 80
    budgets.give_back(session, second, alice, {"promotions": 35}, at=NOVEMBER)
    assert standing(session, second).points_spent == 45
    assert give(session, second, [alice], 10, at=NOVEMBER) == 5


def test_another_kind_of_period_counts_anew(session: Session, alice: UUID) -> None:
    january = datetime(2027, 1, 1, 12, tzinfo=UTC)
    give(session, programme_with(Budget("promotions", 100, "month")), [alice], 100, at=january)
    assert give(session, programme_with(Budget("promotions", 70, "year"), version=2), [alice], 100, at=january) == 70


def test_the_worker_finds_what_is_to_be_told(session: Session) -> None:
    give(
        session,
        programme_with(Budget("promotions", 1_000, "month")),
        [member_with_book(session)],
        900,
        at=business_now(),
    )
    run_due_jobs()
    told = session.execute(text("SELECT count(*) FROM audit_log WHERE action = 'budget_nearly_spent'"))
    assert told.scalar_one() == 1


def test_four_fifths_and_the_end_are_told_once_each(session: Session, alice: UUID, clock: ObedientClock) -> None:
    programme = programme_with(Budget("promotions", 1_000, "month"))
    told = text("SELECT action FROM audit_log WHERE subject = 'budget:grain:promotions' ORDER BY at, action")

    def pass_by() -> list[str]:
        due = BUDGET_NOTICES.next_due(session)
        if due is not None:
            BUDGET_NOTICES.run(session, due)
            session.flush()
        assert BUDGET_NOTICES.next_due(session) is None
        return list(session.execute(told).scalars())

    give(session, programme, [alice], 799, at=clock.now)
    assert pass_by() == []
    give(session, programme, [alice], 1, at=clock.now)
    assert pass_by() == ["budget_nearly_spent"]
    give(session, programme, [alice], 200, at=clock.now)
    assert pass_by() == ["budget_nearly_spent", "budget_spent"]
    found = standing(session, programme)
    assert (found.nearly_spent_at, found.spent_at) == (clock.now, clock.now)


def test_a_batch_takes_from_few_slices_however_many_members_it_has(session: Session, alice: UUID) -> None:
    guests = [alice, *(member_with_book(session) for _ in range(39))]
    give(session, programme_with(Budget("promotions", 640_000, "month")), guests, 10, at=NOVEMBER)
    touched = [points for _, points in lay_out(session, "promotions") if points < 10_000]
    assert sum(10_000 - points for points in touched) == 400
    assert len(touched) <= 3
