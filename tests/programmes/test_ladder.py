"""The ladder, pure: thresholds, how long a tier holds, what a review does; whatever the numbers are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.programmes import ladder
from backend.programmes.ladder import Standing
from backend.programmes.programme import Discount, DiscountLevel, Tiers, Window
from tests.factories.tiers import ladder_of

MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
NOVEMBER = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
WINDOWS = st.sampled_from([Window("year"), Window("months", 1), Window("months", 12), Window()])
LADDERS = st.builds(ladder_of, window=WINDOWS, grace_days=st.integers(0, 60), landing=st.sampled_from(["soft", "hard"]))
BOUNDS = (datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - the zone comes beside them
MOMENTS = st.datetimes(*BOUNDS, timezones=st.just(UTC))
ZONES = st.sampled_from([MOSCOW, BERLIN, "America/Santiago", "Pacific/Kiritimati"])
MEASURED = st.one_of(st.integers(0, 30_000), st.sampled_from([999, 1_000, 4_999, 5_000, 19_999, 20_000]))
TIERS = st.sampled_from([None, "silver", "gold", "platinum"])


@pytest.mark.parametrize(
    ("measured", "tier"),
    [(0, None), (999, None), (1_000, "silver"), (4_999, "silver"), (5_000, "gold"), (10**9, "platinum")],
)
def test_a_level_begins_with_its_threshold(measured: int, tier: str | None) -> None:
    assert ladder.reached(ladder_of(), measured) == tier


@pytest.mark.parametrize(
    ("window", "grace_days", "until"),
    [
        (Window("year"), 0, datetime(2027, 12, 31, 21, 0, tzinfo=UTC)),
        (Window("year"), 30, datetime(2028, 1, 30, 21, 0, tzinfo=UTC)),
        (Window("months", 3), 0, datetime(2027, 2, 22, 9, 31, tzinfo=UTC)),
        (Window("months", 3), 5, datetime(2027, 2, 27, 9, 31, tzinfo=UTC)),
        (Window(), 30, None),
    ],
)
def test_how_long_a_tier_holds(window: Window, grace_days: int, until: datetime | None) -> None:
    assert ladder.holds_until(ladder_of(window=window, grace_days=grace_days), NOVEMBER, MOSCOW) == until


def test_the_year_is_the_shops() -> None:
    last_hour = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    assert ladder.holds_until(ladder_of(), last_hour, MOSCOW) == datetime(2028, 12, 31, 21, 0, tzinfo=UTC)
    assert ladder.holds_until(ladder_of(), last_hour, BERLIN) == datetime(2027, 12, 31, 23, 0, tzinfo=UTC)


def test_a_year_that_begins_on_29_february_is_twelve_months() -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert ladder.span_of(Window("months", 12), leap, MOSCOW).since == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert ladder.holds_until(ladder_of(window=Window("months", 12)), leap, MOSCOW) == datetime(
        2029, 2, 28, 12, tzinfo=UTC
    )


def test_months_keep_the_time_of_day_when_clocks_change() -> None:
    # Noon of Berlin in March, before its summer time, and in April, in it.
    at = datetime(2027, 4, 20, 10, tzinfo=UTC)
    assert ladder.span_of(Window("months", 1), at, BERLIN).since == datetime(2027, 3, 20, 11, tzinfo=UTC)


def test_soft_landing_takes_one_level_and_hard_landing_all() -> None:
    standing = Standing("platinum", NOVEMBER, NOVEMBER + timedelta(days=500))
    due = datetime(2027, 12, 31, 21, 0, tzinfo=UTC)
    soft, hard = ladder_of(landing="soft"), ladder_of(landing="hard")
    assert ladder.review(soft, standing, 1_000, due, MOSCOW).tier == "gold"
    assert ladder.review(hard, standing, 1_000, due, MOSCOW).tier == "silver"
    assert ladder.review(hard, standing, 0, due, MOSCOW) == Standing(None, due, None)


def test_a_kept_tier_is_held_since_it_was_reached() -> None:
    standing = Standing("gold", NOVEMBER, datetime(2027, 12, 31, 21, 0, tzinfo=UTC))
    assert standing.holds_until is not None
    kept = ladder.review(ladder_of(), standing, 5_000, standing.holds_until, MOSCOW)
    assert kept == Standing("gold", NOVEMBER, datetime(2028, 12, 31, 21, 0, tzinfo=UTC))


def test_a_discount_grows() -> None:
    discount = Discount(Window(), (DiscountLevel(500_000, 300), DiscountLevel(2_000_000, 500)))
    assert [ladder.discount_of(discount, spent) for spent in (0, 499_999, 500_000, 2_000_000)] == [0, 0, 300, 500]


@given(tiers=LADDERS, tier=TIERS, measured=MEASURED, at=MOMENTS, zone=ZONES)
def test_nobody_rises_downwards(tiers: Tiers, tier: str | None, measured: int, at: datetime, zone: str) -> None:
    before = Standing(tier, at - timedelta(days=3), None)
    after = ladder.rise(tiers, before, measured, at, zone)
    assert after is not None
    assert ladder.rank(tiers, after.tier) == max(
        ladder.rank(tiers, tier), ladder.rank(tiers, ladder.reached(tiers, measured))
    )
    assert after == before or after.since == at


@given(tiers=LADDERS, tier=TIERS, measured=MEASURED, at=MOMENTS, zone=ZONES)
def test_a_review_lands_between_what_was_measured_and_one_level_down(
    tiers: Tiers, tier: str | None, measured: int, at: datetime, zone: str
) -> None:
    due = ladder.holds_until(tiers, at, zone)
    if due is None:
        return
    landed = ladder.review(tiers, Standing(tier, at, due), measured, due, zone)
    place, reached = ladder.rank(tiers, landed.tier), ladder.rank(tiers, ladder.reached(tiers, measured))
    assert place >= reached
    assert place == reached or (tiers.landing == "soft" and place == ladder.rank(tiers, tier) - 1)
    # Time goes on: the next review is later, and there is none below the first level.
    assert (landed.holds_until is None) == (landed.tier is None)
    assert landed.holds_until is None or landed.holds_until > due


@given(tiers=LADDERS, at=MOMENTS, zone=ZONES)
def test_a_review_counts_what_was_bought_while_the_tier_was_held(tiers: Tiers, at: datetime, zone: str) -> None:
    due = ladder.holds_until(tiers, at, zone)
    if due is None:
        return
    span = ladder.span_of_review(tiers, due, zone)
    assert span.until == due
    assert span.since is not None
    assert at <= span.since + timedelta(days=1) or tiers.window.months > 0
    assert span.since <= due - timedelta(days=tiers.grace_days)
    assert ladder.settle(tiers, Standing("gold", at, due), lambda _: 5_000, now=due, zone=zone)[0].tier == "gold"
    assert ladder.settle(tiers, Standing("gold", at, due), lambda _: 5_000, now=at, zone=zone) == ()
