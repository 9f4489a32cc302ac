"""Who stands where: up at once, down at a review, and what a member hears of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Cause
from backend.members.profile import erase
from backend.programmes.programme import Discount, DiscountLevel, Programme, Tiers, Window
from backend.segments import service as segments
from backend.shared.ids import new_id
from backend.tiers import queries
from backend.tiers import service as tiers
from backend.tiers.jobs import TIER_REVIEW
from tests.conftest import ObedientClock
from tests.factories.ledger import member_with_book
from tests.factories.shops import a_store
from tests.factories.tiers import bring_back, buy, ladder_of, programme_with_tiers, put_in_force

# Moscow's midnight, when a tier of 2026 that holds through 2027 is reviewed.
NEW_YEAR_2028 = datetime(2027, 12, 31, 21, 0, tzinfo=UTC)


@pytest.fixture
def alice(session: Session, clock: ObedientClock) -> UUID:
    return member_with_book(session)


@pytest.fixture
def pokrovka(session: Session, alice: UUID) -> UUID:
    return a_store(session).id


def tier_of(session: Session, member_id: UUID) -> str | None:
    return queries.tiers_of(session, [member_id], programme="grain")[member_id]


def in_force(monkeypatch: pytest.MonkeyPatch, clock: ObedientClock, ladder: Tiers | None = None) -> Programme:
    programme = programme_with_tiers(ladder or ladder_of())
    put_in_force(monkeypatch, (clock.now, programme))
    return programme


def spend(session: Session, programme: Programme, store_id: UUID, member_id: UUID, minor: int, at: datetime) -> UUID:
    receipt_id = buy(session, store_id, member_id, minor, at=at)
    tiers.keep_up(session, programme, [(member_id, at)])
    return receipt_id


def review(session: Session, now: datetime) -> None:
    while (due := TIER_REVIEW.next_due(session)) is not None and due <= now:
        assert TIER_REVIEW.run(session, due)


def told(session: Session, member_id: UUID) -> list[str]:
    rows = session.execute(
        text("SELECT kind FROM messages WHERE member_id = :id AND kind LIKE 'tier%' ORDER BY id"), {"id": member_id}
    )
    return list(rows.scalars())


def test_nobody_is_on_the_ladder_before_the_first_level(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    spend(session, programme, pokrovka, alice, 999, clock.now)
    assert tier_of(session, alice) is None
    standing = queries.standing(session, alice, programme=programme, at=clock.now)
    assert standing is not None
    assert (standing.tier, standing.measured, standing.next_tier, standing.missing) == (None, 999, "silver", 1)


def test_a_tier_is_reached_with_the_purchase_that_reaches_it_and_told(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of(grace_days=30))
    spend(session, programme, pokrovka, alice, 999, clock.now)
    spend(session, programme, pokrovka, alice, 1, clock.now)
    assert tier_of(session, alice) == "silver"
    assert told(session, alice) == ["tier_reached"]
    standing = queries.standing(session, alice, programme=programme, at=clock.now)
    assert standing is not None
    assert standing.title == {"en": "Silver", "ru": "Серебро"}
    assert standing.holds_until == NEW_YEAR_2028 + timedelta(days=30)
    assert (standing.next_tier, standing.missing) == ("gold", 4_000)
    assert standing.benefits[0]["ru"] == "Напиток в день рождения"


def test_one_large_purchase_skips_levels(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    spend(session, programme, pokrovka, alice, 20_000, clock.now)
    standing = queries.standing(session, alice, programme=programme, at=clock.now)
    assert standing is not None
    assert (standing.tier, standing.next_tier, standing.missing) == ("platinum", None, 0)


def test_what_the_caller_has_measured_moves_upwards_only(
    session: Session, alice: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    changes = tiers.promote(session, programme, {alice: 5_000}, at=clock.now)
    assert [(one.tier_before, one.tier_after, one.cause) for one in changes] == [(None, "gold", "up")]
    assert tiers.promote(session, programme, {alice: 10}, at=clock.now) == []
    assert tier_of(session, alice) == "gold"


def test_a_return_moves_nobody_and_counts_at_the_review(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    clock.set(datetime(2027, 3, 1, 12, tzinfo=UTC))
    receipt_id = spend(session, programme, pokrovka, alice, 5_000, clock.now)
    bring_back(session, receipt_id, 4_500, at=clock.now + timedelta(days=1))
    clock.advance(days=2)
    spend(session, programme, pokrovka, alice, 1, clock.now)
    assert tier_of(session, alice) == "gold"
    review(session, datetime(2030, 1, 2, tzinfo=UTC))
    assert tier_of(session, alice) is None


@pytest.mark.parametrize(("landing", "expected"), [("soft", "silver"), ("hard", None)])
def test_a_review_lets_down_softly_or_hard(
    session: Session,
    alice: UUID,
    pokrovka: UUID,
    clock: ObedientClock,
    monkeypatch: pytest.MonkeyPatch,
    landing: str,
    expected: str | None,
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of(landing=landing))
    spend(session, programme, pokrovka, alice, 5_000, clock.now)
    clock.set(NEW_YEAR_2028 - timedelta(seconds=1))
    review(session, clock.now)
    assert tier_of(session, alice) == "gold"
    clock.set(NEW_YEAR_2028)
    review(session, clock.now)
    assert tier_of(session, alice) == expected
    assert told(session, alice) == ["tier_reached", "tier_reviewed" if expected else "tier_ended"]


def test_the_days_of_grace_count_for_the_year_that_ended(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of(grace_days=30))
    spend(session, programme, pokrovka, alice, 5_000, clock.now)
    clock.set(NEW_YEAR_2028 + timedelta(days=29))
    spend(session, programme, pokrovka, alice, 5_000, clock.now)
    clock.set(NEW_YEAR_2028 + timedelta(days=30))
    review(session, clock.now)
    standing = queries.standing(session, alice, programme=programme, at=clock.now)
    assert standing is not None
    assert standing.tier == "gold"
    assert standing.holds_until == datetime(2028, 12, 31, 21, 0, tzinfo=UTC) + timedelta(days=30)


def test_a_worker_that_was_away_for_years_catches_up(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    spend(session, programme, pokrovka, alice, 20_000, clock.now)
    clock.set(datetime(2031, 6, 1, tzinfo=UTC))
    # A purchase comes before the worker does.
    spend(session, programme, pokrovka, alice, 10, clock.now)
    rows = session.execute(text("SELECT at, tier_after FROM tier_changes ORDER BY at")).all()
    assert [(row[0].year, row[1]) for row in rows] == [
        (2026, "platinum"),
        (2027, "gold"),
        (2028, "silver"),
        (2029, None),
    ]
    assert TIER_REVIEW.next_due(session) is None


def test_rolling_months_end_on_the_last_day_of_a_shorter_month(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of(window=Window("months", 12)))
    clock.set(datetime(2028, 2, 29, 12, tzinfo=UTC))
    spend(session, programme, pokrovka, alice, 1_000, clock.now)
    standing = queries.standing(session, alice, programme=programme, at=clock.now)
    assert standing is not None
    assert standing.holds_until == datetime(2029, 2, 28, 12, tzinfo=UTC)


def test_for_life_nobody_is_reviewed(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of(window=Window()))
    spend(session, programme, pokrovka, alice, 1_000, clock.now)
    assert TIER_REVIEW.next_due(session) is None
    assert told(session, alice) == ["tier_reached_for_life"]


def test_a_version_with_another_ladder_takes_effect_at_the_review_and_at_the_next_rise(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = programme_with_tiers(ladder_of())
    second = programme_with_tiers(ladder_of(gold=3_000), version=2)
    put_in_force(monkeypatch, (clock.now, first), (clock.now + timedelta(days=5), second))
    spend(session, first, pokrovka, alice, 4_000, clock.now)
    assert tier_of(session, alice) == "silver"
    clock.advance(days=6)
    spend(session, second, pokrovka, alice, 1, clock.now)
    assert tier_of(session, alice) == "gold"


def test_a_tier_that_is_gone_from_the_ladder_lands_where_it_measures(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = programme_with_tiers(ladder_of()), programme_with_tiers(None, version=2)
    put_in_force(monkeypatch, (clock.now, first), (clock.now + timedelta(days=5), second))
    spend(session, first, pokrovka, alice, 20_000, clock.now)
    review(session, NEW_YEAR_2028)
    assert tier_of(session, alice) is None
    assert session.execute(text("SELECT cause FROM tier_changes ORDER BY at DESC LIMIT 1")).scalar_one() == "version"


def test_history_that_is_brought_in_is_told_to_nobody(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    spend(session, programme, pokrovka, alice, 5_000, clock.now - timedelta(days=200))
    assert tier_of(session, alice) == "gold"
    assert told(session, alice) == []


def test_a_late_receipt_counts_together_with_what_came_before_it(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock)
    spend(session, programme, pokrovka, alice, 600, clock.now)
    spend(session, programme, pokrovka, alice, 400, clock.now - timedelta(hours=50))
    assert tier_of(session, alice) == "silver"


def test_days_with_a_purchase_are_the_shops_and_count_once(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of("visits", silver=2, gold=5, platinum=9))
    midnight = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
    spend(session, programme, pokrovka, alice, 100, midnight)
    spend(session, programme, pokrovka, alice, 100, midnight + timedelta(hours=12))
    assert tier_of(session, alice) is None
    spend(session, programme, pokrovka, alice, 100, midnight - timedelta(seconds=1))
    assert tier_of(session, alice) == "silver"


def test_points_count_where_they_were_earned_less_what_was_taken_back(
    session: Session, alice: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = in_force(monkeypatch, clock, ladder_of("points"))

    def cause(reverses_id: UUID | None = None) -> Cause:
        return Cause(
            natural_key=f"test:{new_id()}",
            effective_at=clock.now,
            recorded_at=clock.now,
            wording="ledger.release",
            programme="grain",
            reverses_id=reverses_id,
        )

    books = ledger.open_books(session, [alice], with_lots=True)
    given = books[alice].accrue(cause(), points=1_100, available_at=clock.now, expires_at=None)
    books[alice].take_back(cause(given.id), lot_id=given.id, points=200)
    ledger.write(session, books.values())
    tiers.keep_up(session, programme, [(alice, clock.now)])
    standing = queries.standing(session, alice, programme=programme, at=clock.now)
    assert standing is not None
    assert (standing.tier, standing.measured, standing.missing) == (None, 900, 100)


def test_a_discount_grows_with_spending(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    discount = Discount(Window(), (DiscountLevel(1_000, 300), DiscountLevel(5_000, 500)))
    programme = programme_with_tiers(None)
    assert queries.discount_basis_points(session, alice, programme=programme, at=clock.now) == 0
    programme = type(programme)(**{**vars(programme), "discount": discount})
    buy(session, pokrovka, alice, 999, at=clock.now)
    assert queries.discount_basis_points(session, alice, programme=programme, at=clock.now) == 0
    buy(session, pokrovka, alice, 4_001, at=clock.now)
    assert queries.discount_basis_points(session, alice, programme=programme, at=clock.now) == 500


def test_nobody_who_was_erased_is_reviewed(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(session, in_force(monkeypatch, clock), pokrovka, alice, 5_000, clock.now)
    erase(session, member_id=alice)
    assert TIER_REVIEW.next_due(session) is None


def test_a_segment_may_ask_for_a_tier_and_since_when(
    session: Session, alice: UUID, pokrovka: UUID, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    spend(session, in_force(monkeypatch, clock), pokrovka, alice, 5_000, clock.now)
    gold = {"attribute": "tier", "is": "one_of", "value": ["gold"]}
    lately = {"attribute": "tier_since", "is": "within_days", "value": 7}
    counted = segments.count(session, {"version": 1, "rule": {"all": [gold, lately]}}, at=clock.now)
    assert counted.count == 1
    silver = {"attribute": "tier", "is": "one_of", "value": ["silver"]}
    assert segments.count(session, {"version": 1, "rule": silver}, at=clock.now).count == 0
