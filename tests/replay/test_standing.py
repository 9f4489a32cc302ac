"""Tiers and growing discounts during a replay."""

from backend.replay import report
from backend.replay.trial import Trial
from tests.replay.conftest import a_programme, bought, brought_back, judged, past_of

TIERS = """
kind: combined
tiers:
  measure: spend
  window: {months: 3}
  grace_days: 0
  levels:
    - {tier: silver, title: {en: Silver, ru: Серебро}, from_minor: 100000}
    - {tier: gold, title: {en: Gold, ru: Золото}, from_minor: 300000}
"""
DISCOUNT = """
kind: cumulative
discount:
  window: life
  levels: [{from_minor: 100000, rate_basis_points: 1000}]
"""


def test_a_purchase_lifts_its_member_at_once() -> None:
    tally = judged(a_programme(TIERS), [bought(0, 1000), bought(1, 500, member="boris")])
    assert tally.tiers == {"silver": 1, "": 1}


def test_a_review_lets_down_whoever_bought_too_little_since() -> None:
    assert judged(a_programme(TIERS), [bought(0, 3000)], days=170).tiers == {"gold": 1}
    assert judged(a_programme(TIERS), [bought(0, 3000)], days=190).tiers == {"silver": 1}


def test_what_came_back_does_not_keep_a_tier() -> None:
    events = [bought(0, 3000), bought(100, 3000, number="2")]
    assert judged(a_programme(TIERS), events, days=190).tiers == {"gold": 1}
    assert judged(a_programme(TIERS), [*events, brought_back(101, "2", 3000)], days=190).tiers == {"silver": 1}


def test_a_discount_grows_with_what_was_spent_before() -> None:
    tally = judged(a_programme(DISCOUNT), [bought(0, 1000), bought(1, 1000)])
    assert (tally.turnover_minor, tally.discounts_minor) == (200_000, 10_000)
    assert tally.members["alice"].points == 100 + 90
    assert tally.members["alice"].discount_minor == 10_000


def test_what_comes_back_takes_its_discount_with_it() -> None:
    events = [bought(0, 1000), bought(1, 1000, number="2"), brought_back(2, "2", 1000)]
    tally = judged(a_programme(DISCOUNT), events)
    assert (tally.turnover_minor, tally.discounts_minor, tally.members["alice"].points) == (100_000, 0, 100)


def test_the_report_names_each_tier_and_counts_discounts_as_cost() -> None:
    programme = a_programme(TIERS)
    past = past_of(bought(0, 1000))
    made = report.make(past, [Trial(programme, "UTC")], [judged(programme, [bought(0, 1000)])], margin_percent=30)
    assert [(line.tier, line.members) for line in made.outcome.tiers] == [("", 0), ("silver", 1), ("gold", 0)]
    discounted = a_programme(DISCOUNT)
    events = [bought(0, 1000), bought(1, 1000)]
    made = report.make(past_of(*events), [Trial(discounted, "UTC")], [judged(discounted, events)], margin_percent=30)
    assert made.outcome.cost_minor == 190 * 100 + 10_000
