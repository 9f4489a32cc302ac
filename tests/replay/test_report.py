"""The report: its figures follow from what was counted."""

import pytest

from backend.replay import report, running, words
from backend.replay.report import Report
from backend.replay.report_text import speaker
from backend.replay.synthetic import SyntheticPast
from backend.replay.trial import Trial
from backend.shared.pages import plots
from tests.replay.conftest import a_programme, bought, brought_back, past_of

HALF = "[{rule: base, rate_basis_points: 500}]"


def made(*programmes: object, events: tuple[object, ...] = (), share: int = 0, margin: int = 30) -> Report:
    past = past_of(*(events or (bought(0, 500), bought(40, 300, member="boris"))))  # type: ignore[arg-type]
    trials = [Trial(programme, "UTC", share) for programme in programmes]  # type: ignore[arg-type]
    return report.make(past, trials, running.run(past, trials), margin_percent=margin)


def test_cost_is_what_was_spent_and_what_may_be_spent_yet() -> None:
    outcome = made(a_programme()).outcome
    assert (outcome.points_given, outcome.points_outstanding, outcome.cost_minor) == (80, 80, 8_000)
    assert outcome.cost_share_basis_points == 1_000
    spent = made(a_programme(), events=(bought(0, 500), bought(1, 500)), share=100).outcome
    assert (spent.points_spent, spent.points_outstanding, spent.cost_minor) == (50, 45, 9_500)


def test_burnt_points_cost_nothing() -> None:
    programme = a_programme("expiry: {days: 30}")
    assert made(programme).outcome.cost_minor == 3_000


def test_the_break_even_uplift_is_cost_by_turnover_at_the_margin() -> None:
    assert made(a_programme(), margin=50).outcome.break_even_uplift_basis_points == 2_000


def test_liability_follows_month_by_month() -> None:
    months = made(a_programme()).outcome.months
    assert [(month.month, month.given, month.outstanding) for month in months] == [
        ("2026-01", 50, 50),
        ("2026-02", 30, 80),
    ]
    assert months[-1].liability_minor == 8_000


@pytest.mark.parametrize("share", [0, 50, 100])
def test_every_point_is_somewhere(share: int) -> None:
    past = SyntheticPast(3_000)
    trials = [Trial(a_programme("expiry: {days: 40}", pending=7), "UTC", share)]
    outcome = report.make(past, trials, running.run(past, trials), margin_percent=30).outcome
    gone = outcome.points_taken_back - outcome.points_forgiven + outcome.points_burnt + outcome.points_spent
    assert outcome.points_given - gone == outcome.points_outstanding - outcome.points_owed
    assert outcome.months[-1].outstanding == outcome.points_outstanding - outcome.points_owed
    assert sum(line.members for line in outcome.deciles) == len(past.members)


def test_tenths_go_from_the_least_to_the_most() -> None:
    events = tuple(bought(0, 100 * (number + 1), member=f"m{number}") for number in range(20))
    deciles = made(a_programme(), events=events).outcome.deciles
    assert [(line.points_from, line.points_to) for line in deciles][:2] == [(10, 20), (30, 40)]
    assert deciles[-1].points == 190 + 200


def test_a_rule_that_never_fired_is_named() -> None:
    rules = "[{rule: base, rate_basis_points: 1000}, {rule: tiny, rate_basis_points: 1}]"
    outcome = made(a_programme(earning=rules)).outcome
    assert [line.rule for line in outcome.rules] == ["base"]
    assert [one.rule for one in outcome.silent_rules] == ["tiny"]


def test_winners_and_losers_are_told_by_what_they_get() -> None:
    events = (bought(0, 500), bought(0, 1, member="boris"))
    difference = made(a_programme(), a_programme(earning=HALF), events=events).difference
    assert difference is not None
    assert (difference.winners.members, difference.losers.members, difference.unchanged) == (1, 0, 1)
    [alice] = difference.winners.most
    assert (alice.member, alice.points, alice.points_against, alice.worth_minor) == ("alice", 50, 25, 2_500)
    turned = made(a_programme(earning=HALF), a_programme(), events=events).difference
    assert turned is not None
    assert (turned.losers.members, turned.losers.worth_minor, turned.cost_minor) == (1, -2_500, -2_500)


def test_nothing_sold_is_no_division_by_zero() -> None:
    events = (bought(0, 500, number="1"), brought_back(1, "1", 500))
    outcome = made(a_programme(), events=events).outcome
    assert (outcome.cost_share_basis_points, outcome.break_even_uplift_basis_points) == (0, None)


@pytest.mark.parametrize("locale", ["en", "ru"])
def test_the_notes_say_the_currency_and_what_is_assumed(locale: str) -> None:
    notes = " ".join(words.notes(made(a_programme(), share=50).document(), speaker(locale), locale=locale))
    assert "RUB" in notes
    assert "50" in notes


def test_bars_stand_on_a_scale_of_round_values() -> None:
    plot = plots.bars(["a", "b"], [37, 0], [10, -5])
    assert [line.value for line in plot.lines] == [0, 10, 20, 30, 40]
    assert [bar.height > 0 for bar in plot.bars] == [True, False, True, False]
    assert plot.bars[0].y == pytest.approx(plot.lines[4].y + (40 - 37) / 40 * (plot.lines[0].y - plot.lines[4].y), 0.1)
    assert plots.bars([], []).bars == []
